"""Measures the world of payments from its records as `data-emulator gate` does, so that the gate is
not its own judge.

    realism.py DATA_EMULATOR [--customers N] [--seeds 1,2] [--json] [--dial]

Runs the program, reads what it writes, and shares no code with it: features by pandas, boosted trees
by scikit-learn, declared amounts from docs/reference/payments.md. A seed has people and shops of its
own. Prints a table of measure, value, bound and verdict for each pair of seeds; exit 1 if a bound
fails. With --json the figures of the first pair by the gate's names of the measures, whatever the
bounds. With --dial the area under the curve at five settings of difficulty.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import (average_precision_score, mutual_info_score,
                             precision_recall_curve, roc_auc_score)

DAYS = 182
MONTHS = DAYS / 30.4375
SHARE = 0.0025
START = pd.Timestamp("2026-01-01")
STREAMS = ["customer", "card", "merchant", "terminal", "payment", "payment_truth"]
DECLARED = Path(__file__).parents[2] / "docs/reference/payments.md"


def emulate(program, folder, customers, seed, **settings):
    """The streams of a run, by name."""
    world = folder / "world.json"
    world.write_text(json.dumps(
        {"world": "payments", "customers": customers, "days": DAYS, "population_seed": seed,
         **settings}))
    tables = {}
    for stream in STREAMS:
        path = folder / f"{stream}.csv"
        with open(path, "wb") as file:
            subprocess.run([program, "emulate", f"{world}:{stream}", "--to", "stdout", "--format",
                            "csv", "--seed", str(seed), "--count", "1000000000"],
                           check=True, stdout=file, stderr=subprocess.DEVNULL)
        tables[stream] = pd.read_csv(path)
        path.unlink()
    payments, truth = tables["payment"], tables["payment_truth"]
    assert (payments.payment_id == truth.payment_id).all(), "the truth joins the payments"
    payments["t"] = pd.to_datetime(payments.paid_at, format="ISO8601").dt.tz_localize(None) \
        .astype("datetime64[us]").astype("int64") / 1e6
    payments["fraud"] = truth.is_fraud.to_numpy()
    return tables


def recent(payments, seconds):
    """For each payment those of its customer within the seconds before it."""
    t = payments.t.to_numpy() - payments.t.iloc[0]
    line = payments.customer_id.to_numpy() * 1e9 + t
    order = np.argsort(line, kind="stable")
    ordered = line[order]
    counts = np.empty(len(line))
    counts[order] = np.arange(len(line)) - np.searchsorted(ordered, ordered - seconds)
    return counts


def seen(*columns):
    """How often these values came together before."""
    codes = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        code = pd.factorize(column)[0] + 1
        codes = codes * (code.max() + 1) + code
    codes = pd.Series(codes)
    return codes.groupby(codes).cumcount().to_numpy()


def features(payments):
    """What each payment shows by itself, and what its customer's history adds."""
    alone = pd.DataFrame({
        "amount": payments.amount, "hour": payments.t // 3600 % 24,
        "weekday": (payments.t // 86400 + 3) % 7,
        **{name: payments[name].astype("category").cat.codes
           for name in ("category", "channel", "country")}})
    of_customer = payments.groupby("customer_id")
    log = np.log(payments.amount)
    number = of_customer.cumcount()
    before = log.groupby(payments.customer_id).cumsum() - log
    history = pd.DataFrame({
        "gap": of_customer.t.diff(), "number": number,
        "ratio": log - before / number.clip(lower=1),
        "merchant_seen": seen(payments.customer_id, payments.merchant_id),
        "country_seen": seen(payments.customer_id, payments.country),
        "device_seen": np.where(payments.device_id.isna(), -1,
                                seen(payments.customer_id, payments.device_id.fillna(0))),
        "day": recent(payments, 86400), "minutes": recent(payments, 3600)})
    return alone, history


def trees(train, labels, test, leaves=60, rounds=150):
    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=leaves,
        l2_regularization=5, early_stopping=False, random_state=1)
    return model.fit(train, labels).predict_proba(test)[:, 1]


def burstiness(times):
    """Kim and Jo's measure for finite samples, arXiv 1604.01125."""
    gaps = np.diff(times)
    n = len(gaps)
    r = gaps.std() / gaps.mean()
    return (np.sqrt(n + 1) * r - np.sqrt(n - 1)) / ((np.sqrt(n + 1) - 2) * r + np.sqrt(n - 1))


def declared():
    """Median and sigma of each category as the reference has them."""
    row = re.compile(r"^\| (\w+) \| \d{4} \| [\d.]+ \| ([\d.]+) \| ([\d.]+) \|", re.M)
    return {name: (float(median), float(sigma))
            for name, median, sigma in row.findall(DECLARED.read_text())}


def amounts(honest):
    """The largest distance of a category with enough payments from what is declared."""
    worst = 0.0
    kinds = declared()
    assert set(kinds) == set(honest.category), "the reference lists the categories"
    for name, (median, sigma) in kinds.items():
        found = np.sort(honest.amount[honest.category == name].to_numpy())
        values, counts = np.unique(found, return_counts=True)
        share = 0.99 * stats.lognorm.cdf(values, sigma, scale=median) \
            + 0.01 * stats.pareto.cdf(values, 2.5, scale=3 * median)
        distance = np.abs(share - counts.cumsum() / len(found)).max()
        # What chance alone does to so many payments is allowed on top.
        worst = max(worst, distance - 1.95 / np.sqrt(len(found)))
    return worst


def impossible(honest):
    """The share of payments in shops that nobody could have come to from the one before."""
    shops = honest[honest.latitude.notna()]
    latitude, longitude = np.radians(shops.latitude), np.radians(shops.longitude)
    by = shops.customer_id
    before = latitude.groupby(by).shift(), longitude.groupby(by).shift()
    half = np.sin((latitude - before[0]) / 2) ** 2 \
        + np.cos(latitude) * np.cos(before[0]) * np.sin((longitude - before[1]) / 2) ** 2
    hours = shops.groupby("customer_id").t.diff() / 3600
    return (12742 * np.arcsin(np.sqrt(half)) > 50 + 900 * hours).mean()


def best_f1(frame, labels):
    best = 0.0
    for column in frame:
        values = frame[column].fillna(-1).to_numpy(dtype=float)
        for sign in (1, -1):
            precision, recall, _ = precision_recall_curve(labels, sign * values)
            best = max(best, (2 * precision * recall / np.maximum(precision + recall, 1e-9)).max())
    return best


def joins(tables):
    """The share of references that lead to a record."""
    payments, cards, terminals = tables["payment"], tables["card"], tables["terminal"]
    card = payments[["card_id", "customer_id"]].merge(cards, on="card_id", how="left")
    terminal = payments[["terminal_id", "merchant_id"]].merge(terminals, on="terminal_id", how="left")
    return min((card.customer_id_x == card.customer_id_y).mean(),
               (terminal.merchant_id_x == terminal.merchant_id_y).mean(),
               payments.customer_id.isin(tables["customer"].customer_id).mean(),
               payments.merchant_id.isin(tables["merchant"].merchant_id).mean())


def measure(one, other, sibling):
    """The rows of the table: measure, value, lowest and highest value allowed; the sibling has the
    people of the one and the seed of the other."""
    payments = one["payment"].merge(one["merchant"][["merchant_id", "latitude", "longitude"]],
                                    on="merchant_id", how="left")
    n, fraud = len(payments), payments.fraud.sum()
    low, high = stats.binom.interval(0.999, n, SHARE)
    yield "fraud share", fraud / n, low / n, high / n
    honest = payments[~payments.fraud]
    yield "amounts by category against declared, KS", amounts(honest), -1, 0.02
    # Digits of ids have nothing to do with what is paid.
    deciles = pd.qcut(payments.amount, 10, labels=False, duplicates="drop")
    yield "customer's last digit and amount, mutual information", mutual_info_score(
        payments.customer_id % 10, deciles), 0, 0.01

    # Those who were there all the time.
    people = one["customer"]
    joined = pd.to_datetime(people.joined_at, format="ISO8601").dt.tz_localize(None)
    stay = people.customer_id[(joined == START) & people.left_at.isna()]
    founders = honest[honest.customer_id.isin(stay)]
    by = founders.groupby("customer_id")
    month = by.size().reindex(stay, fill_value=0) / MONTHS
    yield "payments a customer and month, median", month.median(), 15, np.inf
    yield "payments a customer and month, variance / mean", month.var() / month.mean(), 5, np.inf
    quartiles = by.merchant_id.nunique().reindex(stay, fill_value=0).quantile([0.25, 0.75])
    yield "merchants a customer in six months, first quartile", quartiles.iloc[0], 46, 87
    yield "merchants a customer in six months, third quartile", quartiles.iloc[1], 46, 87
    bursts = [burstiness(t.to_numpy()) for _, t in by.t if len(t) > 20]
    yield "burstiness of the median customer", np.median(bursts), 0.2, 0.6
    yield "impossible travel among honest payments", impossible(honest), 0, 0.001

    alone, history = features(payments)
    both = pd.concat([alone, history], axis=1)
    labels = payments.fraud.to_numpy()
    yield "best single feature, F1", best_f1(both, labels), 0, 0.3
    elsewhere = other["payment"]
    alone_2, history_2 = features(elsewhere)
    both_2 = pd.concat([alone_2, history_2], axis=1)
    labels_2 = elsewhere.fraud.to_numpy()
    early = (payments.t < payments.t.quantile(0.6)).to_numpy()
    late = (elsewhere.t >= elsewhere.t.quantile(0.6)).to_numpy()
    guess = trees(both[early], labels[early], both_2[late])
    base = trees(alone[early], labels[early], alone_2[late])
    area = roc_auc_score(labels_2[late], guess)
    yield "boosted trees: before, after, another seed: AUC", area, 0.78, 0.94
    precision = [average_precision_score(labels_2[late], score) for score in (guess, base)]
    yield "what history adds to PR-AUC", precision[0] / precision[1] - 1, 0.25, np.inf

    def ids(frame):
        return pd.DataFrame({
            **{name: frame[name] for name in ("customer_id", "card_id", "merchant_id",
                                              "terminal_id")},
            **{f"{name}'s digit": frame[name] % 10 for name in ("customer_id", "card_id",
                                                                "merchant_id", "terminal_id")},
            "index": np.arange(len(frame)), "micros": np.round(frame.t * 1e6) % 1000,
            "minute": frame.t // 60 % 60, "second": frame.t // 1 % 60,
            "cent": np.round(frame.amount * 100) % 10})
    numbers, numbers_2 = ids(payments), ids(elsewhere)
    told = [roc_auc_score(labels_2, trees(numbers, labels, numbers_2, 500, 60)),
            roc_auc_score(labels, trees(numbers_2, labels_2, numbers, 500, 60))]
    yield "ids, index, low digits, order alone: AUC", np.mean(told), 0.48, 0.52
    yield "fraud in the category with most", payments.groupby("category").fraud.mean().max(), 0, 0.2
    # Half of both runs to learn, the other half to be told apart.
    alone_3, _ = features(sibling["payment"])
    runs = pd.concat([alone.iloc[::7], alone_3.iloc[::7]])
    which = np.r_[np.zeros(len(alone.iloc[::7])), np.ones(len(alone_3.iloc[::7]))]
    half = np.arange(len(runs)) % 2 == 0
    apart = roc_auc_score(which[~half], trees(runs[half], which[half], runs[~half], rounds=60))
    yield "two runs of other seeds told apart: AUC", max(apart, 1 - apart), 0, 0.55
    yield "references that lead to a record", joins(one), 1, 1


def area_at(program, folder, customers, seed, difficulty):
    payments = emulate(program, folder, customers, seed, difficulty=difficulty)["payment"]
    both = pd.concat(features(payments), axis=1)
    labels = payments.fraud.to_numpy()
    early = (payments.t < payments.t.quantile(0.6)).to_numpy()
    guess = trees(both[early], labels[early], both[~early])
    area, positive = roc_auc_score(labels[~early], guess), labels[~early].sum()
    # Hanley and McNeil, 1982; the negatives are so many that they do not count.
    error = np.sqrt(max(area / (2 - area) - area ** 2, 0) / positive)
    return area, 1.96 * error


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--customers", type=int, default=5000)
    options.add_argument("--seeds", default="1,2")
    options.add_argument("--json", action="store_true")
    options.add_argument("--dial", action="store_true")
    options = options.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if options.dial:
            areas = []
            for difficulty in (0, 0.25, 0.5, 0.75, 1):
                area, error = area_at(options.program, folder, options.customers, seeds[0], difficulty)
                print(f"difficulty {difficulty:4}: AUC {area:.3f} +- {error:.3f}", flush=True)
                areas.append(area)
            return 0 if all(a > b for a, b in zip(areas, areas[1:])) else 1
        def emulated(seed, people):
            return emulate(options.program, folder, options.customers, seed, population_seed=people)

        runs = [emulated(seed, seed) for seed in seeds]
        if options.json:
            sibling = emulated(seeds[1], seeds[0])
            figures = {name: float(value) for name, value, *_ in measure(*runs[:2], sibling)}
            print(json.dumps({"payments": len(runs[0]["payment"]), "figures": figures}))
            return 0
        for number, one in enumerate(runs):
            other = runs[(number + 1) % len(runs)]
            print(f"seed {seeds[number]}, {len(one['payment']):,} payments")
            sibling = emulated(seeds[(number + 1) % len(runs)], seeds[number])
            for name, value, low, high in measure(one, other, sibling):
                good = bool(low <= value <= high)
                holds &= good
                bound = f"{low:.4g} to {high:.4g}"
                print(f"  {name:52} {value:9.4f}  {bound:22} {'holds' if good else 'FAILS'}",
                      flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

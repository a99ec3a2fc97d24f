#!/usr/bin/env python3
"""Measures models on one core, beside dbldatagen and Faker; prints a table for docs/performance.md.

    just bench-models                  everything, some minutes
    just bench-models plain access     some parts: plain, related, expression, check, access, yardsticks

Everything runs on one and the same core. Of the emulator the processor time (user and system) of the
whole process counts, of the yardsticks the time for the rows alone; the median round is shown.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
MEMORY_DISK = Path("/dev/shm")

PLAIN = """
      number:   { sequence: { start: 1 } }
      id:       { uuid: {} }
      country:  { choice: { DE: 5, FR: 3, US: 2 } }
      status:   { choice: { paid: 90, open: 8, failed: 2 } }
      total:    { decimal: { lognormal: { median: 30, sigma: 1.1 }, max: 5000, scale: 2 } }
      day:      { date: { from: 2020-01-01, to: 2025-12-31 } }
      at:       { event_time: {} }
      code:     { text: "[A-Z]{3}-[0-9]{5}" }
      name:     { fake: name.full }
      vip:      { boolean: 0.03 }
"""

RELATED = """
  customer:
    count: 10_000_000
    fields:
      customer_id: { sequence: {} }
      country: { choice: { DE: 5, FR: 3, US: 2 } }
      signed_up: { date: { from: 2020-01-01, to: 2025-12-31 } }
  order:
    fields:
      customer_id: { ref: customer.customer_id, pick: { zipf: 1.1 } }
      country: { of: customer_id, field: country }
      signed_up: { of: customer_id, field: signed_up }
"""

HUGE = """
  customer:
    count: 1_000_000_000
    fields:
      customer_id: { sequence: {} }
      name: { fake: name.full }
      country: { choice: { DE: 5, FR: 3, US: 2 } }
  order:
    fields:
      order_id: { uuid: {} }
      customer_id: { ref: customer.customer_id, pick: { zipf: 1.1 } }
      country: { of: customer_id, field: country }
      ordered_at: { event_time: {} }
      total: { decimal: { lognormal: { median: 30, sigma: 1.1 }, max: 5000, scale: 2 } }
  order_line:
    each: order
    times: { 1: 30, 2: 25, 3: 20, 4: 15, 5: 10 }
    fields:
      order_id: { parent: order_id }
      line: { ordinal: {} }
      quantity: { integer: { poisson: 2, min: 1 } }
"""
HUGE_RECORDS = [1_000_000_000, 10_000_000_000, 25_000_000_000]


class Bench:
    def __init__(self, arguments, folder):
        self.emulator = arguments.emulator
        self.random_access = arguments.random_access
        self.rounds, self.scale = arguments.rounds, arguments.scale
        self.folder = Path(folder)
        self.rows = []

    def told(self, what, aim, reached):
        self.rows.append((what, aim, reached))
        print(f"{what}: {reached} (aim: {aim})", file=sys.stderr, flush=True)

    def model(self, name, streams):
        path = self.folder / f"{name}.yaml"
        path.write_text(f"model: {name}\nstreams:\n{streams.lstrip(chr(10))}")
        return path

    def run(self, *command):
        """Processor seconds of a command, and what it prints."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{command} failed:\n{done.stderr}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    def emulate(self, stream, count, to="null"):
        options = ["--count", count, "--seed", 7, "--workers", 1, "--start-time", "2026-01-01T00:00:00Z"]
        return self.run(self.emulator, "emulate", stream, "--to", to, *options)[0]

    def speed(self, stream, count, to="null"):
        """Records a second of processor time."""
        return count / statistics.median(self.emulate(stream, count, to) for _ in range(self.rounds))

    def plain(self):
        path = self.model("plain", f"  record:\n    fields:{PLAIN}")
        speed = self.speed(f"{path}:record", self.scale * 10_000_000)
        self.told("ten plain fields, ndjson", "3 M records/s", f"{speed / 1e6:.2f} M records/s")

    def related(self):
        path = self.model("related", RELATED)
        speed = self.speed(f"{path}:order", self.scale * 5_000_000)
        self.told("ref and two of, parent of 10 M, ndjson", "1.5 M records/s", f"{speed / 1e6:.2f} M records/s")

    def expression(self):
        fields = "      total: { decimal: { uniform: [1, 5000], scale: 2 } }\n"
        gross = '      gross: { expr: "total * 1.19 + 2.5", scale: 2 }\n'
        paths = [
            self.model("without", f"  record:\n    fields:\n{fields}"),
            self.model("with", f"  record:\n    fields:\n{fields}{gross}"),
        ]
        count = self.scale * 10_000_000
        costs = []
        for _ in range(self.rounds):
            without, with_it = (self.emulate(f"{path}:record", count) for path in paths)
            costs.append((with_it - without) / count * 1e9)
        cost = statistics.median(costs)
        self.told("one CEL expression, with writing its value", "150 ns a record", f"{cost:.0f} ns a record")

    def check(self):
        fields = "".join(
            f"      f{number}: {{ decimal: {{ lognormal: {{ median: {number + 1}, sigma: 1 }}, max: 5000 }} }}\n"
            for number in range(100)
        )
        path = self.model("large", "".join(f"  s{number}:\n    fields:\n{fields}" for number in range(1000)))
        seconds = statistics.median(self.run(self.emulator, "model", "check", path)[0] for _ in range(self.rounds))
        self.told("`model check` of 1,000 streams of 100 fields (YAML)", "1 s", f"{seconds:.2f} s")

    def access(self):
        path = self.model("huge", HUGE)
        _, printed = self.run(self.random_access, path, *HUGE_RECORDS)
        streams = [json.loads(line) for line in printed.splitlines()]
        for stream in streams:
            self.told(
                f"any {stream['stream']} of {stream['records'] // 10**9} G",
                "100 µs",
                f"median {stream['median']:.1f} µs, 99 % within {stream['p99']:.1f}, slowest of 20,000 {stream['slowest']:.0f}",
            )
        self.told("resident memory for these", "200 MiB", f"{streams[-1]['peak_kib'] / 1024:.0f} MiB")

    def yardsticks(self):
        path = self.model("plain", f"  record:\n    fields:{PLAIN}")
        ours = self.speed(f"{path}:record", self.scale * 5_000_000, f"file:{self.folder / 'ours'}")
        for name, rows, aim in [("dbldatagen", self.scale * 1_000_000, 12), ("faker", self.scale * 20_000, 300)]:
            command = [os.environ["MODELS_PYTHON"], HERE / "yardsticks.py", name, rows, self.folder / name]
            seconds = statistics.median(
                json.loads(self.run(*command)[1].splitlines()[-1])["seconds"] for _ in range(self.rounds)
            )
            self.told(
                f"the same ten fields, {name} {'(Spark, local[1], JSON to a memory-backed disk)' if name == 'dbldatagen' else '(JSON, thrown away)'}",
                f"{aim} times faster",
                f"{rows / seconds / 1e3:.1f} k rows/s; ours to a folder there {ours / 1e6:.2f} M/s: {ours * seconds / rows:.0f} times",
            )


PARTS = ["plain", "related", "expression", "check", "access", "yardsticks"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--emulator", type=Path, default=ROOT / "target/dist/data-emulator")
    parser.add_argument("--random-access", type=Path, default=ROOT / "target/dist/examples/random_access")
    parser.add_argument("--rounds", type=int, default=3, help="odd numbers have a median (default 3)")
    parser.add_argument("--scale", type=float, default=1, help="of the numbers of records (default 1)")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join(PARTS)}")
    arguments.scale = Scale(arguments.scale)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        bench = Bench(arguments, folder)
        for part in arguments.parts or PARTS:
            getattr(bench, part)()
    print("\n| one core | aim | reached |\n|---|---|---|")
    for row in bench.rows:
        print(f"| {' | '.join(row)} |")


class Scale(float):
    """Numbers of records stay whole."""

    def __mul__(self, records):
        return max(1, int(float(self) * records))


if __name__ == "__main__":
    main()

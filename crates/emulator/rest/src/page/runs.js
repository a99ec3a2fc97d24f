// The list of runs.

import { sparkline } from "./chart.js";
import { arrange, element, say } from "./dom.js";
import { asking, badge, bar, rateOf, streamed } from "./parts.js";
import { bytes, count, instant, rate, time } from "./words.js";

export const title = "Runs";

/** Rates of the last minutes, one a second at most, by run. */
const rates = new Map();
const SPAN = 120;
/** Runs that a look has. */
const PAGE = 100;

export function show(place, { signal, tell }) {
  let older = [];
  let next = null;
  let newest = [];
  const status = element("select", { id: "status", change: () => again() },
    ...["", "processing", "paused", "completed", "failed", "cancelled"].map((name) =>
      element("option", { value: name }, name || "any state")));
  const words = element("input", { id: "words", type: "search", autocomplete: "off", placeholder: "name, label, domain, destination or id", input: () => draw() });
  const body = element("tbody");
  const table = element("table", { class: "runs" },
    element("caption", { class: "unseen" }, "Runs, the newest first"),
    element("thead", {}, element("tr", {},
      ...["Run", "State", "Progress", "Rate", "Records", "Begun"].map((text) =>
        element("th", { scope: "col", class: ["Rate", "Records"].includes(text) ? "number" : null }, text)))),
    body);
  const none = element("p", { class: "hint", hidden: true });
  const first = firstRun();
  const more = element("button", { type: "button", hidden: true, click: () => load() }, "Older runs");
  place.append(element("section", { "aria-labelledby": "runs-title" },
    element("div", { class: "line" },
      element("h2", { id: "runs-title" }, "Runs"),
      element("label", { for: "status", class: "unseen" }, "State"), status,
      element("label", { for: "words", class: "unseen" }, "Search"), words,
      element("a", { href: "#new", class: "button" }, "New run")),
    table, none, first, more));

  const path = (after) => {
    const asked = new URLSearchParams({ limit: String(PAGE) });
    if (status.value) asked.set("status", status.value);
    if (after) asked.set("after", after);
    return `/emulator?${asked}`;
  };
  const draw = () => {
    const known = new Set(newest.map(({ id }) => id));
    const all = [...newest, ...older.filter(({ id }) => !known.has(id))];
    const wanted = words.value.trim().toLowerCase();
    const seen = all.filter((run) => [run.id, run.name ?? "", ...Object.entries(run.labels).map(([key, value]) => `${key}:${value}`),
      run.emulation_domain, run.destination, run.emulator_sync]
      .some((text) => text.toLowerCase().includes(wanted)));
    arrange(body, seen, ({ id }) => id, row);
    const isFiltered = Boolean(status.value || wanted);
    table.hidden = seen.length === 0;
    first.hidden = all.length > 0 || isFiltered;
    none.hidden = seen.length > 0 || !isFiltered;
    say(none, "No run fits. Choose another state, or search for something else.");
    more.hidden = next === null;
  };
  const follow = () => streamed(path(null), "runs", signal, tell, (answer) => {
    newest = answer.emulations;
    if (older.length === 0) next = answer.next;
    newest.forEach(note);
    draw();
  });
  let end = follow();
  const again = () => {
    older = [];
    next = null;
    end();
    end = follow();
  };
  const get = asking(signal, tell);
  const load = async () => {
    const answer = await get(path(next));
    if (!answer) return;
    older = older.concat(answer.emulations);
    next = answer.next;
    draw();
  };
}

/** Remembers the rate since the look before. */
function note({ id, status, records }) {
  const now = performance.now() / 1000;
  const known = rates.get(id) ?? { points: [], last: null };
  if (status.global_status === "processing") {
    const speed = rateOf(known.last, now, records.acknowledged);
    if (speed !== null) known.points.push(speed);
    known.points.splice(0, known.points.length - SPAN);
  }
  known.last = { now, acknowledged: records.acknowledged };
  rates.set(id, known);
  // A page that is kept open for weeks.
  if (rates.size > 5000) rates.delete(rates.keys().next().value);
}

function row({ id, emulation_domain, emulator_sync, destination, created_at }) {
  const called = element("span", { class: "summary" });
  const state = badge();
  const progress = bar();
  const line = sparkline("Rate of the last minutes");
  const speed = element("span");
  const lag = element("span", { class: "summary" });
  const records = element("td", { class: "number" });
  const made = element("tr", {},
    element("th", { scope: "row" },
      element("a", { href: `#run=${id}` }, emulation_domain),
      called,
      element("span", { class: "summary" }, `${emulator_sync} ${destination}`)),
    element("td", {}, state),
    element("td", {}, progress),
    element("td", { class: "number" }, speed, line, lag),
    records,
    element("td", {}, element("time", { datetime: instant(Date.parse(created_at)), title: id }, time(Date.parse(created_at)).replace(/\.\d+$/, ""))));
  made.update = (run) => {
    state.update(run);
    progress.update(run);
    say(called, [run.name, ...Object.entries(run.labels).map(([key, value]) => `${key}:${value}`)].filter(Boolean).join(" "));
    const known = rates.get(run.id)?.points ?? [];
    const runs = run.status.global_status === "processing";
    say(speed, `${rate((runs ? known.at(-1) : null) ?? run.records_per_second)}/s`);
    line.toggleAttribute("hidden", !runs);
    if (runs) line.update(known);
    say(lag, runs && run.lag_seconds >= 1 ? `${rate(run.lag_seconds)} s behind` : "");
    say(records, count(run.records.acknowledged));
    records.title = bytes(run.bytes);
  };
  return made;
}

function firstRun() {
  return element("div", { class: "empty", hidden: true },
    element("h3", {}, "No run yet"),
    element("p", {}, "A run makes realistic records and delivers them to Kafka, object storage or files. Every record is accounted for."),
    element("p", {}, element("a", { href: "#new", class: "button" }, "Start the first run"), " or look at ", element("a", { href: "#data" }, "the data"), " there can be."));
}

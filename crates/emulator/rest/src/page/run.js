// One run: live by its events.

import { chart } from "./chart.js";
import { element, say } from "./dom.js";
import { asking, badge, bar, copyable, curl, followed, isUnfinished, quoted, rateOf, streamed } from "./parts.js";
import { bytes, count, rate, time } from "./words.js";

export const title = "Run";

const FACTS = [
  ["generated", "Generated", ({ records }) => count(records.generated)],
  ["acknowledged", "Acknowledged", ({ records }) => count(records.acknowledged)],
  ["failed", "Failed", ({ records }) => count(records.failed)],
  ["in_flight", "In flight", ({ records }) => count(records.in_flight)],
  ["bytes", "Encoded", (run) => bytes(run.bytes)],
  ["rate", "Rate of event time", (run) => `${rate(run.rate)}/s`],
  ["mean", "Mean rate", (run) => `${rate(run.records_per_second)}/s`],
  ["lag", "Behind its pace", (run) => `${rate(run.lag_seconds)} s`],
  ["owner", "Started by", ({ owner }) => owner ?? "not known"],
  ["begun", "Begun", (run) => (run.started_at ? time(Date.parse(run.started_at)) : "not yet")],
  ["ended", "Ended", (run) => (run.finished_at ? time(Date.parse(run.finished_at)) : "not yet")],
];

/** Whether somebody knows of the run's end, and why not. */
function told({ event, host, state, attempts, error }) {
  const more = [attempts ? `after ${count(attempts)} attempts` : null, error].filter(Boolean).join(": ");
  return `${event} to ${host}: ${state}${more && ` (${more})`}`;
}

/** Points that a chart has at most. */
const POINTS = 600;

export function show(place, { argument: id, signal, tell }) {
  const path = `/emulator/${encodeURIComponent(id)}`;
  const name = element("span");
  const state = badge();
  const stop = element("button", { type: "button", class: "danger", hidden: true, click: () => steer(stop, "cancel") }, "Stop");
  const hold = element("button", { type: "button", class: "hold", hidden: true, click: () => steer(hold, hold.value) }, "Pause");
  const wanted = element("input", { id: "rate", type: "number", min: "0.000001", max: "100000000", step: "any", required: true });
  const change = element("button", { type: "submit" }, "Change the rate");
  const rerate = element("form", { class: "line", hidden: true, submit: (event) => {
    event.preventDefault();
    steer(change, "", { method: "PATCH", body: { rate: wanted.valueAsNumber } });
  } }, element("label", { for: "rate" }, "Records a second"), wanted, change);
  const error = element("p", { class: "trouble", role: "alert", hidden: true });
  const callbacks = element("p", { class: "summary", hidden: true });
  const ledger = bar();
  const values = FACTS.map(([key, , text]) => [element("dd", { class: key }), text]);
  const rates = chart("Acknowledged records a second");
  const lags = chart("Seconds behind its pace");
  const charts = element("div", { class: "pair", hidden: true },
    element("section", {}, element("h3", {}, "Records a second"), rates),
    element("section", {}, element("h3", {}, "Behind its pace, in seconds"), lags));
  const request = copyable("The request that starts such a run");
  const command = copyable("The command that makes the same records");
  const manifest = copyable("The manifest");
  const sample = copyable("Sample records");
  place.append(
    element("section", { "aria-labelledby": "run-title" },
      element("div", { class: "line" }, element("h2", { id: "run-title" }, "Run of ", name), state, hold, stop),
      element("p", { class: "summary" }, element("code", {}, id)),
      error,
      ledger,
      rerate,
      callbacks,
      element("dl", { class: "facts" }, ...FACTS.map(([, label], at) => element("div", {}, element("dt", {}, label), values[at][0])))),
    charts,
    element("section", {}, element("h3", {}, "Once more"),
      element("p", { class: "hint" }, "The request, with every value resolved:"), request,
      element("p", { class: "hint" }, "Or without a server; the same records, byte for byte:"), command),
    element("section", {}, element("h3", {}, "Sample of its records"), sample),
    element("section", {}, element("details", {}, element("summary", {}, "Manifest"), manifest)));

  let isRealtime = false;
  const points = { rates: [], lags: [] };
  let last = null;
  const take = (run) => {
    state.update(run);
    ledger.update(run);
    for (const [value, text] of values) say(value, text(run));
    error.hidden = !run.error;
    say(error, run.error ?? "");
    callbacks.hidden = !run.callbacks;
    say(callbacks, `Callbacks: ${run.callbacks?.map(told).join("; ")}`);
    stop.hidden = hold.hidden = !isUnfinished(run);
    hold.value = run.status.global_status === "paused" ? "resume" : "pause";
    say(hold, hold.value === "resume" ? "Resume" : "Pause");
    rerate.hidden = stop.hidden || !isRealtime;
    // Of a run that has ended there is nothing but what was seen here.
    charts.hidden = stop.hidden && points.rates.length === 0;
    const now = performance.now() / 1000;
    if (last && now - last.now < 0.9 && !run.finished_at) return;
    const speed = rateOf(last, now, run.records.acknowledged);
    last = { now, acknowledged: run.records.acknowledged };
    if (speed === null) return;
    points.rates.push(speed);
    points.lags.push(run.lag_seconds);
    for (const list of Object.values(points)) list.splice(0, list.length - POINTS);
    rates.update(points.rates);
    lags.update(points.lags);
  };

  const get = asking(signal, tell);
  const explain = async () => {
    const found = await get(`${path}/manifest`);
    if (!found) return;
    const body = requestOf(found);
    say(name, body.emulation_domain ?? "");
    isRealtime = body.pace === "realtime";
    document.title = `Run of ${body.emulation_domain ?? id} - Data Emulator`;
    request.update(curl(body));
    command.update(found.changes
      ? "# This run was paused or given another rate on its way, which no command repeats; verify follows its manifest."
      : commandOf(body));
    manifest.update(JSON.stringify(found, null, 2));
    const asked = new URLSearchParams({ count: "5", format: "ndjson" });
    if (body.seed !== undefined) asked.set("seed", String(body.seed));
    const domain = encodeURIComponent(body.emulation_domain ?? "");
    const text = await get(`/domains/${domain}/sample?${asked}`, { as: "text" });
    if (text) sample.update(text.trimEnd());
  };
  const follow = (run) => {
    const isDue = ({ callbacks: all }) => all?.some(({ state }) => state === "due");
    if (!isDue(run)) return;
    const own = new AbortController();
    followed(() => path, AbortSignal.any([signal, own.signal]), tell, (now) => {
      take(now);
      if (!isDue(now)) own.abort();
    });
  };
  const steer = async (button, what, more) => {
    button.disabled = true;
    const run = await get(what ? `${path}/${what}` : path, { method: "POST", ...more });
    button.disabled = false;
    // How a run was that is about to stop is old already.
    if (run && what !== "cancel") take(run);
  };

  get(path).then((run) => {
    if (!run || signal.aborted) return;
    take(run);
    explain();
    if (!isUnfinished(run)) {
      follow(run);
      return;
    }
    const end = streamed(path, "status", signal, tell, (now) => {
      take(now);
      if (isUnfinished(now)) return;
      end();
      explain();
      follow(now);
    });
  });
}

const FIELDS = ["emulator_sync", "emulation_domain", "format_type", "sync_type", "max_chunk_size", "timeout",
  "seed", "count", "rate", "pace", "start_time", "workers", "destination", "delivery", "compression", "partition_by",
  "population_seed", "first_index", "from_time", "to_time", "key_format", "headers", "tombstones", "subject_strategy", "imperfections"];

/** The request of a manifest: those of its values that a request has. */
function requestOf(manifest) {
  // A request has to have a size even where none counts.
  const known = { ...manifest, max_chunk_size: manifest.max_chunk_size ?? 0 };
  return Object.fromEntries(FIELDS.filter((field) => known[field] !== undefined && known[field] !== null)
    .map((field) => [field, known[field]]));
}

/** The command that makes the same records as a request. */
function commandOf(body) {
  const unless = (usual, value) => (value === usual ? undefined : value);
  const toObjects = body.emulator_sync !== "kafka";
  const options = [
    ["--to", body.emulator_sync === "file" ? "file:DIR" : body.emulator_sync], ["--format", body.format_type],
    ["--compression", toObjects ? body.compression : undefined], ["--sync", toObjects ? body.sync_type : undefined],
    ["--max-chunk-size", body.sync_type === "chunked" ? body.max_chunk_size : undefined],
    ["--partition-by", unless("none", body.partition_by)], ["--timeout", body.timeout], ["--seed", body.seed],
    ["--population-seed", unless(body.seed, body.population_seed)], ["--count", body.count], ["--rate", body.rate],
    ["--pace", body.pace], ["--start-time", body.start_time], ["--from-time", body.from_time],
    ["--to-time", body.to_time], ["--first-index", unless(0, body.first_index)], ["--destination", body.destination],
    ["--delivery", body.delivery], ["--key-format", unless("string", body.key_format)],
    ...Object.entries(body.headers ?? {}).map(([name, value]) => ["--header", `${name}=${value}`]),
    ["--tombstones", unless(0, body.tombstones)], ["--subject-strategy", unless("topic", body.subject_strategy)],
    ["--imperfections", body.imperfections],
  ];
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : value);
  const words = options.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${quoted(text(value))}`);
  return `data-emulator emulate ${quoted(body.emulation_domain)} ${words.join(" ")}`;
}

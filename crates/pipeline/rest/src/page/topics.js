// The table of topics.

import { address, chosen } from "./address.js";
import { arrange, element, folded, say } from "./dom.js";
import { name as broken, rows } from "./rows.js";
import { count, rate } from "./words.js";

/** Rates are those of so many milliseconds. */
const WINDOW = 5_000;

/** By topic: when its ends added up to what. */
const samples = new Map();

const table = rows("topics", make);

export const show = (topics) => table(topics, chosen().topic);

function make({ name }) {
  const link = element("a", {}, ...broken(name));
  const warning = element("span", { class: "warning" });
  const messages = element("td", { class: "number" });
  const perSecond = element("td", { class: "number" });
  const amount = element("span");
  const inner = folded(`Partitions of ${name}`, 4,
    ["Partition", "Oldest", "End", "Leader", "In sync"].map((text) => ({ text, number: true })));
  const made = element("tbody", {},
    element("tr", {},
      element("th", { scope: "row" }, link, warning), messages, perSecond,
      element("td", { class: "number" }, amount, inner.button)),
    inner.row);
  made.update = (topic) => {
    const current = chosen();
    link.setAttribute("href", address({ ...current, topic: name, partition: null }));
    if (current.topic === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    say(messages, count(topic.messages));
    say(perSecond, rate(speed(topic)));
    say(amount, count(topic.partitions.length));
    say(warning, health(topic.partitions));
    arrange(inner.body, topic.partitions, ({ number }) => String(number), partition);
  };
  return made;
}

function partition() {
  const cells = Array.from({ length: 5 }, () => element("td", { class: "number" }));
  const [number, oldest, end, leader, inSync] = cells;
  const made = element("tr", {}, ...cells);
  made.update = (one) => {
    say(number, String(one.number));
    say(oldest, count(one.earliest));
    say(end, count(one.log_end_offset));
    say(leader, one.leader === null ? "none" : String(one.leader));
    leader.classList.toggle("bad", one.leader === null);
    say(inSync, `${one.in_sync} of ${one.replicas}`);
    inSync.classList.toggle("bad", one.in_sync < one.replicas);
  };
  return made;
}

function health(partitions) {
  if (partitions.some(({ leader }) => leader === null)) return "no leader";
  return partitions.some((one) => one.in_sync < one.replicas) ? "not in sync" : "";
}

function speed({ name, partitions }) {
  const at = performance.now();
  const end = partitions.reduce((sum, one) => sum + one.log_end_offset, 0);
  let known = (samples.get(name) ?? []).filter((sample) => sample.at > at - WINDOW);
  // Ends that go down are those of a new topic of that name.
  if (known.at(-1)?.end > end) known = [];
  known.push({ at, end });
  samples.set(name, known);
  const passed = at - known[0].at;
  return passed < 500 ? 0 : ((end - known[0].end) * 1000) / passed;
}

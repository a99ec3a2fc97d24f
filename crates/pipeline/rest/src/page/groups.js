// The table of consumer groups.

import { arrange, element, folded, say } from "./dom.js";
import { name as broken, rows } from "./rows.js";
import { count } from "./words.js";

/** Looks that a line shows, about one a second. */
const LOOKS = 120;
const WIDTH = 96;
const HEIGHT = 24;

/** Looks after which a reader that has not moved does not read. */
const STILL = 8;

/** By group: its lag at the last looks. */
const lags = new Map();
/** By group: how far it was at the last looks. */
const places = new Map();

export const show = rows("groups", make);

/**
 * How a group is doing. A reader that takes its partitions itself, as those of this pipeline do, is no
 * member of its group, which Kafka calls empty then.
 */
function condition({ name, state, members, lag, partitions }) {
  const place = partitions.reduce((sum, { committed }) => sum + committed, 0);
  const known = [...(places.get(name) ?? []), place].slice(-STILL);
  places.set(name, known);
  if (members > 0 || state !== "Empty") return state;
  if (known.some((one) => one !== place)) return "Reading";
  if (lag === 0) return "Caught up";
  return known.length < STILL ? "Behind" : "Not reading";
}

function make({ name }) {
  const state = element("span", { class: "group-state" });
  const members = element("td", { class: "number" });
  const lag = element("span", { class: "lag" });
  const line = sparkline();
  const inner = folded(`Lag of ${name} by partition`, 4, [
    { text: "Topic" },
    ...["Partition", "Committed", "End", "Lag"].map((text) => ({ text, number: true })),
  ]);
  const made = element("tbody", {},
    element("tr", {},
      element("th", { scope: "row" }, ...broken(name), state), members,
      element("td", {}, line),
      element("td", { class: "number" }, lag, inner.button)),
    inner.row);
  made.update = (group) => {
    const words = condition(group);
    say(state, words);
    state.dataset.state = words.toLowerCase();
    const isMember = group.members > 0 || group.state !== "Empty";
    say(members, isMember ? count(group.members) : "\u2013");
    members.title = isMember ? "" : "Consumers that assign partitions to themselves are not members.";
    say(lag, count(group.lag));
    lag.classList.toggle("none", group.lag === 0);
    const known = [...(lags.get(name) ?? []), group.lag].slice(-LOOKS);
    lags.set(name, known);
    draw(line, known);
    arrange(inner.body, group.partitions, ({ topic, number }) => `${topic} ${number}`, partition);
  };
  return made;
}

function partition({ topic }) {
  const cells = Array.from({ length: 4 }, () => element("td", { class: "number" }));
  const made = element("tr", {}, element("td", {}, topic), ...cells);
  made.update = (one) =>
    [one.number, one.committed, one.log_end_offset, one.lag].forEach((value, at) => say(cells[at], count(value)));
  return made;
}

function sparkline() {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  made.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  made.setAttribute("width", WIDTH);
  made.setAttribute("height", HEIGHT);
  made.setAttribute("role", "img");
  made.append(document.createElementNS(space, "polygon"), document.createElementNS(space, "polyline"));
  return made;
}

function draw(line, known) {
  const top = Math.max(...known, 1);
  const step = WIDTH / (LOOKS - 1);
  const begin = WIDTH - (known.length - 1) * step;
  const points = known.map((lag, at) =>
    `${(begin + at * step).toFixed(1)},${(HEIGHT - 1.5 - (lag / top) * (HEIGHT - 3)).toFixed(1)}`);
  const [area, stroke] = line.children;
  stroke.setAttribute("points", points.join(" "));
  area.setAttribute("points", `${begin.toFixed(1)},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`);
  line.setAttribute("aria-label", `Lag: ${count(known.at(-1))} now, ${count(Math.max(...known))} at most`);
}

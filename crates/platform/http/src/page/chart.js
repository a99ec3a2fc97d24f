// Small charts, as SVG that is styled by page.css. Each says in words what it shows.

import { element } from "./dom.js";
import { count, rate } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";

function drawing(width, height, label) {
  const made = document.createElementNS(SPACE, "svg");
  made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", label);
  made.setAttribute("preserveAspectRatio", "none");
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** A line and the ground below it, through values at equal distances. */
function line(svg, width, height) {
  const [ground, above] = [shape("polygon", {}), shape("polyline", { "vector-effect": "non-scaling-stroke" })];
  svg.append(ground, above);
  return (values) => {
    const most = Math.max(...values, 1e-9);
    const step = width / Math.max(1, values.length - 1);
    const places = values.map((value, at) => `${(at * step).toFixed(1)},${(height - 1 - (value / most) * (height - 3)).toFixed(1)}`);
    above.setAttribute("points", places.join(" "));
    ground.setAttribute("points", `0,${height} ${places.join(" ")} ${((values.length - 1) * step).toFixed(1)},${height}`);
    return most;
  };
}

/** A line of the size of a word. */
export function sparkline(label) {
  const [width, height] = [96, 20];
  const made = drawing(width, height, label);
  made.setAttribute("width", String(width));
  made.setAttribute("height", String(height));
  const draw = line(made, width, height);
  made.update = (values) => {
    draw(values);
    made.setAttribute("aria-label", `${label}: now ${rate(values.at(-1) ?? 0)}`);
  };
  return made;
}

/** A line over time with its largest and its last value. */
export function chart(label) {
  const [width, height] = [600, 120];
  const svg = drawing(width, height, label);
  svg.setAttribute("class", "wide");
  const told = element("p", { class: "hint" }, "Nothing was seen yet.");
  const made = element("div", {}, svg, told);
  const draw = line(svg, width, height);
  made.update = (values) => {
    const most = draw(values);
    const text = `now ${rate(values.at(-1))}, at most ${rate(most < 1e-6 ? 0 : most)}`;
    told.textContent = text;
    svg.setAttribute("aria-label", `${label}: ${text}`);
  };
  return made;
}

/** How numbers are distributed: bars between the smallest and the largest. */
export function histogram(numbers, before) {
  const [width, height, bars] = [240, 48, 24];
  const sorted = Float64Array.from(numbers).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  // Without the last hundredth, which would press the rest together.
  const [from, to] = [sorted[0], at(0.99)];
  const counts = new Array(bars).fill(0);
  for (const number of sorted) {
    if (number <= to) counts[Math.min(bars - 1, Math.floor(((number - from) / (to - from || 1)) * bars))] += 1;
  }
  const text = `from ${short(from)}, half below ${short(at(0.5))}, 99 % up to ${short(to)}`;
  const svg = drawing(width, height, before + text);
  const most = Math.max(...counts);
  counts.forEach((number, bar) => {
    const tall = (number / most) * height;
    svg.append(shape("rect", { x: (bar * width) / bars + 0.5, y: height - tall, width: width / bars - 1, height: tall }));
  });
  return element("figure", {}, svg, element("figcaption", { class: "hint" }, text));
}

/** How often words come: `entries` of word and number, of so many in all. */
export function shares(entries, all, before) {
  const rows = entries.map(([word, number]) => {
    const share = (100 * number) / all;
    const svg = drawing(100, 8, `${before}${word}: ${share.toFixed(1)} %`);
    svg.append(shape("rect", { x: 0, y: 0, width: Math.max(0.5, share), height: 8 }));
    return element("li", {}, element("span", {}, word), svg, element("span", { class: "number" }, `${share.toFixed(1)} %`));
  });
  return element("ul", { class: "shares" }, ...rows);
}

const short = (number) => (Math.abs(number) >= 100 ? count(Math.round(number)) : String(Number(number.toPrecision(3))));

// What can be emulated: fields, samples, and how values are distributed.

import { ask } from "./api.js";
import { histogram, shares } from "./chart.js";
import { element, say } from "./dom.js";
import { copyable } from "./parts.js";
import { count } from "./words.js";

export const title = "Data";

/** Requests for a sample, and records of each. */
const REQUESTS = 10;
const RECORDS = 1000;

export async function show(place, { argument, signal, tell }) {
  const attempt = async (work) => {
    try {
      const answer = await work();
      tell(null);
      return answer;
    } catch (error) {
      if (!signal.aborted) tell(error.message);
      return null;
    }
  };
  const catalogue = await attempt(() => ask("/domains", { signal }));
  if (!catalogue || signal.aborted) return;
  const domain = catalogue.domains.find(({ name }) => name === argument) ?? catalogue.domains[0];
  const links = catalogue.domains.map(({ name }) =>
    element("li", {}, element("a", { href: `#data=${encodeURIComponent(name)}`, "aria-current": name === domain.name && "page" }, name)));
  const state = element("p", { class: "hint", role: "status" }, "Sampling ...");
  const sample = copyable("Sample records");
  const places = new Map();
  const rows = domain.fields.map((field) => {
    const cell = element("td", { class: "chart" });
    places.set(field.name, cell);
    return element("tr", {},
      element("th", { scope: "row" }, field.name, element("span", { class: "summary" }, field.type)),
      element("td", {}, field.meaning),
      cell);
  });
  place.append(
    element("section", { "aria-labelledby": "data-title" },
      element("h2", { id: "data-title" }, "Data"),
      element("ul", { class: "tabs", "aria-label": "Domains and streams of models" }, ...links),
      element("p", {}, "Delivered to ", element("code", {}, domain.destination), domain.key ? " with the key " : "", domain.key ? element("code", {}, domain.key) : ""),
      state,
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Fields" },
        element("table", { class: "fields" },
          element("thead", {}, element("tr", {}, ...["Field", "Meaning", "Distribution"].map((text) => element("th", { scope: "col" }, text)))),
          element("tbody", {}, ...rows)))),
    element("section", {}, element("h3", {}, "Sample records"), sample));

  const of = (number, seed) =>
    ask(`/domains/${encodeURIComponent(domain.name)}/sample?count=${number}&seed=${seed}`, { signal });
  const records = [];
  for (let seed = 1; seed <= REQUESTS; seed += 1) {
    const got = await attempt(() => of(RECORDS, seed));
    if (!got || signal.aborted) return;
    records.push(...got.map((envelope) => envelope.data ?? envelope));
    if (seed === 1) sample.update(JSON.stringify(got.slice(0, 3), null, 2));
  }
  say(state, `Distributions of a sample of ${count(records.length)} records.`);
  for (const { name, type } of domain.fields) {
    const values = records.map((record) => record[name]).filter((value) => value !== null && value !== undefined);
    places.get(name).replaceChildren(drawn(name, type, values, records.length));
  }
}

/** Numbers as a histogram, words as shares; other values are too many to draw. */
function drawn(name, type, values, all) {
  const some = values.length < all ? `${Math.round((100 * values.length) / all)} % have one; ` : "";
  const isNumber = ["integer", "decimal", "long", "float"].includes(type);
  if (isNumber) {
    const numbers = values.map(Number).filter(Number.isFinite);
    if (numbers.length > 0) return histogram(numbers, `${name}: `);
  }
  const counts = new Map();
  for (const value of values) {
    const word = typeof value === "object" ? JSON.stringify(value) : String(value);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size > 0 && counts.size <= 40) return shares([...counts].sort((a, b) => b[1] - a[1]).slice(0, 6), values.length, `${name}: `);
  return element("span", { class: "hint" }, `${some}${count(counts.size)} different values`);
}

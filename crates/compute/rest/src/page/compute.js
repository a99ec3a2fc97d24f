// The page: looks at the service about once a second while it is seen, and says how it goes.

import { ask } from "./api.js";
import { arrange, byId, element, say } from "./dom.js";
import * as tasks from "./tasks.js";
import { count, time } from "./words.js";

/** Milliseconds between two looks. */
const PACE = 1_000;

function service() {
  const cells = Array.from({ length: 3 }, () => element("td"));
  const head = element("th", { scope: "row" }, element("span"), element("span", { class: "summary" }));
  const made = element("tbody", {}, element("tr", {}, head, ...cells));
  cells[2].className = "number";
  made.update = (one) => {
    say(head.children[0], one.name);
    say(head.children[1], one.summary);
    [one.data_in, one.data_out].forEach((fields, at) => arrange(cells[at], fields, ({ name }) => name, field));
    say(cells[2], `${count(one.active.length)} of ${count(one.max_tasks)}`);
  };
  return made;
}

function field({ name, types }) {
  return element("div", {}, name, element("span", { class: "type" }, types.join(", ")));
}

function engine({ url }) {
  const state = element("span");
  const trouble = element("span", { class: "warning" });
  const made = element("tr", {}, element("th", { scope: "row" }, url), element("td", {}, state, trouble));
  made.update = (one) => {
    say(state, one.answered_at ? `${one.state}, last answer ${time(one.answered_at)}` : one.state);
    state.className = one.state === "registered" ? "good" : "";
    say(trouble, one.error ?? "");
  };
  return made;
}

function show({ services, engines }) {
  arrange(byId("services"), services, ({ slug }) => slug, service);
  byId("no-engines").hidden = engines.length > 0;
  arrange(byId("engines").tBodies[0], engines, ({ url }) => url, engine);
  tasks.show(services);
}

function tell(trouble) {
  const state = byId("state");
  state.dataset.state = trouble ? "trouble" : "live";
  say(state, trouble ? "No connection" : "Connected");
  byId("trouble").hidden = !trouble;
  if (trouble) say(byId("trouble").children[0], trouble);
}

async function look() {
  const began = performance.now();
  try {
    show(await ask("/api/overview"));
    tell(null);
  } catch (error) {
    tell(error.message);
  }
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : look()),
    Math.max(PACE, 4 * (performance.now() - began)));
}

look();

// How the service is, and what it was told.

import { arrange, element, say } from "./dom.js";
import { followed } from "./parts.js";

export const title = "System";

export function show(place, { signal, tell }) {
  const version = element("p", { class: "summary" });
  const checks = element("tbody");
  const settings = element("tbody");
  const heads = (...texts) => element("thead", {}, element("tr", {}, ...texts.map((text) => element("th", { scope: "col" }, text))));
  place.append(
    element("section", { "aria-labelledby": "system-title" },
      element("h2", { id: "system-title" }, "System"), version,
      element("h3", {}, "Destinations"),
      element("table", {}, heads("Destination", "State", "What to check"), checks)),
    element("section", {}, element("h3", {}, "Settings in effect"),
      element("p", { class: "hint" }, "Secrets are not shown."),
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings" },
        element("table", {}, heads("Setting", "Value", "From"), settings))));
  followed(() => "/system", signal, tell, (system) => {
    say(version, `Version ${system.version}, generator ${system.generator_version}`);
    arrange(checks, Object.entries(system.checks), ([name]) => name, check);
    arrange(settings, system.settings, ({ key }) => key, setting);
  });
}

function check([name]) {
  const state = element("span", { class: "badge" });
  const why = element("td");
  const made = element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, state), why);
  made.update = ([, { status, error }]) => {
    say(state, status);
    state.dataset.state = status === "up" ? "completed" : "failed";
    say(why, error ?? "");
  };
  return made;
}

function setting({ key, value, origin }) {
  return element("tr", {},
    element("th", { scope: "row" }, element("code", {}, key)),
    element("td", {}, value ?? "unset"),
    element("td", {}, origin ?? ""));
}

// The table of tasks.

import { arrange, byId, element, say } from "./dom.js";
import { count, instant, time } from "./words.js";

/** Those that run, then those whose sender is to be told, then the last of the others. */
export function show(services) {
  const all = services.flatMap((service) =>
    [...service.active, ...service.undelivered, ...service.recent].map((task) => ({ ...task, service })));
  const rank = ({ status, callback }) => (callback === "not due" ? 0 : callback === "waiting" ? 1 : 2);
  all.sort((a, b) => rank(a) - rank(b) || b.accepted_at - a.accepted_at);
  byId("no-tasks").hidden = all.length > 0;
  arrange(byId("tasks").tBodies[0], all.slice(0, 200), ({ id, service }) => `${service.slug} ${id}`, make);
}

function make({ id, service, accepted_at }) {
  const status = element("span");
  const progress = element("progress", { max: "1", "aria-label": "Progress" });
  const error = element("span", { class: "warning" });
  const phases = element("td", { class: "phases" });
  const callback = element("span");
  const refused = element("span", { class: "warning" });
  const made = element("tr", {},
    element("th", { scope: "row" }, service.name, element("span", { class: "summary" }, element("code", {}, id))),
    element("td", {}, element("time", { datetime: instant(accepted_at) }, time(accepted_at))),
    element("td", {}, status, progress, error),
    phases,
    element("td", {}, callback, refused));
  made.update = (task) => {
    say(status, task.status);
    status.className = task.status === "finished" ? "good" : task.status === "error" ? "bad" : "";
    progress.hidden = task.status !== "processing" || !task.progress;
    progress.value = task.progress ?? 0;
    say(error, task.error ?? "");
    say(phases, task.phases
      .filter(([, lasted]) => lasted !== null)
      .map(([name, lasted]) => `${name} ${count(lasted)} ms`)
      .join(" · "));
    say(callback, task.callback);
    say(refused, task.callback_error ?? "");
  };
  return made;
}

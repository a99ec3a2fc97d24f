// What several views have: states, ledgers, and looks at the service.

import { ask } from "./api.js";
import { element, say } from "./dom.js";
import { count } from "./words.js";

/** Milliseconds between two looks. */
const PACE = 1_000;

/** A way to ask that tells the trouble and answers null then. */
export function asking(signal, tell) {
  return async (path, options) => {
    try {
      const answer = await ask(path, { ...options, signal });
      tell(null);
      return answer;
    } catch (error) {
      if (!signal.aborted) tell(error.message);
      return null;
    }
  };
}

/** Asks for `path()` about once a second while the page is seen, until `signal`. */
export function followed(path, signal, tell, take) {
  const get = asking(signal, tell);
  let timer = null;
  const look = async () => {
    const began = performance.now();
    const answer = await get(path());
    if (answer && !signal.aborted) take(answer);
    // What was taken may have been the last of it.
    if (signal.aborted) return;
    const wait = Math.max(PACE, 4 * (performance.now() - began));
    timer = setTimeout(() => {
      if (!document.hidden) look();
      else document.addEventListener("visibilitychange", look, { once: true, signal });
    }, wait);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  look();
}

/**
 * Takes what the stream of events of `path` tells, by the name `event`, while the page is seen, until
 * `signal`. A service that gives no more streams is asked about once a second instead. Returns what
 * ends it.
 */
export function streamed(path, event, signal, tell, take) {
  const own = new AbortController();
  const end = () => own.abort();
  signal.addEventListener("abort", end);
  const [place, query] = path.split("?");
  let events = null;
  const open = () => {
    events?.close();
    if (document.hidden) return;
    events = new EventSource(`${place}/events${query ? `?${query}` : ""}`);
    events.addEventListener(event, ({ data }) => {
      tell(null);
      take(JSON.parse(data));
    });
    events.addEventListener("error", ({ target }) => {
      if (own.signal.aborted || target !== events) return;
      // What is only interrupted connects again by itself; this was refused.
      if (target.readyState === EventSource.CLOSED) {
        document.removeEventListener("visibilitychange", open);
        followed(() => path, own.signal, tell, take);
      } else tell("The service does not answer. Does it still run?");
    });
  };
  own.signal.addEventListener("abort", () => events?.close());
  document.addEventListener("visibilitychange", open, { signal: own.signal });
  open();
  return end;
}

/** Records a second since the look before, if there was one. */
export function rateOf(last, now, acknowledged) {
  if (!last || now <= last.now) return null;
  return Math.max(0, (acknowledged - last.acknowledged) / (now - last.now));
}

/** Whether a run can still change: it waits, runs or is paused. */
export const isUnfinished = ({ status }) => ["processing", "paused"].includes(status.global_status);

/** The state of a run, as a word with a colour. */
export function badge() {
  const made = element("span", { class: "badge" });
  made.update = ({ status, started_at }) => {
    const name = status.global_status;
    say(made, name === "processing" && !started_at ? "waiting" : name);
    made.dataset.state = name;
  };
  return made;
}

/** The ledger: of what was generated, how much is acknowledged, failed and in flight. */
export function bar() {
  const parts = ["acknowledged", "failed", "in_flight"].map((name) => [name, element("span", { class: name })]);
  const made = element("div", { class: "ledger", role: "img" }, ...parts.map(([, part]) => part));
  made.update = ({ records }) => {
    for (const [name, part] of parts) part.style.flexGrow = String(records[name]);
    const told = parts.map(([name]) => `${count(records[name])} ${name.replace("_", " ")}`).join(", ");
    if (made.title !== told) {
      made.title = told;
      made.setAttribute("aria-label", `${count(records.generated)} generated: ${told}`);
    }
  };
  return made;
}

/** A text that can be copied. */
export function copyable(label) {
  const text = element("code");
  const button = element("button", {
    type: "button",
    click: async () => {
      await navigator.clipboard?.writeText(text.textContent);
      say(button, "Copied");
      setTimeout(() => say(button, "Copy"), 1500);
    },
  }, "Copy");
  const made = element("div", { class: "copy" },
    element("pre", { tabindex: "0", "aria-label": label, role: "region" }, text), button);
  made.update = (said) => say(text, said);
  return made;
}

/** A word of a shell. */
export const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

/** The request that starts a run, as a command. */
export const curl = (request) =>
  `curl -X POST ${quoted(`${location.origin}/emulator`)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(request))}`;

// The page: which view is seen, and how the service is doing.

import { byId, say } from "./dom.js";
import * as data from "./data.js";
import * as fresh from "./new.js";
import * as run from "./run.js";
import * as runs from "./runs.js";
import * as system from "./system.js";

const VIEWS = { runs, new: fresh, data, run, system };

/** Ends what the view before still does. */
let leave = new AbortController();

function tell(trouble) {
  const state = byId("state");
  state.dataset.state = trouble ? "trouble" : "live";
  say(state, trouble ? "No connection" : "Connected");
  byId("trouble").hidden = !trouble;
  if (trouble) say(byId("trouble").children[0], trouble);
}

/** `#run=ID` is the view `run` of ID. */
function go() {
  leave.abort();
  leave = new AbortController();
  const [, name = "", argument = ""] = /^#([a-z]*)=?(.*)$/.exec(location.hash) ?? [];
  const view = VIEWS[name] ?? runs;
  for (const link of document.querySelectorAll("nav a")) {
    const is = VIEWS[link.hash.slice(1)] === (view === run ? runs : view);
    if (is) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const place = byId("view");
  place.replaceChildren();
  document.title = `${view.title} - Data Emulator`;
  let decoded = argument;
  try {
    decoded = decodeURIComponent(argument);
  } catch {
    // Nobody has made this address; what it says is shown as it is.
  }
  view.show(place, { argument: decoded, signal: leave.signal, tell });
}

addEventListener("hashchange", () => {
  go();
  byId("view").focus({ preventScroll: true });
  scrollTo(0, 0);
});
go();

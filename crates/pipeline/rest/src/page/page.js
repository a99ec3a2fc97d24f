// The page: looks at the cluster about once a second while it is seen, and says how it goes.

import { address, chosen } from "./address.js";
import { ask } from "./api.js";
import { byId, say } from "./dom.js";
import * as groups from "./groups.js";
import * as messages from "./messages.js";
import * as topics from "./topics.js";
import { now } from "./words.js";

/** Milliseconds between two looks. */
const PACE = 1_000;
/** A slow answer is asked for less often: at most this part of the time is spent on it. */
const SHARE = 4;

let live = true;
/** The topics as they were last; null before the first answer. */
let known = null;
/** When the last answer came. */
let seen = null;
/** By what was asked for: why there is no answer. */
const troubles = new Map();

/** Calls `work` again and again, never twice at a time. The result calls it at once. */
function again(work) {
  let timer = null;
  let running = null;
  async function run() {
    clearTimeout(timer);
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const began = performance.now();
    await work(mine.signal);
    // Another run has begun meanwhile.
    if (running !== mine) return;
    running = null;
    const pause = Math.max(PACE, SHARE * (performance.now() - began));
    timer = setTimeout(() => live && !document.hidden && run(), pause);
  }
  return run;
}

/**
 * Does a part of the work, which says whether there was an answer. What goes wrong is shown until
 * it goes right.
 */
async function attempt(what, signal, work) {
  try {
    const answered = await work();
    troubles.delete(what);
    if (answered) seen = now();
  } catch (error) {
    if (signal.aborted) return;
    troubles.set(what, error.message);
  }
  tell();
}

function tell() {
  const [trouble] = troubles.values();
  const state = byId("state");
  state.dataset.state = trouble ? "trouble" : !live ? "paused" : seen ? "live" : "connecting";
  say(state, trouble ? "No connection" : !live ? "Paused" : seen ? "Connected" : "Connecting ...");
  byId("trouble").hidden = !trouble;
  if (!trouble) return;
  const [why, next] = byId("trouble").children;
  say(why, trouble);
  say(next, [
    live ? "This page keeps trying." : "This page is paused and does not try again.",
    seen && `What is shown is as of ${seen}.`,
  ].filter(Boolean).join(" "));
}

const partitions = () => known?.find(({ name }) => name === chosen().topic)?.partitions;

const lookAtCluster = again((signal) => Promise.all([
  attempt("topics", signal, async () => {
    ({ topics: known } = await ask("/api/topics", { signal }));
    // A page without a topic would be half empty.
    if (!chosen().topic && known.length > 0) {
      const { name } = known.find(({ own }) => own) ?? known[0];
      history.replaceState(null, "", address({ ...chosen(), topic: name }));
      choose();
    }
    topics.show(known);
    messages.offer(partitions() ?? []);
    return true;
  }),
  attempt("groups", signal, async () => {
    const answer = await ask("/api/groups", { signal });
    groups.show(answer.groups);
    return true;
  }),
]));

const lookAtMessages = again((signal) =>
  attempt("messages", signal, () => messages.look(partitions(), signal)));

function choose() {
  messages.choose(partitions());
  if (known) topics.show(known);
  lookAtMessages();
}

function look() {
  lookAtCluster();
  lookAtMessages();
}

byId("live").addEventListener("click", () => {
  live = !live;
  byId("live").setAttribute("aria-checked", String(live));
  if (live) look();
  tell();
});
byId("topics").addEventListener("click", (event) => {
  // On a narrow screen the messages are below the tables.
  if (event.target.closest("a") && matchMedia("(max-width: 60rem)").matches) {
    byId("messages").scrollIntoView({ behavior: "smooth" });
  }
});
addEventListener("hashchange", choose);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && live) look();
});
messages.start(lookAtMessages);
choose();
lookAtCluster();

// The messages of the chosen topic.

import { address, chosen } from "./address.js";
import { ask, Refusal } from "./api.js";
import { arrange, byId, element, say } from "./dom.js";
import { pretty } from "./json.js";
import { count, instant, many, time } from "./words.js";

/** Characters of a payload in its row. */
const PREVIEW = 400;

/** At least so often, in milliseconds, even if the topic's ends say that nothing is new. */
const STALE = 10_000;

/** What the rows answer: the question and the page of messages; none before the first answer. */
let shown = null;
/** A newer page, kept back while somebody reads. */
let held = null;
/** When was asked last, and how the topic's partitions were then. */
let asked = null;

/** The question that the address asks; null without a topic. */
function question() {
  const { topic, key, partition, limit } = chosen();
  if (!topic) return null;
  const query = new URLSearchParams(
    Object.entries({ key, partition, limit }).filter(([, value]) => value));
  return `/api/topics/${encodeURIComponent(topic)}/messages?${query}`;
}

/**
 * Asks for the messages if there may be others, and says whether it has; `partitions` are the
 * topic's, as far as known.
 */
export async function look(partitions, signal) {
  resume();
  const path = question();
  if (!path) return false;
  const state = JSON.stringify(partitions);
  const fresh = asked?.path === path && asked.state === state && Date.now() - asked.at < STALE;
  if (fresh) return false;
  const at = Date.now();
  try {
    take({ path, page: await ask(path, { signal }) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    clear();
    say(byId("found"), error.message);
  }
  // Of before the question: what came in between is asked for again.
  asked = { path, state, at };
  return true;
}

/** What the address says now, before there is an answer. */
export function choose(partitions) {
  const { topic, key, partition, limit } = chosen();
  byId("messages-title").replaceChildren(
    ...(topic ? ["Messages of ", element("span", { class: "topic" }, topic)] : ["Messages"]));
  document.title = topic ? `${topic} - Pipeline monitor` : "Pipeline monitor";
  byId("key").value = key ?? "";
  byId("limit").value = limit ?? "50";
  offer(partitions ?? []);
  byId("partition").value = partition ?? "";
  if (question() === shown?.path) return;
  clear();
  say(byId("found"), topic ? (key ? "Searching ..." : "Loading ...") : "There is nothing to show yet.");
}

/** The partitions among which can be chosen. */
export function offer(partitions) {
  const select = byId("partition");
  const numbers = new Set(partitions.map(({ number }) => String(number)));
  const { partition } = chosen();
  if (partition) numbers.add(partition);
  arrange(select, ["", ...numbers], (number) => number, (number) =>
    element("option", { value: number }, number ? `Partition ${number}` : "All partitions"));
}

function clear() {
  shown = held = asked = null;
  byId("list").replaceChildren();
  byId("newer").hidden = true;
}

const name = ({ partition, offset, created }) => `${partition}:${offset}:${created}`;

function take(answer) {
  if (answer.path !== question()) return;
  if (answer.path === shown?.path && reading()) {
    const known = new Set(shown.page.messages.map(name));
    const news = answer.page.messages.filter((message) => !known.has(name(message))).length;
    if (news === 0) return;
    held = answer;
    const newer = byId("newer");
    const all = news === answer.page.messages.length;
    say(newer, `${count(news)}${all ? " or more" : ""} new message${news === 1 && !all ? "" : "s"}`);
    newer.hidden = false;
    return;
  }
  show(answer);
}

/** Nothing moves under the eyes of somebody who has opened a row, scrolled down or walks the rows. */
function reading() {
  const list = byId("list");
  const top = document.querySelector(".bar").getBoundingClientRect().bottom;
  return list.getBoundingClientRect().top < top - 8
    || list.querySelector("details[open], :focus-visible") !== null;
}

/** Shows what was kept back once nobody reads. */
function resume() {
  if (held && !reading()) show(held);
}

function show(answer) {
  const first = answer.path !== shown?.path;
  const list = byId("list");
  // Open rows stay, even if their messages are no longer among the newest.
  const known = new Set(answer.page.messages.map(name));
  const open = first ? [] : [...list.children]
    .filter((row) => row.querySelector("details").open && !known.has(row.dataset.name));
  shown = answer;
  held = null;
  byId("newer").hidden = true;
  const items = [...answer.page.messages, ...open.map((row) => row.message)];
  arrange(list, items, name, row);
  say(byId("found"), summary(answer.page));
  if (first && chosen().key) list.querySelector("details")?.setAttribute("open", "");
}

function summary({ messages, searched, more }) {
  if (!chosen().key) {
    if (messages.length === 0) return "There are no messages.";
    return more ? `The newest ${many(messages.length, "message")}; there are older ones.`
      : `All ${many(messages.length, "message")}, newest first.`;
  }
  const found = messages.length === 0 ? "No message" : many(messages.length, "message");
  const among = more ? `the newest ${count(searched)}; older ones were not looked at`
    : `all ${count(searched)}`;
  return `${found} with this key among ${among}.`;
}

function row(message) {
  const details = element("details", { toggle: () => details.open && fill(details, message) },
    element("summary", {},
      element("time", {
        datetime: message.created === null ? null : instant(message.created),
        title: message.created === null ? null : instant(message.created),
      }, message.created === null ? "no time" : time(message.created)),
      element("span", { class: "place" }, `${message.partition} : ${message.offset}`),
      key(message.key),
      element("span", { class: "preview" }, preview(message.payload)),
      message.headers.length > 0 && element("span", { class: "chips" }, ...message.headers.map(chip))));
  const made = element("li", {}, details);
  made.message = message;
  return made;
}

const key = (content) => content === null
  ? element("span", { class: "key none" }, "no key")
  : element("span", { class: "key" }, preview(content) || "empty key");

const chip = (header) => element("span", { class: "chip" },
  element("b", {}, header.name), ` ${preview(header.value)}`);

function preview({ text, bytes, encoding }) {
  if (bytes === 0) return "";
  return encoding === "base64" ? `${many(bytes, "byte")} that are no text` : text.slice(0, PREVIEW);
}

/** What a row holds once it is opened. */
function fill(details, message) {
  if (details.children.length > 1) return;
  const { partition, offset, created, headers, payload } = message;
  const facts = [
    ["Created", [created === null ? "unknown" : instant(created)]],
    ["Partition", [String(partition)]],
    ["Offset", [count(offset)]],
    ["Size", [many(payload.bytes, "byte")]],
    ["Key", message.key === null ? ["none"] : whole(message.key)],
  ];
  const searchable = message.key?.encoding === "utf-8" && message.key.text !== "" && !message.key.cut
    && message.key.text !== chosen().key;
  details.append(element("div", { class: "message" },
    headers.length > 0 && element("dl", { class: "headers" },
      ...headers.flatMap((header) => [
        element("dt", {}, header.name), element("dd", {}, ...whole(header.value))])),
    element("dl", { class: "facts" },
      ...facts.map(([fact, parts]) => element("div", {},
        element("dt", {}, fact),
        element("dd", { class: fact === "Key" ? "content" : null }, ...parts)))),
    element("pre", { tabindex: "0", "aria-label": "Payload" }, ...whole(payload, pretty)),
    searchable && element("a", {
      href: address({ ...chosen(), key: message.key.text, partition: null }),
    }, "All messages with this key")));
}

/** The whole content, as far as it came; `format` makes more of a text, or gives null. */
function whole(content, format = () => null) {
  const { text, encoding, bytes, cut } = content;
  if (bytes === 0) return [element("span", { class: "none" }, "empty")];
  return [
    encoding === "base64" && element("span", { class: "mark" }, "base64"),
    (encoding === "utf-8" && !cut && format(text)) || text,
    cut && element("span", { class: "mark" }, `only the beginning of ${count(bytes)} bytes`),
  ].filter(Boolean);
}

/** Wires the section; `look` is called when it is to be looked at once more. */
export function start(look) {
  const go = () => {
    location.hash = address({
      ...chosen(),
      key: byId("key").value,
      partition: byId("partition").value,
      limit: byId("limit").value === "50" ? null : byId("limit").value,
    });
  };
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  byId("partition").addEventListener("change", go);
  byId("limit").addEventListener("change", go);
  // Emptied with the cross of the field.
  byId("key").addEventListener("search", () => byId("key").value === "" && go());
  addEventListener("scroll", resume, { passive: true });
  byId("list").addEventListener("toggle", resume, { capture: true });
  byId("newer").addEventListener("click", () => {
    if (held) show(held);
    byId("messages").scrollIntoView();
    byId("messages-title").focus({ preventScroll: true });
    look();
  });
}

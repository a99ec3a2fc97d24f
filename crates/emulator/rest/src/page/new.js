// A new run: a form made from the schema of the request, looked through by the service while it is
// filled in.

import { ask } from "./api.js";
import { element, say } from "./dom.js";
import { copyable, curl } from "./parts.js";

export const title = "New run";

/** What a form begins with. */
const FIRST = { format_type: "json", sync_type: "grouped", max_chunk_size: 16777216, timeout: 10 };
/** Milliseconds after the last key until the service is asked. */
const PAUSE = 300;

export async function show(place, { signal, tell }) {
  let document_, catalogue;
  try {
    [document_, catalogue] = await Promise.all([ask("/openapi.json", { signal }), ask("/domains", { signal })]);
    tell(null);
  } catch (error) {
    if (!signal.aborted) tell(error.message);
    return;
  }
  const schema = document_.components.schemas.StartRequest.allOf[0];
  const required = new Set(schema.required);
  const names = Object.keys(schema.properties).sort((a, b) => required.has(b) - required.has(a));
  const fields = names.map((name) => [name, field(name, schema.properties[name], required.has(name), catalogue.domains)]);
  const told = element("p", { class: "trouble", role: "alert", hidden: true });
  const start = element("button", { class: "primary" }, "Start");
  const request = copyable("The equal request");
  const sample = copyable("Sample of what will come");
  const form = element("form", { novalidate: true, class: "form", input: () => changed(), submit: (event) => {
    event.preventDefault();
    send();
  } },
  ...fields.filter(([name]) => required.has(name)).map(([, made]) => made.part),
  element("details", {}, element("summary", {}, "More"), element("div", { class: "form" }, ...fields.filter(([name]) => !required.has(name)).map(([, made]) => made.part))),
  told, start);
  place.append(
    element("div", { class: "pair" },
      element("section", { "aria-labelledby": "new-title" }, element("h2", { id: "new-title" }, "New run"), form),
      element("div", {},
        element("section", {}, element("h3", {}, "The equal request"), request),
        element("section", {}, element("h3", {}, "Sample of what will come"), sample))));

  const body = () => Object.fromEntries(fields.map(([name, made]) => [name, made.value()]).filter(([, value]) => value !== undefined));
  const mark = (errors) => {
    for (const [name, made] of fields) made.tell(errors.find((error) => error.field === name)?.detail ?? "");
    const others = errors.filter((error) => !fields.some(([name]) => name === error.field));
    told.hidden = others.length === 0;
    say(told, others.map(({ detail }) => detail).join(" "));
  };
  const post = async (path) => {
    const broken = fields.filter(([, made]) => made.broken());
    if (broken.length) {
      mark(broken.map(([name, made]) => ({ field: name, detail: made.broken() })));
      return null;
    }
    try {
      const answer = await ask(path, { method: "POST", body: body(), signal });
      tell(null);
      mark([]);
      return answer;
    } catch (error) {
      if (signal.aborted) return null;
      if (error.status) mark(error.errors.length ? error.errors : [{ field: "", detail: error.message }]);
      else tell(error.message);
      return null;
    }
  };
  let timer = null;
  let shown = "";
  const changed = () => {
    for (const [, made] of fields) if (made.broken()) made.tell(made.broken());
    request.update(curl(body()));
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  };
  const look = async () => {
    const found = await post("/emulator/check");
    if (!found || signal.aborted) return;
    const { emulation_domain, format_type, seed } = body();
    const isText = ["json", "ndjson", "csv"].includes(format_type);
    const asked = new URLSearchParams({ count: "3", format: isText ? format_type : "ndjson", seed: String(seed ?? 1) });
    const path = `/domains/${encodeURIComponent(emulation_domain)}/sample?${asked}`;
    if (path === shown) return;
    shown = path;
    try {
      sample.update((await ask(path, { signal, as: "text" })).trimEnd());
    } catch (error) {
      if (!signal.aborted) sample.update(error.message);
    }
  };
  const send = async () => {
    start.disabled = true;
    const answer = await post("/emulator");
    start.disabled = false;
    if (answer) location.hash = `run=${answer.id}`;
    else form.querySelector("[aria-invalid=true]")?.focus();
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  changed();
}

/** The types that a value may have. */
const kinds = ({ type, oneOf = [] }) => [type, ...oneOf.map((one) => one.type)].flat();

function field(name, schema, isRequired, domains) {
  const id = `field-${name}`;
  const words = name === "emulation_domain" ? domains.map((domain) => domain.name)
    : name === "sync_type" ? ["grouped", "chunked", "single"] : schema.enum?.filter((word) => word !== null);
  const isNumber = ["integer", "number"].some((one) => kinds(schema).includes(one));
  const isObject = kinds(schema).includes("object");
  const wrong = element("p", { class: "wrong", id: `${id}-wrong` });
  const hint = element("p", { class: "hint", id: `${id}-hint` }, (schema.description ?? "").replaceAll("`", ""));
  const attributes = { id, name, "aria-describedby": `${id}-wrong ${id}-hint`, required: isRequired };
  const input = words
    ? element("select", attributes, ...(isRequired ? words : ["", ...words]).map((word) => element("option", { value: word }, word || "as usual")))
    : isObject && !isNumber
      ? element("textarea", { ...attributes, rows: "2", placeholder: example(schema), autocomplete: "off", spellcheck: "false" })
      : element("input", { ...attributes, type: "text", inputmode: isNumber && !isObject ? "decimal" : null, autocomplete: "off", spellcheck: "false" });
  input.value = FIRST[name] ?? (isRequired ? words?.[0] ?? "" : "");
  const part = element("div", { class: "field" }, element("label", { for: id }, name.replaceAll("_", " ")), input, wrong, hint);
  const isJson = (text) => isObject && (!isNumber || text.startsWith("{"));
  return {
    part,
    /** What keeps the text from being a value at all. */
    broken() {
      const text = input.value.trim();
      if (text === "" || !isJson(text)) return "";
      try {
        JSON.parse(text);
        return "";
      } catch (error) {
        return `not JSON: ${error.message}; expected an object${isNumber ? "" : `, such as ${example(schema)}`}`;
      }
    },
    value() {
      const text = input.value.trim();
      if (text === "" || this.broken()) return undefined;
      if (isJson(text)) return JSON.parse(text);
      // Whole numbers may be larger than this language counts; then the service says so.
      const number = Number(text);
      return isNumber && Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number)) ? number : text;
    },
    tell(text) {
      say(wrong, text);
      input.setAttribute("aria-invalid", String(text !== ""));
    },
  };
}

/** An object of such a schema. */
function example({ examples, properties = {} }) {
  const [name, { type, format } = {}] = Object.entries(properties)[0] ?? ["name", { type: "string" }];
  return JSON.stringify(examples?.[0] ?? { [name]: format === "uri" ? "https://host/path" : type === "string" ? "value" : 0.01 });
}

// The page: tables with their loads and rejects, backups, and the two charts if there are reports.

import { ask } from "./api.js";
import { byId, element, say } from "./dom.js";
import { instant, many, time } from "./words.js";

async function change(path) {
  const response = await fetch(path, { method: "POST" });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `${path}: ${response.status}`);
  return answer.response;
}

function trouble(error) {
  const place = byId("trouble");
  place.hidden = !error;
  if (error) say(place.querySelector("span"), error.message);
}

/** Does the work and shows what came of it; the lists are then as they are now. */
async function work(button, doing) {
  button.disabled = true;
  try {
    say(byId("state"), await doing());
    trouble(null);
    await show();
  } catch (error) {
    trouble(error);
  } finally {
    button.disabled = false;
  }
}

/** Whether the person really wants it. */
function confirmed(question) {
  const dialog = byId("ask");
  say(byId("question"), question);
  dialog.showModal();
  return new Promise((resolve) => {
    // Not `close`, which comes with the next frame: a page that is not seen has none.
    dialog.addEventListener("submit", (event) => resolve(event.submitter.value === "yes"), { once: true });
    dialog.addEventListener("cancel", () => resolve(false), { once: true });
  });
}

function load({ file, loaded_at, rows, rejected, reasons }) {
  const faults = Object.entries(reasons).map(([reason, count]) =>
    element("li", {}, `${many(count, "cell")}: ${reason}`));
  return element("li", {},
    `${file}, `, element("time", { datetime: instant(loaded_at) }, time(loaded_at)),
    `: ${many(rows, "row")} loaded, `,
    element("span", { class: rejected > 0 ? "bad" : null }, `${rejected} rejected`),
    faults.length > 0 && element("ul", {}, ...faults));
}

function backup(table, { name, taken_at, rows }) {
  const button = element("button", {
    type: "button",
    click: async () => {
      const question = `Replace all rows of ${table} by those of ${name}? What was added since is lost.`;
      if (!(await confirmed(question))) return;
      const name_ = encodeURIComponent(name);
      await work(button, () => change(`/restore/${table}?backup=${name_}`));
    },
  }, "Restore ...");
  const when = taken_at === null ? name : time(taken_at);
  return element("li", { title: name }, `${when}${rows === null ? "" : `, ${many(rows, "row")}`} `, button);
}

function article(table, backups) {
  const button = element("button", {
    type: "button",
    click: () => work(button, () => change(`/backup/${table.name}`)),
  }, "Back up");
  return element("article", { id: `table-${table.name}` },
    element("h3", {}, table.name),
    element("p", {}, element("span", { class: "rows" }, many(table.rows, "row")), " ", button),
    table.loads.length > 0
      ? element("ul", { class: "loads" }, ...table.loads.slice(0, 5).map(load))
      : element("p", { class: "hint" }, "No file was loaded."),
    backups.length > 0
      ? element("ul", { class: "backups" }, ...backups.map((one) => backup(table.name, one)))
      : element("p", { class: "hint" }, "There is no backup."));
}

/** Shows the tables as they are now; returns whether there are reports on them. */
async function show() {
  const { tables, reports } = await ask("/tables");
  const articles = await Promise.all(tables.map(async (table) => {
    const { backups } = await ask(`/backups/${table.name}`);
    return article(table, backups);
  }));
  byId("tables").replaceChildren(...articles);
  return reports;
}

function draw() {
  const year = byId("year").value;
  for (const name of ["req1", "req2"]) {
    const path = `/reports/${name}?year=${year}`;
    byId(name).src = path;
    byId(`${name}-page`).href = path;
  }
}

byId("year-form").addEventListener("submit", (event) => {
  event.preventDefault();
  draw();
});
for (const name of ["req1", "req2"]) {
  byId(name).addEventListener("error", () => trouble(new Error("The report cannot be shown.")));
}

try {
  const reports = await show();
  say(byId("state"), "");
  byId("reports").hidden = !reports;
  if (reports) draw();
} catch (error) {
  trouble(error);
}

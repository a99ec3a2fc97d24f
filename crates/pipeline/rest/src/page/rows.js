// Tables of a cluster: what belongs to this pipeline comes first, the rest is shown on demand.

import { arrange, byId, element, say } from "./dom.js";

/** A name that is broken behind its marks, and elsewhere only if nothing else helps. */
export const name = (text) =>
  text.split(/(?<=[._-])/).flatMap((part) => [part, element("wbr")]);

/**
 * A function that shows items in the table `id`, whose rows `make` makes. What is chosen is shown in any
 * case, and all of it if nothing is this pipeline's.
 */
export function rows(id, make) {
  const table = byId(id);
  const more = byId(`more-${id}`);
  let open = false;
  let last = [[], null];
  more.addEventListener("click", () => {
    open = !open;
    show(...last);
  });
  function show(items, chosen) {
    last = [items, chosen];
    byId(`no-${id}`).hidden = items.length > 0;
    const own = items.filter((item) => item.own);
    const others = items.filter((item) => !item.own);
    arrange(table, [...own, ...others], ({ name }) => name, make);
    const folds = own.length > 0 && others.length > 0;
    const hidden = new Set(folds && !open ? others.map(({ name }) => name) : []);
    hidden.delete(chosen);
    for (const body of table.tBodies) body.hidden = hidden.has(body.dataset.name);
    more.hidden = !folds;
    more.setAttribute("aria-expanded", String(open));
    say(more, open ? "Only those of this pipeline" : `${others.length} more in this cluster`);
  }
  return show;
}

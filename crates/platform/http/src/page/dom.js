// Elements. Texts from outside become text nodes, never HTML.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; texts become text nodes, null and false nothing. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** Sets the text only if it is another one: nothing is read out twice, no selection is lost. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Makes `parent` hold, behind what is there for good, one element an item, in their order. Elements
 * of items that were there before stay the same elements and are not moved, so they keep focus and
 * what is open. If an element has a function `update`, it is called with the item.
 */
export function arrange(parent, items, name, make) {
  const children = [...parent.children].filter((child) => child.dataset.name !== undefined);
  const known = new Map(children.map((child) => [child.dataset.name, child]));
  const wanted = new Set(items.map(name));
  for (const [key, child] of known) if (!wanted.has(key)) child.remove();
  let place = children.find((child) => child.isConnected) ?? null;
  for (const item of items) {
    const key = name(item);
    let child = known.get(key);
    if (!child) {
      child = make(item);
      child.dataset.name = key;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
    child.update?.(item);
  }
}

/** A row of a table that a button shows and hides, with a table in it. */
export function folded(label, columns, heads) {
  const body = element("tbody");
  const row = element("tr", { class: "inner", hidden: true },
    element("td", { colspan: columns },
      element("table", {},
        element("thead", {}, element("tr", {}, ...heads.map(head))),
        body)));
  const button = element("button", {
    type: "button", class: "fold", "aria-expanded": "false", "aria-label": label,
    click: () => {
      row.hidden = !row.hidden;
      button.setAttribute("aria-expanded", String(!row.hidden));
    },
  });
  return { button, row, body };
}

const head = ({ text, number }) =>
  element("th", { scope: "col", class: number ? "number" : null }, text);

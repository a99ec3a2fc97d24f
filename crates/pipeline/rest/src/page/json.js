// JSON for people.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * The same JSON, indented and with its parts marked; null if the text is none. The tokens stay as
 * they came: numbers of 64 bits and "3.0" would not survive being parsed and written again.
 */
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(TOKEN) ?? [];
  const shown = document.createDocumentFragment();
  let depth = 0;
  let plain = "";
  const line = () => { plain += `\n${"  ".repeat(depth)}`; };
  const mark = (token, kind) => {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = token;
    shown.append(plain, part);
    plain = "";
  };
  tokens.forEach((token, at) => {
    const empty = "{[".includes(tokens[at - 1]) && "}]".includes(token);
    if ("{[".includes(token)) {
      plain += token;
      depth += 1;
      if (!"}]".includes(tokens[at + 1])) line();
    } else if ("}]".includes(token)) {
      depth -= 1;
      if (!empty) line();
      plain += token;
    } else if (token === ",") {
      plain += token;
      line();
    } else if (token === ":") {
      plain += ": ";
    } else {
      mark(token, kind(token, tokens[at + 1]));
    }
  });
  shown.append(plain);
  return shown;
}

function kind(token, next) {
  if (token.startsWith('"')) return next === ":" ? "name" : "text";
  return token === "null" ? "null" : "value";
}

/* parts.js -- elements, made of text alone: whatever an id or a status holds, it is never markup. */

/** <tag class="name"> with these children: elements, or text. */
export function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/* What shows nothing, or turns the reading of what stands beside it: an id may be made to look like
 * another by it. */
const TURNING = String.raw`[\u0000-\u001f\u007f-\u00a0\u2028-\u202f\ufff9-\ufffb]`;
/* Joiners and variants are seen by what they do to an emoji, or to a letter of a script that joins. */
const JOINERS = String.raw`[\u200c\u200d\ufe0e\ufe0f]`;
const JOINED = String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}])[\p{L}\p{M}]`;
const UNSEEN = new RegExp(`(${TURNING}|(?<!${JOINED})${JOINERS}|(?!${JOINERS})\\p{Default_Ignorable_Code_Point})`, "u");

function visible(piece) {
  if (!UNSEEN.test(piece)) return piece;
  const code = piece.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  const sign = make("span", "sign", `U+${code}`);
  sign.title = "a character that is not seen";
  return sign;
}

/** A text of somebody's choice, as an id is, set apart from what stands around it. */
export function foreign(text) {
  return make("bdi", "id", ...String(text).split(UNSEEN).filter(Boolean).map(visible));
}

/** A user's id as a link to the user's page. */
export function linkTo(id) {
  const link = make("a", "user-link", foreign(id));
  link.href = `#/user/${encodeURIComponent(id)}`;
  return link;
}

export function badge(kind, text) {
  const element = make("span", "badge", make("i", "dot"), text);
  element.dataset.kind = kind;
  return element;
}

export function notice(kind, title, ...rest) {
  const element = make("div", "notice", make("strong", "", title), ...rest.map((it) => make("p", "", it)));
  element.dataset.kind = kind;
  return element;
}

export const empty = (text) => make("p", "empty", text);

/** A table with these heads (an object: {text, number}) and rows of cells. */
export function table(caption, heads, rows) {
  const head = make("tr", "", ...heads.map((it) => cell("th", it, it.text)));
  head.querySelectorAll("th").forEach((it) => (it.scope = "col"));
  const body = rows.map((row) =>
    make("tr", "", ...row.map((value, i) => cell("td", heads[i], value))),
  );
  return make(
    "table",
    "",
    make("caption", "unseen", caption),
    make("thead", "", head),
    make("tbody", "", ...body),
  );
}

function cell(tag, { number, text }, value) {
  const element = make(tag, number ? "number" : "", value);
  if (tag === "td") element.dataset.label = text;
  return element;
}

/** Fills `place` with these, unless it shows the same already: nothing flickers, no focus is lost. */
export function show(place, ...children) {
  const fresh = make("div", "", ...children);
  if (fresh.innerHTML === place.innerHTML) return;
  const focused = place.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  place.replaceChildren(...fresh.childNodes);
  if (focused === null) return;
  [...place.querySelectorAll("a, button, input")].find((it) => keyOf(it) === focused)?.focus();
}

const keyOf = (element) => `${element.tagName} ${element.getAttribute("href") ?? element.textContent}`;

export const byId = (id) => document.getElementById(id);

// Elements. Texts of a report get into the page here and nowhere else, and only ever as text.

/** Characters that do something rather than stand for something: shown as their number. The same as `is_hidden` in src/report/text.rs, but for line breaks. */
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** A text as it can be shown. */
function shown(text) {
  return String(text).replace(UNSEEN, (c) => (c === "\t" ? " " : `\\u{${c.codePointAt(0).toString(16)}}`));
}

/** An element with attributes (`class`, `href`, `onclick` …; what is null or false is left out) and children: elements or texts. */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

/** Adds children, also those in lists of lists; what is null or false is left out. */
function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : shown(child));
  }
}

/** A text of somebody else's, which cannot reorder what stands beside it. */
function bdi(text, name) {
  return el("bdi", { class: name }, text);
}

/** The element with an id. */
function by(id) {
  return document.getElementById(id);
}

/** Replaces what an element holds. */
function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

/** A number with its thousands apart. */
function grouped(number) {
  return number.toLocaleString("en-US");
}

/** How many of something: `1 finding`, `2 findings`. */
function count(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A button that copies a text. */
function copyButton(text, label) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text)) ? "Copied" : "Cannot copy";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

/** Copies; where the clipboard is closed to pages from disk, by way of a selection. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "offstage", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

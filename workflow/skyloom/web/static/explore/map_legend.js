// What the colours mean: categories with switches and counts, or a scale.

import { make } from "./dom.js";
import { cssOf, grey, MOST_COLOURS, scaleColour } from "./map_colours.js";

const STEPS = 64; // of the scale's picture

// Fill a box with the legend of a colouring. changed: called when a switch was moved.
// lit: called with a code that is pointed at, or null.
export function showLegend(box, colouring, { changed, lit }) {
  const { property } = colouring;
  if (!property) return box.replaceChildren(make("p", { className: "quiet" }, "All images have one colour; where many lie on one another it is denser."));
  const parts = colouring.categories
    ? categoryParts(colouring, changed, lit)
    : [scaleOf(colouring), listOf([colouring.none], colouring, changed, lit)];
  return box.replaceChildren(...parts);
}

function categoryParts(colouring, changed, lit) {
  const { counts, none } = colouring;
  const ranked = Array.from({ length: none }, (_, code) => code)
    .sort((a, b) => counts[b] - counts[a] || a - b);
  const list = listOf([...ranked, none], colouring, changed, lit);
  return [switches(colouring, changed), list, ...remarks(colouring)];
}

function switches(colouring, changed) {
  const all = (shown) => () => {
    colouring.shown.fill(shown);
    changed();
  };
  return make("div", { className: "bar" },
    make("span", { className: "strong" }, colouring.property.title),
    make("span", { className: "right" },
      make("button", { type: "button", className: "small", onclick: all(true) }, "all"), " ",
      make("button", { type: "button", className: "small", onclick: all(false) }, "none")));
}

function remarks({ categories }) {
  if (categories.length <= MOST_COLOURS) return [];
  const text = `The ${MOST_COLOURS} most frequent have colours, the others are grey. Switch some off `
    + "to free colours, or point at one to see where it is.";
  return [make("p", { className: "quiet small" }, text)];
}

// The element keeps its place in the list and its focus when a switch is moved.
function listOf(codes, colouring, changed, lit) {
  const { counts } = colouring;
  const present = codes.filter((code) => counts[code] > 0);
  const entries = present.map((code) => entryOf(code, colouring, changed, lit));
  return make("ul", { className: "entries", onmouseleave: () => lit(null) }, ...entries);
}

function entryOf(code, colouring, changed, lit) {
  const box = make("input", { type: "checkbox", checked: colouring.shown[code] });
  box.dataset.code = code;
  box.addEventListener("change", () => {
    colouring.shown[code] = box.checked;
    changed();
  });
  const name = code === colouring.none ? "no value" : colouring.nameOf(code);
  const only = make("button", { type: "button", className: "small only", title: `only ${name}` }, "only");
  only.addEventListener("click", () => {
    colouring.shown.fill(false);
    colouring.shown[code] = true;
    changed();
  });
  const swatch = make("i", { className: "swatch" });
  swatch.style.background = cssOf(colouring.colours[code] ?? grey());
  const label = make("label", {}, box, swatch, make("span", { className: "name", title: name }, name),
    make("span", { className: "count" }, colouring.counts[code].toLocaleString("en")));
  const entry = make("li", {}, label, colouring.categories ? only : "");
  entry.addEventListener("mouseenter", () => lit(code));
  return entry;
}

// Bring switches and colours up to date without making the list anew.
export function refreshLegend(box, colouring) {
  const { colours } = colouring;
  for (const input of box.querySelectorAll("input")) {
    const { code } = input.dataset;
    input.checked = colouring.shown[code];
    input.nextSibling.style.background = cssOf(colours[code] ?? grey());
  }
}

function scaleOf({ property, spread }) {
  const canvas = make("canvas", { width: STEPS, height: 1, className: "scale", role: "img" });
  const [low, high] = spread.ends(property);
  const unit = property.kind === "time" ? " (UTC)" : "";
  canvas.setAttribute("aria-label", `colours from ${low} to ${high}`);
  const context = canvas.getContext("2d");
  for (let step = 0; step < STEPS; step++) {
    context.fillStyle = cssOf(scaleColour(step / (STEPS - 1)));
    context.fillRect(step, 0, 1, 1);
  }
  const middle = spread.say(property, spread.at(0.5));
  return make("figure", { className: "scaled" },
    make("figcaption", { className: "strong" }, property.title + unit), canvas,
    make("div", { className: "ends quiet" }, ...[low, middle, high].map((text) => make("span", {}, text))));
}

// One example as a chip: its picture, its name, and how it is taken out or turned around.

import { base, itemPage, thumbnailOf } from "./data.js";
import { make } from "./dom.js";

// list: like, unlike or file. known: {examples: {name: position}, files: {token: {name, images}}}.
// change: {add(list, name), take(list, name)}.
export function chipOf(list, name, known, change) {
  const shown = list === "file" ? fileOf(name, known.files[name]) : imageOf(name, known.examples[name]);
  const title = shown.title;
  const chip = make("li", { className: `chip ${list}` }, shown);
  if (list !== "file") {
    const other = list === "like" ? "unlike" : "like";
    const turn = make("button", { type: "button", title: `${other === "like" ? "more" : "less"} like ${title}` },
      other === "like" ? "+" : "\u2212");
    turn.addEventListener("click", () => change.add(other, name));
    chip.append(turn);
  }
  const away = make("button", { type: "button", title: `take ${title} out`, "aria-label": `take ${title} out` }, "\u00d7");
  away.addEventListener("click", () => change.take(list, name));
  chip.append(away);
  return chip;
}

function imageOf(name, position) {
  const picture = position === undefined ? [] : [make("img", { src: thumbnailOf(position), alt: "" })];
  return make("a", { href: itemPage(name), title: name }, ...picture, make("span", { className: "called" }, name));
}

function fileOf(token, told) {
  if (!told) return make("span", { className: "file", title: "a file" }, "a file that is not known any more");
  const picture = make("img", { src: `${base}live/neighbours/files/${token}.jpg`, alt: "" });
  const many = told.images > 1 ? ` (${told.images} images)` : "";
  return make("span", { className: "file", title: told.name }, picture,
    make("span", { className: "called" }, `${told.name}${many}`));
}

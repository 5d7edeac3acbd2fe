// Keys that every page has: / to an image, ? help, g and a letter to another view.

import { itemPage } from "./data.js";
import { el } from "./dom.js";

const typing = (target) => target.matches("input, textarea, select");

// more: {key: function} of the page.
export function bindKeys(more = {}) {
  let going = false;
  el("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = el("name").value.trim();
    if (name) location.href = itemPage(name);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (typing(event.target)) return;
    const link = going && document.querySelector(`nav a[data-key="${event.key}"]`);
    going = event.key === "g" && !going;
    if (link) link.click();
    else if (event.key === "/") el("name").focus();
    else if (event.key === "?") el("help").showModal();
    else if (event.key in more) more[event.key](event);
    else return;
    event.preventDefault();
  });
  document.documentElement.dataset.keys = "bound"; // from now on no key is lost
}

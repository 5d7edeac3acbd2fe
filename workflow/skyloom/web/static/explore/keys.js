// Keys that every page has: / to an image, ? help, g and a letter to another view.

import { itemPage } from "./data.js";
import { el } from "./dom.js";

const MOVES = /^(Arrow|[jk+=-]$)/; // what goes on while a key is held down; all else happens once

const typing = (target) => target.matches("input, textarea, select");

// What has the focus does by itself what the key says.
const activates = ({ target, key }) =>
  (key === "Enter" && target.closest("a[href], button, summary")) || (key === " " && target.closest("button, summary"));

// more: {key: function} of the page.
export function bindKeys(more = {}) {
  let going = false;
  const keys = { ...more, "/": () => el("name").focus(), "?": () => el("help").showModal() };
  el("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = el("name").value.trim();
    if (name) location.href = itemPage(name);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || el("help").open) return;
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (typing(event.target) || activates(event)) return;
    const link = going && document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    const work = link ? () => link.click() : keys[event.key];
    if (work) event.preventDefault();
    if (event.repeat && !MOVES.test(event.key)) return;
    going = event.key === "g" && !going;
    work?.();
  });
  document.documentElement.dataset.keys = "bound"; // from now on no key is lost
}

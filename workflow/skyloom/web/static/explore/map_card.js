// What stands beside the point that is pointed at: thumbnail, name, value.

import { namesOf, thumbnailOf } from "./data.js";
import { el } from "./dom.js";

const BESIDE = 16; // CSS pixels from the point
let shown = -1;

// property: whose value is told, or null. right, down: the point on the map, whose sides are given.
export async function showCard(position, property, [right, down], { width, height }) {
  const card = el("card");
  if (position !== shown) {
    shown = position;
    card.querySelector("img").src = thumbnailOf(position);
    card.querySelector("b").textContent = "";
    card.querySelector("span").textContent = property ? `${property.title}: ${property.text(position)}` : "";
  }
  card.hidden = false;
  const left = right + BESIDE + card.offsetWidth < width ? right + BESIDE : right - BESIDE - card.offsetWidth;
  card.style.left = `${Math.max(0, left)}px`;
  card.style.top = `${Math.min(Math.max(0, down - card.offsetHeight / 2), height - card.offsetHeight)}px`;
  const [name] = await namesOf([position]);
  if (shown === position) card.querySelector("b").textContent = name;
}

export function hideCard() {
  shown = -1;
  el("card").hidden = true;
}

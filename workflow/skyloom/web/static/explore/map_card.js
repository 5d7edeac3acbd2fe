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
  placeCard(card, [right, down], { width, height });
  const [name] = await namesOf([position]);
  if (shown !== position) return;
  card.querySelector("b").textContent = name;
  placeCard(card, [right, down], { width, height }); // it is higher now
}

function placeCard(card, [right, down], { width, height }) {
  const { offsetWidth: wide, offsetHeight: high } = card;
  const left = right + BESIDE + wide < width ? right + BESIDE : right - BESIDE - wide;
  card.style.left = `${Math.max(0, left)}px`;
  card.style.top = `${Math.max(0, Math.min(down - high / 2, height - high - 2))}px`;
}

export function hideCard() {
  shown = -1;
  el("card").hidden = true;
}

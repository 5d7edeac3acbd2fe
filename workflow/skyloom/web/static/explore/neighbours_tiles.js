// Two buttons on the tile under the pointer, or with the focus: more like it, less like it.

import { make } from "./dom.js";

export function tileButtons(grid, add) {
  let tile = null;
  const button = (list, sign, word) => {
    const made = make("button", { type: "button", tabIndex: -1, title: `${word} like this` }, sign);
    made.addEventListener("click", () => tile?.title && add(list, tile.title));
    return made;
  };
  const both = make("div", { className: "tileButtons" },
    button("like", "+", "more"), button("unlike", "\u2212", "less"));
  const over = (event) => {
    const found = event.target.closest?.(".tile");
    if (!found) return;
    tile = found;
    both.style.left = found.style.left;
    both.style.top = found.style.top;
    grid.field.append(both);
  };
  grid.field.addEventListener("pointerover", over);
  grid.field.addEventListener("focusin", over);
  grid.field.addEventListener("pointerleave", () => both.remove());
}

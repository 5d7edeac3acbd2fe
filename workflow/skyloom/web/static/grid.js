// Many images of one label at once: the wrong ones are selected, the others keep their label.

import { took } from "./pace.js";
import { address, json } from "./server.js";
import { drawGrid, el } from "./views.js";

const TILES = 24;

const isSelected = (tile) => tile.getAttribute("aria-selected") === "true";

export class Grid {
  // submit: takes one answer; done: called when the grid is to be left.
  constructor(submit, done) {
    this.submit = submit;
    this.done = done;
    el("accept").addEventListener("click", () => this.accept());
    el("tiles").addEventListener("click", (event) => {
      const tile = event.target.closest("button");
      tile?.setAttribute("aria-selected", !isSelected(tile));
    });
  }

  // Show the first of these items that have one label and show it; false where none does.
  async show(items) {
    const said = await Promise.all(items.slice(0, 8 * TILES).map((item) => json("api/item", { item })));
    const label = said.find((one) => !one.hidden)?.label;
    if (!label) return false;
    this.tiles = said.filter((one) => one.label === label).slice(0, TILES);
    this.since = performance.now();
    drawGrid(label, this.tiles, address);
    return true;
  }

  accept() {
    const kept = this.tiles.filter((_, place) => !isSelected(el("tiles").children[place]));
    const ms = Math.round(took(this.since) / Math.max(1, kept.length));
    for (const { item, label } of kept) {
      this.submit({ item, choice: "class", label, ms, batch: true });
    }
    this.done();
  }

  // Take a key; return whether it meant something here.
  press(key) {
    const tiles = [...el("tiles").children];
    const place = tiles.indexOf(document.activeElement);
    const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    if (key in moves) tiles[place + moves[key]]?.focus();
    else if (key === " " && place >= 0) tiles[place].click();
    else if (key === "Enter") this.accept();
    else if (["Escape", "g"].includes(key)) this.done();
    else return false;
    return true;
  }
}

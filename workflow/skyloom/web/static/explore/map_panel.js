// The selected images beside the map: how many of which class, as a grid, to take along.

import { offerDecisions } from "./decide.js";
import { el, fail, make } from "./dom.js";
import { Grid } from "./grid.js";
import { saveTable } from "./map_csv.js";

const MOST_SHOWN = 50_000; // in the grid: browsers draw no box of any height
const MOST_CLASSES = 5;
const WIDEST = 90; // of a thumbnail, CSS pixels: three stand side by side

export class SelectionPanel {
  // tile: {width, height} of thumbnails. survey: for the name of the saved table.
  // pointed: called with the position of a thumbnail that is pointed at, or -1.
  constructor(tile, survey, pointed) {
    const shrink = Math.min(1, WIDEST / tile.width);
    const size = { width: Math.round(tile.width * shrink), height: Math.round(tile.height * shrink) };
    const chosen = (ticked) => this.offer(ticked);
    this.positions = new Uint32Array(0);
    this.grid = new Grid(el("selected"), { ...size, chosen });
    el("save").addEventListener("click", () => saveTable(this.positions, `${survey}-selection.csv`).catch(fail));
    const point = (event) => {
      const place = event.target.closest?.(".tile")?.dataset.place;
      pointed(place === undefined ? -1 : this.positions[place]);
    };
    for (const kind of ["mouseover", "focusin"]) el("selected").addEventListener(kind, point);
    el("selected").addEventListener("mouseleave", () => pointed(-1));
  }

  // selection: as it is now. classes: a property of categories whose counts are told, or null.
  show(selection, classes) {
    this.positions = selection.positions;
    const { length } = this.positions;
    el("chosen").textContent = selection.active ? `${length.toLocaleString("en")} selected` : "Nothing selected";
    for (const name of ["clear", "save", "selected"]) el(name).hidden = !selection.active;
    el("how").hidden = selection.active;
    el("beyond").hidden = length <= MOST_SHOWN;
    el("counts").replaceChildren(...(classes && length ? countRows(classes, this.positions) : []));
    this.grid.caption = classes ? (position) => classes.text(position) : () => "";
    this.grid.show(this.positions.subarray(0, MOST_SHOWN));
    this.offer(new Set());
  }

  // ticked: positions that were picked out in the grid; without any, all selected ones are meant.
  offer(ticked) {
    selectionChanged(ticked.size ? Array.from(ticked) : Array.from(this.positions));
  }
}

function selectionChanged(positions) {
  offerDecisions(el("actions"), positions, () => el("clear").click()).catch(fail);
}

function countRows(classes, positions) {
  const found = classes.counts(positions);
  const all = classes.counts(classes.values.keys());
  const ranked = Array.from(found.keys()).filter((code) => found[code]).sort((a, b) => found[b] - found[a]);
  const rows = ranked.slice(0, MOST_CLASSES).map((code) =>
    countRow(classes.categories[code], found[code], all[code], positions.length));
  const without = positions.length - found.reduce((sum, one) => sum + one, 0);
  if (without) rows.push(countRow("no value", without, classes.length - all.reduce((sum, one) => sum + one, 0), positions.length));
  const more = ranked.length - MOST_CLASSES;
  if (more > 0) rows.push(make("tr", {}, make("td", { className: "quiet" }, `and ${more} more`)));
  return rows;
}

function countRow(name, count, all, selected) {
  const bar = make("i", { className: "share" });
  bar.style.width = `${100 * count / selected}%`;
  return make("tr", {}, make("td", { title: name }, bar, make("span", {}, name)),
    make("td", { className: "number" }, count.toLocaleString("en")),
    make("td", { className: "number quiet" }, `of ${all.toLocaleString("en")}`));
}

// Points, colours and selection put together into what is drawn, and found again under the pointer.

import { cssOf, grey } from "./map_colours.js";
import { Marks, fewEnough } from "./map_marks.js";
import { Plot } from "./map_plot.js";
import { Selection } from "./map_selection.js";

const NEAR = 14; // CSS pixels from a point that is pointed at

export class MapScene {
  // box: element with the canvases `points` and `marks`. count: of all images.
  // rested: called when all is drawn and nothing moves.
  constructor(box, [points, marks], count, { rested, selected }) {
    this.plot = new Plot(box, points, (resting) => this.drawn(resting));
    this.marks = new Marks(marks, this.plot.camera);
    this.selection = new Selection(count, () => this.selectAgain());
    Object.assign(this, { rested, selected, lit: null });
    new ResizeObserver(() => this.plot.fit() && this.plot.rest()).observe(box);
  }

  get camera() {
    return this.plot.camera;
  }

  // Put other points in the place of those that are there; codes of colours stay.
  place(points) {
    this.points = points;
    this.marks.ring = null;
    this.marks.placed = [];
    this.selectAgain();
  }

  colour(colouring) {
    this.colouring = colouring;
    this.selectAgain();
  }

  // Let one code stand out; null for none.
  light(code) {
    if (this.lit === code) return;
    this.lit = code;
    this.paint();
  }

  shows(position) {
    const { colouring } = this;
    return colouring.shown[colouring.codes[position]];
  }

  // Apply the selection to what is shown now.
  selectAgain() {
    if (!this.points || !this.colouring) return;
    this.selection.apply((position) => this.points.placed[position] === 1 && this.shows(position));
    this.codePoints();
    this.paint();
    this.selected(this.selection);
  }

  // Codes of the sorted points: twice that of the colour, and one more for those selected.
  codePoints() {
    const { points, colouring, selection } = this;
    this.codes = points.inOrder(colouring.codes);
    const flags = selection.active ? points.inOrder(selection.flags) : null;
    for (let k = 0; k < this.codes.length; k++) {
      this.codes[k] = 2 * this.codes[k] + (flags === null ? 0 : flags[k]);
    }
  }

  // What is selected lies on top.
  paint() {
    const { active } = this.selection;
    const palette = this.colouring.palette(active, this.lit);
    const half = (odd) => palette.map((colour, code) => (code % 2 === odd ? colour : 0));
    this.plot.show(this.points, { codes: this.codes, layers: active ? [half(0), half(1)] : [palette] });
  }

  drawn(resting) {
    const { plot, marks } = this;
    marks.resize(plot.camera.width, plot.camera.height, plot.ratio);
    marks.draw();
    clearTimeout(this.waiting);
    if (resting) this.waiting = setTimeout(() => this.rest()); // after the frame is on the screen
  }

  rest() {
    this.seenNow = this.seen();
    const { count, first } = this.seenNow;
    this.marks.lay(fewEnough(count) ? this.thumbnails(first) : []);
    this.rested(this.seenNow);
  }

  // What is in view: how many, the first of them among the sorted points, and all as flags by position.
  seen() {
    const flags = new Uint8Array(this.points.total);
    const first = [];
    let count = 0;
    this.points.each(this.camera.box, (k) => {
      const position = this.points.position[k];
      if (!this.shows(position)) return;
      flags[position] = 1;
      count += 1;
      if (fewEnough(count)) first.push(k);
    });
    return { count, first, flags };
  }

  // Selected points first, then the nearest to the middle.
  thumbnails(found) {
    const { points, camera, selection, colouring } = this;
    const { colours } = colouring;
    const made = found.map((k) => ({
      position: points.position[k], x: points.x[k], y: points.y[k],
      chosen: selection.flags[points.position[k]],
      far: Math.hypot(points.x[k] - camera.x, points.y[k] - camera.y),
      colour: cssOf(colours[colouring.codes[points.position[k]]] ?? grey()),
    }));
    return made.sort((a, b) => b.chosen - a.chosen || a.far - b.far);
  }

  // The place among the sorted points of what is at, or nearest to, a place of the screen; -1.
  under(right, down, near = NEAR) {
    const picture = this.marks.at(right, down);
    if (picture) return this.points.placeOf(picture.position);
    const [x, y] = this.camera.placeOf(right, down);
    return this.points.nearest(x, y, near / this.camera.scale, (k) => this.shows(this.points.position[k]));
  }

  // Draw a ring around a point of the sorted ones; -1 for none.
  ring(k) {
    this.marks.ring = k < 0 ? null : [this.points.x[k], this.points.y[k]];
    this.marks.draw();
  }

  // Select what is inside a line on the screen; adds: to what a lasso has selected already.
  lasso(line, adds) {
    this.marks.line = [];
    this.marks.draw();
    if (line.length < 3) return;
    const flags = this.points.enclosed(line.map(([right, down]) => this.camera.placeOf(right, down)));
    const before = adds && this.selection.conditions.get("lasso");
    if (before) before.forEach((one, position) => { flags[position] |= one; });
    this.selection.set("lasso", flags);
  }

  selectSeen() {
    this.selection.set("lasso", this.seen().flags);
  }
}

// A histogram of a number or a time: of everything, on top of it of some images; brushing it selects.

import { make } from "./dom.js";
import { Spread } from "./map_spread.js";

const BINS = 48;
const NO_BIN = 65535;
const BAR_GAP = 1; // CSS pixels between bars

export class Histogram {
  // figure: holds a canvas and an output. brushed: called with flags by position, or null.
  constructor(figure, brushed) {
    Object.assign(this, { figure, brushed, brush: null, flags: null });
    this.canvas = figure.querySelector("canvas");
    this.ends = figure.querySelector(".ends");
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", () => this.release());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  // property: null for none.
  show(property) {
    this.property = property;
    if (property) {
      this.spread = new Spread(property.values);
      this.bins = this.spread.bins(property.values, BINS, NO_BIN);
      this.all = this.count(null);
    }
    if (this.brush) this.select(null);
    else this.draw();
  }

  // flags: by position, 1 for the images on top; null for none. what: they are, in words.
  over(flags, what) {
    Object.assign(this, { flags, what });
    this.draw();
  }

  count(flags) {
    const counts = new Uint32Array(BINS);
    const { bins } = this;
    for (let position = 0; position < bins.length; position++) {
      const counted = bins[position] !== NO_BIN && (flags === null || flags[position] === 1);
      if (counted) counts[bins[position]] += 1;
    }
    return counts;
  }

  draw() {
    const { canvas, property } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    if (!property) return this.say([]);
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(canvas);
    this.drawBars(context, this.all, style.getPropertyValue("--bar"), width, height);
    if (this.flags) {
      this.drawBars(context, this.count(this.flags), style.getPropertyValue("--chosen"), width, height, 0.55);
    }
    this.drawBrush(context, style.getPropertyValue("--chosen"), width, height);
    const [low, high] = this.spread.ends(property);
    const unit = property.kind === "time" ? " UTC" : "";
    return this.say([low, this.brushText(), high + unit]);
  }

  // Each histogram is as high as the canvas: their shapes are compared, not their sizes.
  drawBars(context, counts, colour, width, height, share = 1) {
    const most = Math.max(...counts, 1);
    const wide = width / BINS;
    const inset = (1 - share) * wide / 2;
    context.fillStyle = colour;
    counts.forEach((count, bin) => {
      if (count === 0) return;
      const high = Math.max(1, count / most * (height - 2));
      context.fillRect(bin * wide + inset, height - high, Math.max(1, wide - BAR_GAP - 2 * inset), high);
    });
  }

  drawBrush(context, colour, width, height) {
    if (!this.brush) return;
    const [from, to] = this.brush;
    const [left, right] = [from * width / BINS, (to + 1) * width / BINS];
    context.fillStyle = colour;
    context.globalAlpha = 0.16;
    context.fillRect(left, 0, right - left, height);
    context.globalAlpha = 1;
    context.fillRect(left, 0, 1.5, height);
    context.fillRect(right - 1.5, 0, 1.5, height);
  }

  brushText() {
    if (!this.brush) return "";
    const [from, to] = this.brush;
    const [low, high] = [from, to + 1].map((bin) => this.spread.say(this.property, this.spread.at(bin / BINS)));
    return `${low} to ${high}`;
  }

  say(texts) {
    this.ends.replaceChildren(...texts.map((text) => make("span", {}, text)));
    const { title } = this.property ?? { title: "nothing" };
    const brush = this.brush ? `; selected: ${this.brushText()}` : "";
    const top = this.flags ? `, on top ${this.what}` : "";
    this.canvas.setAttribute("aria-label", `histogram of ${title} of all images${top}${brush}`);
  }

  // brush: first and last bin, or null.
  select(brush) {
    this.brush = brush;
    this.draw();
    if (!brush) return this.brushed(null);
    const flags = Uint8Array.from(this.bins, (bin) => (bin >= brush[0] && bin <= brush[1] ? 1 : 0));
    return this.brushed(flags);
  }

  // Take the brush away without a word.
  forget() {
    this.brush = null;
    this.draw();
  }

  binAt(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    return Math.min(BINS - 1, Math.max(0, Math.floor((event.clientX - left) / width * BINS)));
  }

  press(event) {
    if (!this.property || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.from = this.binAt(event);
    this.dragged = false;
  }

  drag(event) {
    if (this.from === undefined) return;
    const at = this.binAt(event);
    this.dragged ||= at !== this.from;
    if (!this.dragged) return;
    this.brush = [Math.min(this.from, at), Math.max(this.from, at)];
    this.draw();
  }

  // A click takes the brush away, or sets one of a single bar.
  release() {
    if (this.from === undefined) return;
    const brush = this.dragged ? this.brush : this.brush ? null : [this.from, this.from];
    this.from = undefined;
    this.select(brush);
  }

  key(event) {
    if (!this.property) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && this.brush) this.select(null);
    else if (way) this.step(way, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(way, widens) {
    const [from, to] = this.brush ?? [Math.floor(BINS / 2) - way, Math.floor(BINS / 2) - way];
    const inside = (bin) => Math.min(BINS - 1, Math.max(0, bin));
    this.select([widens ? from : inside(from + way), Math.max(widens ? from : 0, inside(to + way))]);
  }
}

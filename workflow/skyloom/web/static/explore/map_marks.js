// What lies over the points: the lasso, rings around single points, thumbnails.

import { thumbnailOf } from "./data.js";

const MOST_THUMBNAILS = 300;
const MOST_KEPT = 900; // pictures in memory
const TALLEST = 62; // of a thumbnail, CSS pixels
const SMALLEST = 34;
const FRAME = 2;

export class Marks {
  // camera: says where places of the plane are on the screen.
  constructor(canvas, camera) {
    Object.assign(this, { canvas, camera });
    this.context = canvas.getContext("2d");
    this.pictures = new Map(); // position -> image
    this.line = [];
    this.ring = null; // [x, y] on the plane
    this.placed = []; // thumbnails: {position, x, y, colour, tall}
  }

  resize(width, height, ratio) {
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    Object.assign(this, { width, height, ratio });
  }

  draw() {
    const { context, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    for (const one of this.placed) this.drawPicture(one);
    const style = getComputedStyle(this.canvas);
    this.drawRing(style);
    this.drawLine(style);
  }

  drawRing(style) {
    if (!this.ring) return;
    const { context } = this;
    for (const [width, colour] of [[5, "--panel"], [2.5, "--chosen"]]) {
      context.beginPath();
      context.arc(...this.camera.screenOf(...this.ring), 8, 0, 2 * Math.PI);
      context.lineWidth = width;
      context.strokeStyle = style.getPropertyValue(colour);
      context.stroke();
    }
  }

  drawLine(style) {
    if (this.line.length < 2) return;
    const { context } = this;
    context.beginPath();
    for (const place of this.line) context.lineTo(...place);
    context.closePath();
    context.lineWidth = 1.5;
    context.strokeStyle = style.getPropertyValue("--chosen");
    context.stroke();
    context.globalAlpha = 0.12;
    context.fillStyle = context.strokeStyle;
    context.fill();
    context.globalAlpha = 1;
  }

  // Choose thumbnails for points [{position, x, y, colour}] that do not hide one another; the first
  // ones have precedence.
  lay(points) {
    const tall = heightFor(points.length, this.width, this.height);
    const far = 1.04 * tall / this.camera.scale;
    this.placed = [];
    for (const point of points) {
      const free = this.placed.every(({ x, y }) => Math.max(Math.abs(x - point.x), Math.abs(y - point.y)) > far);
      if (free) this.placed.push({ ...point, tall });
    }
    for (const { position } of this.placed) this.fetch(position);
    this.draw();
  }

  fetch(position) {
    if (this.pictures.has(position)) return;
    const picture = new Image();
    this.pictures.set(position, picture);
    if (this.pictures.size > MOST_KEPT) this.pictures.delete(this.pictures.keys().next().value);
    picture.addEventListener("load", () => this.drawSoon());
    picture.src = thumbnailOf(position);
  }

  drawSoon() {
    this.soon ??= requestAnimationFrame(() => {
      this.soon = null;
      this.draw();
    });
  }

  // Into a square around its point, in a frame of its colour.
  drawPicture({ position, colour, tall, ...point }) {
    const picture = this.pictures.get(position);
    if (!picture?.complete || !picture.naturalWidth) return;
    const [x, y] = this.camera.screenOf(point.x, point.y);
    const room = tall - 2 * FRAME;
    const shrink = Math.min(room / picture.naturalWidth, room / picture.naturalHeight);
    const [wide, high] = [picture.naturalWidth * shrink, picture.naturalHeight * shrink];
    this.context.fillStyle = colour;
    this.context.fillRect(x - wide / 2 - FRAME, y - high / 2 - FRAME, wide + 2 * FRAME, high + 2 * FRAME);
    this.context.drawImage(picture, x - wide / 2, y - high / 2, wide, high);
  }

  // The thumbnail at a place of the screen, or undefined.
  at(right, down) {
    const [x, y] = this.camera.placeOf(right, down);
    return this.placed.find((one) =>
      Math.max(Math.abs(one.x - x), Math.abs(one.y - y)) * this.camera.scale < one.tall / 2);
  }
}

export const fewEnough = (count) => count > 0 && count <= MOST_THUMBNAILS;

function heightFor(count, width, height) {
  const room = 0.8 * Math.sqrt(width * height / Math.max(1, count));
  return Math.min(TALLEST, Math.max(SMALLEST, room));
}

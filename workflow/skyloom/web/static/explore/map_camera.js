// What part of the plane is seen: the point in the middle, and CSS pixels a unit.

const MOST_ZOOM = 5000;
const LEAST_ZOOM = 0.5;
const AROUND = 0.05; // of the sides stays empty around everything

export class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, width: 1, height: 1, whole: { left: 0, right: 1, bottom: 0, top: 1 } });
  }

  resize(width, height) {
    const zoom = this.zoom;
    Object.assign(this, { width, height });
    this.scale = this.fitting(this.whole) * zoom;
  }

  // See a box of the plane, as large as it goes.
  see(box) {
    this.x = (box.left + box.right) / 2;
    this.y = (box.bottom + box.top) / 2;
    this.scale = this.fitting(box);
  }

  fitting({ left, right, bottom, top }) {
    const room = 1 - 2 * AROUND;
    const scale = Math.min(room * this.width / (right - left), room * this.height / (top - bottom));
    return Number.isFinite(scale) && scale > 0 ? scale : 1;
  }

  // 1 where everything is seen.
  get zoom() {
    return this.scale / this.fitting(this.whole);
  }

  get box() {
    const [wide, high] = [this.width / 2 / this.scale, this.height / 2 / this.scale];
    return { left: this.x - wide, right: this.x + wide, bottom: this.y - high, top: this.y + high };
  }

  pan(right, down) {
    this.x -= right / this.scale;
    this.y += down / this.scale;
  }

  // Grow by a factor around a place of the screen.
  grow(factor, right = this.width / 2, down = this.height / 2) {
    const [x, y] = this.placeOf(right, down);
    const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
    this.scale = this.fitting(this.whole) * zoom;
    this.x = x - (right - this.width / 2) / this.scale;
    this.y = y + (down - this.height / 2) / this.scale;
  }

  placeOf(right, down) {
    return [this.x + (right - this.width / 2) / this.scale, this.y - (down - this.height / 2) / this.scale];
  }

  screenOf(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (this.y - y) * this.scale + this.height / 2];
  }

  // For the address: middle and zoom, empty where everything is seen.
  get text() {
    const { left, right, bottom, top } = this.whole;
    const middle = this.x === (left + right) / 2 && this.y === (bottom + top) / 2;
    if (middle && Math.abs(this.zoom - 1) < 1e-6) return "";
    return [this.x, this.y, this.zoom].map((one) => Number(one.toPrecision(6))).join("~");
  }

  read(text) {
    const [x, y, zoom] = text.split("~").map(parseFloat);
    if (![x, y, zoom].every(Number.isFinite) || zoom <= 0) return;
    Object.assign(this, { x, y });
    this.scale = this.fitting(this.whole) * Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom));
  }
}

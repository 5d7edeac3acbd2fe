// The points on the screen: drawn at most once a frame, fewer of them while they move where all would
// be too slow, and all when they rest.

import { Camera } from "./map_camera.js";
import { Painter } from "./map_paint.js";

const REST = 140; // ms without motion
const BUDGET = 35; // ms for a frame that moves
const LARGEST = 9; // diameter of a point, CSS pixels

export class Plot {
  // box: element that holds both canvases. moved: called after each frame with whether it rests.
  constructor(box, canvas, moved) {
    Object.assign(this, { box, moved, painter: new Painter(canvas), camera: new Camera() });
    this.cost = 0; // ms a point
    this.look = null;
  }

  // points: MapPoints. look: {codes, layers}: of the sorted points, and palettes from back to front.
  show(points, look) {
    Object.assign(this, { points, look });
    this.rest();
  }

  // See everything; asked for when the points are others.
  reset() {
    this.fit();
    this.camera.whole = this.points.bounds;
    this.camera.see(this.points.bounds);
    this.rest();
  }

  // Take over the size of the box; return whether it has changed.
  fit() {
    const { clientWidth: width, clientHeight: height } = this.box;
    const ratio = devicePixelRatio;
    const size = `${width} ${height} ${ratio}`;
    if (size === this.size || width === 0) return false;
    Object.assign(this, { size, ratio });
    this.camera.resize(width, height);
    this.painter.resize(Math.round(width * ratio), Math.round(height * ratio), Math.ceil(LARGEST * ratio / 2) + 1);
    return true;
  }

  // Draw soon; more motion may follow.
  move() {
    this.moving = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), REST);
    this.ask();
  }

  rest() {
    clearTimeout(this.timer);
    this.moving = false;
    this.ask();
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (this.points) this.draw();
    });
  }

  draw() {
    this.fit();
    const began = performance.now();
    const stretches = this.points.stretches(this.around());
    const count = countOf(stretches);
    const step = this.moving ? Math.max(1, Math.ceil(count * this.cost / BUDGET)) : 1;
    this.painter.clear();
    for (const palette of this.look.layers) {
      const { codes } = this.look;
      this.painter.add(this.points, {
        stretches, step, codes, palette, frame: this.frame(), diameter: this.diameter() * this.ratio,
      });
    }
    this.painter.finish();
    const drawn = Math.ceil(count / step);
    if (drawn > 1000) this.cost = (performance.now() - began) / drawn;
    tellFrame(drawn, step);
    this.moved(!this.moving);
  }

  // The box that is seen, and so much more that no point at its edge is cut.
  around() {
    const { left, right, bottom, top } = this.camera.box;
    const more = LARGEST / this.camera.scale;
    return { left: left - more, right: right + more, bottom: bottom - more, top: top + more };
  }

  frame() {
    const { left, top } = this.camera.box;
    return { left, top, scale: this.camera.scale * this.ratio };
  }

  // Of a point, in CSS pixels: grows with the zoom, and is smaller the more points there are.
  diameter() {
    const { width, height, zoom } = this.camera;
    const apart = Math.sqrt(width * height / Math.max(1, this.points.length));
    return Math.min(LARGEST, Math.max(1, 0.42 * apart * zoom ** 0.5));
  }
}

function countOf(stretches) {
  let count = 0;
  for (let one = 0; one < stretches.length; one += 2) count += stretches[one + 1] - stretches[one];
  return count;
}

// For those who measure: the last frame, in the browser's list of marks.
function tellFrame(points, step) {
  performance.clearMarks("map-frame");
  performance.mark("map-frame", { detail: { points, step } });
}

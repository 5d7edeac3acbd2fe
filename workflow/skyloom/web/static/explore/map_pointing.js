// The pointer and the keys on the map: what they move, point at, open and select.

import { itemPage, namesOf, paged } from "./data.js";
import { el, fail, tell } from "./dom.js";
import { hideCard, showCard } from "./map_card.js";
import { bindMapKeys, bindPointer } from "./map_gestures.js";

const LINGER = 40; // ms before something pointed at is looked for

export class PointAt {
  constructor(scene) {
    Object.assign(this, { scene, lassoing: false, timer: 0 });
  }

  // clear: called when the selection is to be taken away.
  bind(clear) {
    const { scene } = this;
    bindPointer(el("marks"), {
      pan: (right, down) => this.move(() => scene.camera.pan(right, down)),
      grow: (factor, right, down) => this.grow(factor, right, down),
      drawn: (line) => this.draw(line),
      lasso: (line, adds) => this.lasso(line, adds),
      lassoing: () => this.lassoing,
      point: (right, down) => this.pointSoon(right, down),
      leave: () => this.leave(),
      open: (right, down) => this.open(scene.under(right, down)).catch(fail),
    });
    bindMapKeys(el("marks"), {
      step: (right, down) => this.step(right, down),
      open: () => this.open(this.central()).catch(fail),
      clear: () => (this.lassoing ? this.turnLasso() : clear()),
    });
  }

  move(change) {
    change();
    this.scene.plot.move();
  }

  grow(factor, right, down) {
    this.leave();
    this.move(() => this.scene.camera.grow(factor, right, down));
  }

  // By a key; afterwards it is told what Enter would open.
  step(right, down) {
    const { width } = this.scene.camera;
    this.move(() => this.scene.camera.pan(right * width, down * width));
    this.show(this.central());
  }

  central() {
    const { width, height } = this.scene.camera;
    return this.scene.under(width / 2, height / 2, Math.hypot(width, height) / 2);
  }

  turnLasso() {
    this.lassoing = !this.lassoing;
    el("lasso").setAttribute("aria-pressed", this.lassoing);
    el("marks").classList.toggle("lassoing", this.lassoing);
  }

  draw(line) {
    this.scene.marks.line = line;
    this.scene.marks.drawSoon();
  }

  lasso(line, adds) {
    if (this.lassoing) this.turnLasso();
    this.scene.lasso(line, adds);
  }

  pointSoon(right, down) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(this.scene.under(right, down)), LINGER);
  }

  leave() {
    clearTimeout(this.timer);
    this.show(-1);
  }

  // Ring and card of one of the sorted points; -1 for none.
  show(k) {
    const { scene } = this;
    if (k === this.shown && k < 0) return;
    this.shown = k;
    scene.ring(k);
    el("marks").classList.toggle("found", k >= 0);
    if (k < 0) return hideCard();
    const place = scene.camera.screenOf(scene.points.x[k], scene.points.y[k]);
    return showCard(scene.points.position[k], scene.colouring.property, place, scene.camera).catch(fail);
  }

  // A ring around an image that is pointed at elsewhere; -1 for none.
  ring(position) {
    this.scene.ring(position < 0 ? -1 : this.scene.points.placeOf(position));
  }

  async open(k) {
    if (k < 0) return;
    const position = this.scene.points.position[k];
    const [[name], [there]] = await Promise.all([namesOf([position]), paged([position])]);
    if (there) location.href = itemPage(name);
    else tell(`${name} has no page of its own in this export`);
  }
}

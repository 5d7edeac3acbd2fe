// What pointer and keys do on the map: drag, wheel, lasso, point at, open.

const STILL = 4; // CSS pixels that a click may move
const APART = 3; // between corners of a lasso
const STEP = 0.15; // of the map's width, for an arrow key
const GROWTH = 1.35; // for + and -
const CLOSER = 1.0018; // for a pixel of the wheel

// Say what a pointer does on an element: does = {pan(dx, dy), grow(factor, x, y), lasso(line, adds),
// drawn(line), point(x, y), leave(), open(x, y), lassoing()}; all in CSS pixels of the element.
export function bindPointer(element, does) {
  let drag = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const at = placeOn(element, event);
    const line = event.shiftKey || does.lassoing() ? [at] : null;
    drag = { at, from: at, line, far: false, adds: event.altKey || event.ctrlKey };
    does.leave();
  });
  element.addEventListener("pointermove", (event) => {
    const at = placeOn(element, event);
    if (!drag) does.point(...at);
    else if (drag.line) extend(drag, at, does);
    else pull(drag, at, does);
  });
  element.addEventListener("pointerup", (event) => {
    const ended = drag;
    drag = null;
    if (!ended) return;
    if (ended.line) does.lasso(ended.line, ended.adds);
    else if (!ended.far) does.open(...placeOn(element, event));
  });
  element.addEventListener("pointercancel", () => { drag = null; });
  element.addEventListener("pointerleave", () => does.leave());
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1);
    does.grow(CLOSER ** -pixels, ...placeOn(element, event));
  }, { passive: false });
}

function placeOn(element, event) {
  const { left, top } = element.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

const distance = ([x, y], [u, v]) => Math.hypot(x - u, y - v);

function extend(drag, at, does) {
  if (distance(drag.line.at(-1), at) < APART) return;
  drag.line.push(at);
  does.drawn(drag.line);
}

function pull(drag, at, does) {
  drag.far ||= distance(drag.from, at) > STILL;
  if (!drag.far) return;
  does.pan(at[0] - drag.at[0], at[1] - drag.at[1]);
  drag.at = at;
}

// Keys that belong to the map while nothing else has the focus.
// does = {step(right, down), open(), clear()}; steps are shares of the map's width.
export function bindMapKeys(element, does) {
  const steps = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
  document.addEventListener("keydown", (event) => {
    const ours = event.target === document.body || event.target === element;
    if (!ours || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") does.clear();
    else if (event.key in steps) does.step(...steps[event.key]);
    else if (event.key === "Enter") does.open();
    else return;
    event.preventDefault();
  });
}

// Keys of the whole page that change what is seen, for `bindKeys`.
export function zoomKeys(grow, reset) {
  const closer = () => grow(GROWTH);
  return { "+": closer, "=": closer, "-": () => grow(1 / GROWTH), 0: reset };
}

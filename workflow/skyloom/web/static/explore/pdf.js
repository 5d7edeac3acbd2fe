// The densities of redshift that models tell of one galaxy; models can be switched on and off.

import { make } from "./dom.js";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a7a", "#9467bd"];
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 230, 12, 12, 16, 34];
const SHOWN = 3; // models that are on at first

// found: {models, low, high, truth, means, arrays: [densities], shapes}.
export function drawPdf(box, found) {
  const on = new Set(found.models.slice(0, SHOWN));
  const picture = box.appendChild(shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }));
  picture.setAttribute("aria-label", `densities of redshift; the true one is ${found.truth.toFixed(4)}`);
  const keys = found.models.map((model, number) => keyOf(found, number, on, () => drawDensities(picture, found, on)));
  box.append(make("div", { className: "bar keys" }, ...keys));
  drawDensities(picture, found, on);
}

function keyOf({ models, means }, number, on, redraw) {
  const model = models[number];
  const button = make("button", { type: "button" },
    swatch(COLOURS[number % COLOURS.length]), ` ${model} ${means[number].toFixed(3)}`);
  const mark = () => button.setAttribute("aria-pressed", on.has(model));
  button.addEventListener("click", () => {
    if (!on.delete(model)) on.add(model);
    mark();
    redraw();
  });
  mark();
  return button;
}

function swatch(colour) {
  const drawing = shape("svg", { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" });
  drawing.append(shape("circle", { cx: 5, cy: 5, r: 5, fill: colour }));
  return drawing;
}

function drawDensities(picture, found, on) {
  const { models, low, high, truth, means, arrays: [values], shapes: [[, bins]] } = found;
  const chosen = models.map((model, number) => number).filter((number) => on.has(models[number]));
  const rows = chosen.map((number) => values.subarray(number * bins, (number + 1) * bins));
  const highest = Math.max(1e-6, ...rows.map((row) => row.reduce((a, b) => Math.max(a, b), 0)));
  const x = (z) => LEFT + ((z - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const y = (density) => HEIGHT - BOTTOM - (density / highest) * (HEIGHT - BOTTOM - TOP);
  const edge = (bin) => x(low + (bin * (high - low)) / bins);
  const curves = chosen.flatMap((number, place) => {
    const colour = COLOURS[number % COLOURS.length];
    const steps = Array.from(rows[place], (density, bin) =>
      `L${edge(bin).toFixed(1)} ${y(density).toFixed(1)}H${edge(bin + 1).toFixed(1)}`).join("");
    const outline = `M${edge(0)} ${y(0)}${steps}V${y(0)}`;
    return [
      shape("path", { d: outline, fill: colour, "fill-opacity": 0.12, stroke: colour, "stroke-width": 1.6 }),
      shape("path", { d: `M${x(means[number])} ${y(0) - 1}l-5 9h10z`, fill: colour }),
    ];
  });
  picture.replaceChildren(...axisOf(low, high, x, y(0)), ...curves, ...truthOf(truth, x, y(0)));
}

function axisOf(low, high, x, bottom) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((one) => (high - low) / one <= 9) ?? 5;
  const line = shape("path", { d: `M${x(low)} ${bottom}H${x(high)}`, stroke: "currentColor", "stroke-opacity": 0.5 });
  const ticks = [];
  for (let z = Math.ceil(low / step) * step; z <= high + 1e-9; z += step) {
    const label = shape("text", { x: x(z), y: bottom + 25, "text-anchor": "middle", "font-size": 13, fill: "currentColor" });
    label.textContent = String(Number(z.toFixed(3)));
    ticks.push(label);
  }
  return [line, ...ticks];
}

function truthOf(truth, x, bottom) {
  const line = shape("path", { d: `M${x(truth)} ${TOP}V${bottom}`, stroke: "currentColor", "stroke-width": 1.5, "stroke-dasharray": "5 3" });
  const text = shape("text", { x: x(truth) + 5, y: TOP - 3, "font-size": 13, fill: "currentColor" });
  text.textContent = `true z ${truth.toFixed(4)}`;
  return [line, text];
}

function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

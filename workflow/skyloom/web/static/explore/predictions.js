// What a probe said of the images of a task, and captions of it.

import { load } from "./data.js";

export async function loadPredictions(encoder, task) {
  const { classes, arrays } = await load(`probes/${encoder}/${task}`);
  const [positions, truth, predicted, probability] = arrays;
  return { classes, positions, truth, predicted, probability };
}

// Places of predictions for which something holds, the surest first.
export function surest({ positions, probability }, holds) {
  const places = Array.from(positions.keys()).filter(holds);
  return places.sort((a, b) => (probability[b] || 0) - (probability[a] || 0) || a - b);
}

// Captions of a grid by position: how likely, what is true, what was said.
export function captions({ classes, positions, truth, predicted, probability }, places) {
  const texts = new Map(places.map((place) => {
    const likely = Number.isNaN(probability[place]) ? "" : `${probability[place].toFixed(2)} `;
    return [positions[place], `${likely}${classes[truth[place]]} \u2192 ${classes[predicted[place]]}`];
  }));
  return (position) => texts.get(position) ?? "";
}

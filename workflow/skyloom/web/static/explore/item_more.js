// Further sections of an image's page: the curve over its film, its redshift, where it comes from.

import { load } from "./data.js";
import { el, fail, make } from "./dom.js";
import { drawPdf } from "./pdf.js";

// The model's curve over the frames, as the player takes it; null where there is none.
export async function emergenceOf({ slug, emergence }) {
  if (emergence === undefined) return null;
  const { curve, frame, low, high, seen } = await load(`emergence/${slug}`);
  return { curve, frame, low, high, seen };
}

export function showMore({ slug }) {
  const why = el("why");
  why.addEventListener("toggle", () => why.open && showOrigin(why.dataset.shard).catch(fail));
  if (el("pdf")) load(`pdf/${slug}`).then((found) => drawPdf(el("pdf"), found)).catch(fail);
}

async function showOrigin(shard) {
  const { trees } = await load(`why/${shard}`);
  const parts = trees.flatMap(({ title, text }) => [make("h3", {}, title), make("pre", {}, text)]);
  el("trees").replaceChildren(...parts);
}

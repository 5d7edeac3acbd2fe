// The images most like one: of all, and of other groups.

import { base, itemPage, load, namesOf, paged, thumbnailOf } from "./data.js";
import { el, fail, make } from "./dom.js";

export async function showNearest(slug) {
  const chosen = el("nearestEncoder");
  if (!chosen) return;
  const show = async () => {
    if (el("similar")) {
      const query = new URLSearchParams({ like: el("similar").dataset.name });
      el("similar").href = `${base}encoders/${chosen.value}/neighbours.html?${query}`;
    }
    const { arrays } = await load(`neighbours/${chosen.value}/${slug}`);
    await Promise.all([
      fillStrip(el("nearestAll"), arrays[0], arrays[1]),
      fillStrip(el("nearestOthers"), arrays[2], arrays[3]),
    ]);
  };
  chosen.addEventListener("change", () => show().catch(fail));
  await show();
}

async function fillStrip(list, found, similarity) {
  const positions = Array.from(found);
  const [{ tile }, names, pages] = await Promise.all([
    load("images"), namesOf(positions), paged(positions)]);
  const small = tile.width < 1.5 * tile.height; // all of a list in one row
  list.classList.toggle("small", small);
  list.replaceChildren(...positions.map((position, place) => {
    const image = make("img", { src: thumbnailOf(position), alt: names[place], ...tile });
    const said = make("span", {}, similarity[place].toFixed(3));
    const link = make("a", { title: names[place] }, image, said);
    if (pages[place]) link.href = itemPage(names[place]);
    if (!small) link.style.width = `${tile.width}px`;
    return make("li", {}, link);
  }));
  if (!positions.length) list.replaceChildren(make("li", { className: "quiet" }, "There is none."));
}

// A few thumbnails beside one another; they lead to the images.

import { itemPage, namesOf, paged, thumbnailOf } from "./data.js";
import { make } from "./dom.js";

const SIDE = 54; // height in pixels
const WIDEST = 2.2; // heights

export function small(positions, tile) {
  const width = Math.min(WIDEST, tile.width / tile.height) * SIDE;
  const links = positions.map((position) => {
    const image = make("img", { src: thumbnailOf(position), alt: "", loading: "lazy", decoding: "async" });
    image.style.width = `${width}px`;
    image.style.height = `${SIDE}px`;
    return make("a", { tabIndex: -1 }, image);
  });
  const box = make("div", { className: "thumbs" }, ...links);
  box.style.gridTemplateColumns = `repeat(auto-fill, ${width}px)`;
  new IntersectionObserver((seen, observer) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    lead(links, positions);
  }).observe(box);
  return box;
}

async function lead(links, positions) {
  const [names, pages] = await Promise.all([namesOf(positions), paged(positions)]);
  links.forEach((link, place) => {
    if (pages[place]) link.href = itemPage(names[place]);
    link.title = names[place];
    link.firstChild.alt = names[place];
  });
}

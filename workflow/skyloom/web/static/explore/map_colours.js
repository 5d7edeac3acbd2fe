// Which colour stands for which value. Colours are [red, green, blue].

// Okabe and Ito (2008), then six more. Seen with each kind of colour blindness (Machado et al. 2009)
// any two of them differ about as much as the first six do: 0.07 or more in OKLab.
const FIRST_SIX = ["0072b2", "e69f00", "009e73", "cc79a7", "d55e00", "56b4e9"];
const ON_LIGHT = [...FIRST_SIX, "9966ff", "101018", "2216c4", "775a50", "4a2f1c", "00005a"];
const ON_DARK = [...FIRST_SIX, "f6f0d8", "9966ff", "88f04c", "a01018", "d8c4b4", "4a1ad0"];
const GREY = { light: "b4bcc4", dark: "56616e" };
const STRONG_GREY = { light: "4d5966", dark: "c3ccd6" };

// viridis (van der Walt and Smith 2015), every sixteenth colour.
const VIRIDIS = `440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73
  5ec962 84d44b addc30 d8e219 fde725`.split(/\s+/).map(colourOf);
// Its ends that are hard to see on white or on black are left out.
const PART = { light: [0, 0.93], dark: [0.12, 1] };

const DARK = matchMedia("(prefers-color-scheme: dark)");
export const theme = () => (DARK.matches ? "dark" : "light");
export const whenThemeChanges = (work) => DARK.addEventListener("change", work);

function colourOf(hex) {
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export const grey = () => colourOf(GREY[theme()]);
export const strongGrey = () => colourOf(STRONG_GREY[theme()]); // selected, without a colour of its own
export const cssOf = (colour) => `rgb(${colour.join(" ")})`;
export const MOST_COLOURS = ON_LIGHT.length;

// share: 0 to 1 along the scale.
export function scaleColour(share) {
  const [from, to] = PART[theme()];
  const at = (from + share * (to - from)) * (VIRIDIS.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  return VIRIDIS[low].map((part, which) => Math.round(part + (at - low) * (VIRIDIS[high][which] - part)));
}

// Colours of categories, null for those that stay grey: the most frequent have their own, the others
// take those of categories that are switched off.
// counts: of each category. shown: whether each is switched on.
export function categoryColours(counts, shown) {
  const palette = (theme() === "dark" ? ON_DARK : ON_LIGHT).map(colourOf);
  const ranked = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  const colours = Array(counts.length).fill(null);
  const owners = ranked.slice(0, MOST_COLOURS);
  owners.forEach((category, rank) => { colours[category] = palette[rank]; });
  const free = palette.filter((_, rank) => rank >= owners.length || !shown[owners[rank]]);
  const others = ranked.slice(MOST_COLOURS).filter((category) => shown[category]);
  others.slice(0, free.length).forEach((category, rank) => { colours[category] = free[rank]; });
  return colours;
}

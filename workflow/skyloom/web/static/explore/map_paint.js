// Points as pixels: how much of each pixel is covered and with which colour is gathered in two
// arrays, which then become one picture. Where many points lie on one another it is denser.

const WHOLE = 16; // cover of a pixel by one point
const MOST_LAYERS = 1024; // of points on one another that can be told apart
const FINE = 4; // parts of a pixel, along a side, that decide how much of it a disc covers

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  // width, height: of the picture; reach: the largest radius of a point; all in pixels.
  resize(width, height, reach) {
    Object.assign(this, { width, height, reach });
    this.canvas.width = width;
    this.canvas.height = height;
    this.margin = 2 * reach; // so that no point's disc leaves the arrays
    this.stride = width + 2 * this.margin;
    this.cover = new Uint32Array(this.stride * (height + 2 * this.margin));
    this.tint = new Uint32Array(this.cover.length);
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear() {
    this.cover.fill(0);
  }

  // Add points, later ones on top.
  // stretches: of the sorted points. step: 1 for all, 2 for every second, ...
  // codes: of each; palette: colour of each code as 0xAABBGGRR, 0 for those left out.
  // frame: {left, top, scale} of the picture. diameter: of a point in pixels.
  add(points, { stretches, step, codes, palette, frame, diameter }) {
    const { cover, tint, stride, margin, reach } = this;
    const { x, y } = points;
    const { scale } = frame;
    const left = frame.left - margin / scale;
    const top = frame.top + margin / scale;
    const [right, bottom] = [stride - reach, this.height + 2 * margin - reach];
    const disc = discOf(diameter, stride);
    for (let one = 0; one < stretches.length; one += 2) {
      const to = stretches[one + 1];
      for (let k = Math.ceil(stretches[one] / step) * step; k < to; k += step) {
        const colour = palette[codes[k]];
        if (colour === 0) continue;
        const column = (x[k] - left) * scale;
        const row = (top - y[k]) * scale;
        if (!(column >= reach && column < right && row >= reach && row < bottom)) continue;
        const at = (row | 0) * stride + (column | 0);
        for (let part = 0; part < disc.length; part += 2) {
          const pixel = at + disc[part];
          const share = disc[part + 1];
          if (share > WHOLE / 2 || cover[pixel] === 0) tint[pixel] = colour;
          cover[pixel] += share;
        }
      }
    }
  }

  // Turn what was added into the picture.
  finish() {
    const { cover, tint, pixels, width, stride, margin } = this;
    const opacity = opacities(this.layers());
    const most = opacity.length - 1;
    for (let row = 0, at = 0; row < this.height; row++) {
      let from = (row + margin) * stride + margin;
      for (let column = 0; column < width; column++, from++, at++) {
        const covered = cover[from];
        if (covered === 0) {
          pixels[at] = 0;
          continue;
        }
        const colour = tint[from];
        const alpha = (opacity[covered < most ? covered : most] * (colour >>> 24)) >> 8;
        pixels[at] = (colour & 0xffffff) | (alpha << 24);
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  // How many points lie on one another where it is fullest, but for one pixel in a hundred.
  layers() {
    const found = new Uint32Array(MOST_LAYERS + 1);
    let filled = 0;
    for (const covered of this.cover) {
      if (covered === 0) continue;
      const layers = (covered + WHOLE - 1) / WHOLE | 0;
      found[layers < MOST_LAYERS ? layers : MOST_LAYERS] += 1;
      filled += 1;
    }
    let layers = MOST_LAYERS;
    for (let above = found[layers]; layers > 1 && above <= filled / 100; above += found[layers]) layers -= 1;
    return layers;
  }
}

// Opacity, up to 256, by cover: grows with the logarithm up to so many layers.
function opacities(layers) {
  const least = Math.max(0.3, 0.92 / (1 + 0.25 * Math.log2(layers)));
  const growth = layers > 1 ? (0.95 - least) / Math.log(layers) : 0;
  return Uint8Array.from({ length: layers * WHOLE + 1 }, (_, covered) => {
    const count = covered / WHOLE;
    return 255 * (count <= 1 ? least * count : least + growth * Math.log(count));
  });
}

// A disc as [distance in the array, cover, ...].
function discOf(diameter, stride) {
  if (diameter < 1.25) return Int32Array.of(0, WHOLE);
  const radius = diameter / 2;
  const far = Math.ceil(radius - 0.5);
  const disc = [];
  for (let row = -far; row <= far; row++) {
    for (let column = -far; column <= far; column++) {
      const covered = coverOf(row, column, radius);
      if (covered > 0) disc.push(row * stride + column, covered);
    }
  }
  return Int32Array.from(disc);
}

function coverOf(row, column, radius) {
  let inside = 0;
  for (let part = 0; part < FINE * FINE; part++) {
    const y = row - 0.5 + (Math.floor(part / FINE) + 0.5) / FINE;
    const x = column - 0.5 + (part % FINE + 0.5) / FINE;
    if (x * x + y * y <= radius * radius) inside += 1;
  }
  return Math.round(inside * WHOLE / (FINE * FINE));
}

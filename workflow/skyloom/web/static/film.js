// Frames on a canvas, the time slice (keogram) through them, and the model's curve above it.

const SPEEDS = [4, 8, 16, 30]; // frames a second

export async function fetchFilm(address) {
  const reply = await fetch(address);
  if (!reply.ok) {
    const said = await reply.json();
    throw Object.assign(new Error(said.error ?? reply.statusText), { refused: true });
  }
  const [frames, height, width, bands] = reply.headers.get("X-Shape").split(",").map(Number);
  const scale = reply.headers.get("X-Scale").replace(/\\u([0-9a-f]{4})/g, (_, code) =>
    String.fromCharCode(parseInt(code, 16)));
  const limits = reply.headers.get("X-Limits").split(",").filter(Boolean).map(Number);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  return { frames, height, width, bands, scale, limits, bytes };
}

export class Player {
  // moved: called with the frame shown.
  constructor(screen, keogram, curve, moved) {
    Object.assign(this, { screen, keogram, curve, moved });
    this.film = null;
    this.frame = 0;
    this.speed = 1;
    this.playing = false;
    this.info = null;
    const seek = (event) => {
      const box = keogram.getBoundingClientRect();
      this.show(Math.floor(((event.clientX - box.left) / box.width) * this.film.frames));
    };
    keogram.addEventListener("pointerdown", (event) => {
      this.stop();
      keogram.setPointerCapture(event.pointerId);
      seek(event);
    });
    keogram.addEventListener("pointermove", (event) => event.buttons && seek(event));
  }

  get framesASecond() {
    return SPEEDS[this.speed];
  }

  // info: {curve, frame, low, high} of the model, or null. again keeps the frame that is shown.
  load(film, info, again = false) {
    this.film = film;
    this.info = info;
    this.slice = film.frames > 1 ? timeSlice(film) : null;
    this.show(again ? this.frame : 0);
    if (again) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.stop();
    if (film.frames > 1 && !still) this.play();
  }

  show(frame) {
    const { frames, height, width, bands, bytes } = this.film;
    this.frame = Math.min(frames - 1, Math.max(0, frame));
    const image = new ImageData(width, height);
    const start = this.frame * height * width * bands;
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let band = 0; band < 3; band++) {
        image.data[4 * pixel + band] = bytes[start + pixel * bands + (bands === 3 ? band : 0)];
      }
      image.data[4 * pixel + 3] = 255;
    }
    this.screen.width = width;
    this.screen.height = height;
    this.screen.style.imageRendering = bands === 3 ? "auto" : "pixelated";
    this.screen.style.aspectRatio = `${width} / ${height}`;
    this.screen.getContext("2d").putImageData(image, 0, 0);
    if (frames > 1) this.drawTime();
    this.moved(this.frame);
  }

  drawTime() {
    const { frames } = this.film;
    const [slice, curve] = [this.keogram, this.curve];
    slice.width = 3 * frames;
    slice.height = this.slice.height;
    const drawing = slice.getContext("2d");
    drawing.imageSmoothingEnabled = false;
    drawing.drawImage(this.slice, 0, 0, slice.width, slice.height);
    drawing.fillStyle = "#e69f00";
    drawing.fillRect(3 * this.frame + 1, 0, 1, slice.height);
    const slider = { valuemin: 1, valuenow: this.frame + 1, valuemax: frames };
    for (const [name, value] of Object.entries(slider)) slice.setAttribute(`aria-${name}`, value);
    curve.hidden = !this.info;
    if (this.info) drawCurve(curve, this.info, frames, this.frame);
  }

  step(by) {
    this.stop();
    this.show(this.frame + by);
  }

  faster() {
    this.speed = (this.speed + 1) % SPEEDS.length;
    if (this.playing) this.play();
  }

  play() {
    this.stop();
    this.playing = true;
    this.timer = setInterval(
      () => this.show((this.frame + 1) % this.film.frames), 1000 / this.framesASecond);
  }

  stop() {
    clearInterval(this.timer);
    this.playing = false;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }
}

// East to west upwards, time to the right: of each column the strongest value, so that small
// poles show wherever they are in latitude.
function timeSlice({ frames, height, width, bands, bytes }) {
  const canvas = document.createElement("canvas");
  canvas.width = frames;
  canvas.height = width;
  const image = new ImageData(frames, width);
  for (let frame = 0; frame < frames; frame++) {
    for (let column = 0; column < width; column++) {
      let strongest = 128;
      for (let row = 0; row < height; row++) {
        const value = bytes[((frame * height + row) * width + column) * bands];
        if (Math.abs(value - 128) > Math.abs(strongest - 128)) strongest = value;
      }
      const place = 4 * (column * frames + frame);
      image.data.fill(strongest, place, place + 3);
      image.data[place + 3] = 255;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function drawCurve(canvas, info, frames, frame) {
  const scale = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  const drawing = canvas.getContext("2d");
  const x = (index) => ((index + 0.5) / frames) * canvas.width;
  const y = (value) => canvas.height - 3 - value * (canvas.height - 6);
  if (info.seen) {
    drawing.fillStyle = "#56b4e933";
    drawing.fillRect(x(info.low - 0.5), 0, x(info.high + 0.5) - x(info.low - 0.5), canvas.height);
  }
  drawing.strokeStyle = "#2c3846";
  drawing.beginPath();
  drawing.moveTo(0, y(0.5));
  drawing.lineTo(canvas.width, y(0.5));
  drawing.stroke();
  drawing.strokeStyle = "#56b4e9";
  drawing.lineWidth = 1.5 * scale;
  drawing.beginPath();
  info.curve.forEach((value, index) => drawing.lineTo(x(index), y(value)));
  drawing.stroke();
  drawing.fillStyle = "#93a1b0";
  drawing.font = `${10 * scale}px system-ui, sans-serif`;
  drawing.textBaseline = "middle";
  for (const value of [0, 0.5, 1]) drawing.fillText(value, 2 * scale, y(0.12 + 0.76 * value));
  drawing.fillStyle = "#e69f00";
  drawing.fillRect(x(frame) - scale / 2, 0, scale, canvas.height);
}

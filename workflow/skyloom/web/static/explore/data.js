// What a page reads: from the server, or from scripts beside an exported page. Names and formats are
// the same; see columns.py for the format.

const page = document.documentElement.dataset;
export const live = page.live !== undefined;
export const catalogue = page.catalogue; // SHA-256 of all names in order: what positions mean
export const base = page.base; // of the survey, relative to the page, ends with a slash or is empty
const waiting = new Map();
const arrived = new Map();

// An exported page's data: each script gives one name and its bytes in base64.
globalThis.skyloomData = (name, base64) => {
  arrived.set(name, Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)).buffer);
};

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array,
  float32: Float32Array, float64: Float64Array,
};

function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let offset = 4 + length;
  const arrays = header.arrays.map(({ type, shape }) => {
    const count = shape.reduce((product, one) => product * one, 1);
    const values = new TYPES[type](buffer, offset, count);
    offset += Math.ceil(values.byteLength / 8) * 8;
    return values;
  });
  return { ...header, shapes: header.arrays.map(({ shape }) => shape), arrays };
}

async function fetched(name) {
  const reply = await fetch(`${base}data/${name}`);
  if (!reply.ok) throw new Error(`${name}: ${(await reply.json()).error ?? reply.statusText}`);
  return reply.arrayBuffer();
}

function fromScript(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base}data/${name}.js`;
    script.onload = () => {
      resolve(arrived.get(name));
      arrived.delete(name);
      script.remove();
    };
    script.onerror = () => reject(new Error(`${name} is not part of this export`));
    document.head.append(script);
  });
}

// Return {...header, arrays}; asked for once, however often it is needed.
export function load(name) {
  if (!waiting.has(name)) {
    const found = (live ? fetched(name) : fromScript(name)).then(unpack);
    found.catch(() => waiting.delete(name));
    waiting.set(name, found);
  }
  return waiting.get(name);
}

// Return the names (image_id) of images at some positions.
export async function namesOf(positions) {
  if (!live) {
    const { names } = await load("names");
    return positions.map((position) => names[position]);
  }
  if (positions.length === 0) return [];
  return (await ask("images/names", { at: positions.join() })).names;
}

// Which of some positions have a page: in an export not all of many images do.
export async function paged(positions) {
  if (live) return positions.map(() => true);
  const { all, arrays } = await load("exported");
  if (all) return positions.map(() => true);
  const known = new Set(arrays[0]);
  return positions.map((position) => known.has(position));
}

// Ask the server, which an export has not; throw what it says where it refuses.
export async function ask(path, parameters = {}, body = undefined) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const query = new URLSearchParams(parameters);
  const reply = await fetch(`${base}live/${path}?${query}`, options);
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.error ?? reply.statusText);
  return said;
}

export const thumbnailOf = (position) => `${base}thumbnails/${position}.jpg`;

// The page of an image; as slugs.py makes it.
export function itemPage(name) {
  const bytes = new TextEncoder().encode(name);
  const slug = Array.from(bytes, (byte, place) => {
    const letter = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_-]/.test(letter) || (letter === "." && place > 0);
    return plain ? letter : `~${byte.toString(16).padStart(2, "0")}`;
  });
  return `${base}items/${slug.join("")}.html`;
}

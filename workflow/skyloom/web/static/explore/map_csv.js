// The selected images as a table, made in the browser: name and all properties.

import { load, namesOf } from "./data.js";
import { make } from "./dom.js";
import { listProperties, loadProperty } from "./property.js";

const ASKED_AT_ONCE = 1000; // names; more are read with those of all images
const LINES = 10000; // in one piece of text

// Let the browser save the table; return when it is handed over.
export async function saveTable(positions, name) {
  const [names, properties] = await Promise.all([namesAt(positions), columns()]);
  const head = ["image_id", ...properties.map(({ key }) => key.replace(/^index\//, ""))];
  const pieces = [`${head.map(cell).join()}\r\n`];
  for (let from = 0; from < positions.length; from += LINES) {
    const part = positions.subarray(from, from + LINES);
    pieces.push(Array.from(part, (position, place) =>
      `${[names[from + place], ...properties.map((one) => valueOf(one, position))].map(cell).join()}\r\n`).join(""));
  }
  const address = URL.createObjectURL(new Blob(pieces, { type: "text/csv" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function namesAt(positions) {
  if (positions.length <= ASKED_AT_ONCE) return namesOf(Array.from(positions));
  const { names } = await load("names");
  return Array.from(positions, (position) => names[position]);
}

async function columns() {
  const told = await listProperties();
  return Promise.all(told.map(async ({ key }) => Object.assign(await loadProperty(key), { key })));
}

function valueOf(property, position) {
  if (!property.has(position)) return "";
  const value = property.values[position];
  if (property.kind === "number") return String(Number(value.toPrecision(7)));
  if (property.kind === "time") return new Date(value * 1000).toISOString();
  return property.say(value);
}

const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

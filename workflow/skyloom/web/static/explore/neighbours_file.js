// Files to search by: chosen, or dropped anywhere on the page.

import { base } from "./data.js";
import { el, fail, tell } from "./dom.js";

// largest: bytes. taken: called with the token of a file, and {name, images}.
export function bindDrops(largest, taken) {
  const main = el("main");
  const send = async (file) => {
    if (!file) return;
    const { token, ...told } = await sent(file, Number(largest));
    tell("");
    taken(token, told);
  };
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  el("choose").addEventListener("click", () => el("file").click());
  el("file").addEventListener("change", () => {
    send(el("file").files[0]).catch(fail);
    el("file").value = "";
  });
  document.addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    main.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) main.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    main.classList.remove("dropping");
    send(event.dataTransfer.files[0]).catch(fail);
  });
}

async function sent(file, largest) {
  if (file.size > largest) {
    throw new Error(`${file.name} is larger than ${Math.floor(largest / 2 ** 20)} MB, the most that a page takes. Search with: skyloom similar --file`);
  }
  tell(`Preparing and embedding ${file.name} as the study's own images were: some seconds ...`);
  const query = new URLSearchParams({ name: file.name });
  const reply = await fetch(`${base}live/neighbours/file?${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.error ?? reply.statusText);
  return said;
}

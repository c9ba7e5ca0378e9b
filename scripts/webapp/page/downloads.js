/** The menu of a finished job's files. */

import { make, show } from "./elements.js";

const FORMATS = [
  ["mp3", "MP3"],
  ["m4a", "M4A"],
  ["opus", "Opus"],
  ["flac", "FLAC"],
  ["wav", "WAV"],
];

/** Fill a card's menu with links; `name` is that of the saved file, without extension. */
export function fillDownloads(menu, job, name) {
  const items = menu.querySelector(".menu-items");
  if (items.childElementCount) return;
  const own = job.file.slice(job.file.lastIndexOf(".") + 1);
  for (const [format, label] of FORMATS) {
    const query = format === own ? "?download=true" : `?format=${format}&download=true`;
    items.append(link(job.links.audio + query, label, `${name}.${format}`, format));
  }
  items.append(link(job.links.captions, "Captions (VTT)", `${name}.vtt`, "vtt"));
  const byWord = `${job.links.captions}?words=true`;
  items.append(link(byWord, "Captions by word", `${name}.words.vtt`, "words"));
  watchMenu(menu, items);
}

/** A name for a file from the beginning of its text. */
export function fileName(title, id) {
  const plain = title.replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim().slice(0, 60).trim();
  return plain || id;
}

function link(href, label, name, format) {
  return make("a", { href, download: name, className: "download", textContent: label, data: { format } });
}

function watchMenu(menu, items) {
  const button = menu.querySelector(".menu-button");
  const open = (isOpen) => {
    show(items, isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => open(items.hidden));
  items.addEventListener("click", () => open(false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || items.hidden) return;
    open(false);
    button.focus();
  });
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || open(false));
}

/** Files that are chosen or dropped: a short text goes into the box, a book gets its form. */

import { find, show } from "./elements.js";

const MOST_CHARACTERS = 30_000;
const MOST_BYTES = 4 * MOST_CHARACTERS;

/** Listen for files; `onText` gets a text, `onBook` a File. */
export function watchFiles({ onText, onBook }) {
  const input = find("file");
  // Where nothing can be dropped, nobody is told to.
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    find("text").placeholder = "Write or paste what is to be spoken, or drop a text or a book here.";
  }
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) await take(file);
    input.value = "";
  });
  watchDrops((file) => take(file));

  async function take(file) {
    const text = await readShortText(file);
    if (text === null) onBook(file);
    else onText(text);
  }
}

/** Return the text of a plain and short file, or null where it is for the reader of books. */
export async function readShortText(file) {
  const isPlain = file.name.toLowerCase().endsWith(".txt") || file.type === "text/plain";
  if (!isPlain || file.size > MOST_BYTES) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.length > MOST_CHARACTERS ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null; // another encoding, which the server finds out
    throw error;
  }
}

function watchDrops(onFile) {
  const veil = find("drop-veil");
  let depth = 0;
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (!holdsFile(event)) return;
    depth += 1;
    show(veil, true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!holdsFile(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) show(veil, false);
  });
  document.addEventListener("dragover", (event) => {
    if (holdsFile(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    depth = 0;
    show(veil, false);
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  });
}

/** The form for a book: which chapters, which voice, which file. */

import { call } from "./api.js";
import { find, make, show, write } from "./elements.js";
import { count, formatSpan } from "./figures.js";
import { sentence } from "./problem.js";
import { fillVoices, nameOf } from "./voices.js";

/** About what a voice reads at speed 1. */
const CHARACTERS_PER_SECOND = 15;

/** A dialog that reads the book first; `onBook` gets the receipt. */
export class BookForm {
  constructor(manner, onBook) {
    this.dialog = find("book-dialog");
    this.manner = manner;
    this.onBook = onBook;
    this.file = null;
    this.contents = null;
    find("book-form").addEventListener("submit", (event) => this.submit(event));
    find("book-cancel").addEventListener("click", () => this.dialog.close());
    find("book-all").addEventListener("click", () => this.checkAll(true));
    find("book-none").addEventListener("click", () => this.checkAll(false));
    find("chapter-list").addEventListener("change", () => this.drawSum());
    find("book-speed").addEventListener("input", () => this.drawSpeed());
    fillVoices(find("role-dialogue"), "As the rest");
    fillVoices(find("role-title"), "As the rest");
    this.dialog.addEventListener("close", () => this.reading?.abort());
  }

  /** Open the form and look into the book. */
  async open(file) {
    this.file = file;
    this.contents = null;
    const { voice, speed } = this.manner();
    write(find("book-voice").options[1], nameOf(voice));
    find("book-speed").value = speed;
    this.drawSpeed();
    write(find("book-name"), file.name);
    write(find("book-error"), "");
    show(find("book-chapters"), false);
    find("book-submit").disabled = true;
    if (!this.dialog.open) this.dialog.showModal();
    await this.work("Reading the book…", async (signal) => {
      this.contents = await call("POST", "/v1/batches/contents", { form: this.form(), signal });
      this.drawContents();
    });
  }

  form(fields = {}) {
    const form = new FormData();
    form.append("file", this.file);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return form;
  }

  /** Do something that takes a while, and say what went wrong with it. */
  async work(description, action) {
    write(find("book-wait"), description);
    write(find("book-error"), "");
    this.reading = new AbortController();
    try {
      await action(this.reading.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      write(find("book-error"), sentence(error.message));
    } finally {
      write(find("book-wait"), "");
      if (this.contents) this.drawSum();
    }
  }

  drawContents() {
    const { title, author, chapters } = this.contents;
    write(find("book-name"), author ? `${title}, by ${author}` : title);
    find("chapter-list").replaceChildren(...chapters.map(drawChapter));
    show(find("book-chapters"), true);
  }

  get boxes() {
    return [...find("chapter-list").querySelectorAll("input")];
  }

  checkAll(isChecked) {
    for (const box of this.boxes) box.checked = isChecked;
    this.drawSum();
  }

  drawSum() {
    const chosen = this.boxes.filter((box) => box.checked).map((box) => Number(box.value));
    const characters = this.contents.chapters
      .filter(({ index }) => chosen.includes(index))
      .reduce((sum, chapter) => sum + chapter.characters, 0);
    const length = formatSpan(characters / CHARACTERS_PER_SECOND / Number(find("book-speed").value));
    write(find("book-sum"), chosen.length ? `${count(chosen.length, "chapter")}, about ${length}` : "");
    find("book-submit").disabled = !chosen.length;
  }

  drawSpeed() {
    write(find("book-speed-value"), `${Number(find("book-speed").value).toFixed(2)}×`);
    if (this.contents) this.drawSum();
  }

  async submit(event) {
    event.preventDefault();
    if (find("book-submit").disabled) return;
    find("book-submit").disabled = true;
    await this.work("Sending the book…", async (signal) => {
      const receipt = await call("POST", "/v1/batches", { form: this.form(this.wishes()), signal });
      this.dialog.close();
      this.onBook(receipt);
    });
  }

  wishes() {
    const chosen = this.boxes.filter((box) => box.checked).map((box) => Number(box.value));
    const wishes = { format: find("book-format").value, queue: find("book-queue").value };
    if (find("book-split").checked) wishes.split = "true";
    if (chosen.length < this.boxes.length) wishes.chapters = writeRanges(chosen);
    if (find("book-voice").value) wishes.voice = this.manner().voice;
    const speed = find("book-speed").value;
    if (Number(speed) !== 1 || wishes.voice) wishes.speed = speed;
    const roles = readRoles();
    if (Object.keys(roles).length) wishes.roles = JSON.stringify(roles);
    return wishes;
  }
}

/** Who speaks what; a line without a voice goes to the server, which says what is wrong with it. */
function readRoles() {
  const roles = {};
  for (const line of find("role-names").value.split("\n")) {
    const [, name, voice] = /^\s*(.*?)\s*(?:=\s*(.*?)\s*)?$/.exec(line.replaceAll('"', ""));
    if (name) roles[name] = voice ?? "";
  }
  for (const role of ["dialogue", "title"]) {
    const voice = find(`role-${role}`).value;
    if (voice) roles[role] = voice;
  }
  return roles;
}

function drawChapter({ index, title, characters }) {
  const box = make("input", { type: "checkbox", value: String(index), checked: true });
  const length = make("span", { className: "figure", textContent: formatSpan(characters / CHARACTERS_PER_SECOND) });
  length.setAttribute("aria-hidden", "true");
  return make("label", { className: "check" }, box, make("span", { textContent: title }), length);
}

/** [1, 2, 3, 5] to "1-3,5". */
function writeRanges(numbers) {
  const ranges = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

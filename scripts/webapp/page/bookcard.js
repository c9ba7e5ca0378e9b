/** One book: how far it is, its chapters to listen to, its files to keep. */

import { at, call } from "./api.js";
import { arrange, copy, drawProgress, make, show, write } from "./elements.js";
import { count, formatClock, formatSpan, join } from "./figures.js";
import { sentence, showProblem } from "./problem.js";

const WORDS = { queued: "Waiting", running: "Speaking", finished: "", failed: "Failed", cancelled: "Cancelled" };
const AUDIBLE = ["running", "finished"];

/** A card; `onChange` is called when the user did something to its book. */
export class BookCard {
  constructor(summary, onChange) {
    this.element = copy("book-template");
    this.article = this.element.firstElementChild;
    this.onChange = onChange;
    this.book = null;
    this.rows = [];
    this.queue = [];
    this.article.dataset.bookId = summary.id;
    this.article.setAttribute("aria-label", summary.title);
    write(this.part("card-title"), summary.title);
    this.audio = this.article.querySelector("audio");
    this.audio.addEventListener("ended", () => this.playNext());
    this.part("cancel").addEventListener("click", () => this.act("DELETE", this.book.link));
    this.part("retry").addEventListener("click", () => this.act("POST", `${this.book.link}/retry`));
  }

  /** Nothing more happens to it by itself. */
  get isSettled() {
    return this.book !== null && !["queued", "running"].includes(this.book.status);
  }

  /** Draw a newer state of the book. */
  update(book) {
    this.book = book;
    const isActive = !this.isSettled;
    this.article.dataset.state = book.status;
    write(this.part("card-state"), describe(book));
    drawProgress(this.part("progress"), isActive ? book.fraction : null);
    const problem = ["failed", "cancelled"].includes(book.status) ? book.problem : "";
    write(this.part("card-error"), problem && sentence(problem));
    show(this.part("card-error"), Boolean(problem));
    show(this.part("cancel"), isActive);
    show(this.part("retry"), ["failed", "cancelled"].includes(book.status));
    arrange(this.part("downloads"), this.drawFiles());
    this.drawChapters();
  }

  part(name) {
    return this.article.querySelector(`.${name}`);
  }

  async act(method, link) {
    try {
      this.update(await call(method, link));
    } catch (error) {
      showProblem(error);
    }
    this.onChange();
    this.article.querySelector("summary").focus();
  }

  drawFiles() {
    const done = this.book.files.filter((file) => file.status === "finished");
    const names = done.map((file) => file.name).join("\n");
    if (names === this.names) return [...this.part("downloads").children];
    this.names = names;
    return done.map((file) => {
      const items = [link(file.link, file.name), ...file.beside.map((beside) => link(beside, labelOf(beside)))];
      return make("li", {}, ...items);
    });
  }

  drawChapters() {
    const { chapters } = this.book;
    const done = chapters.filter((chapter) => chapter.status === "finished").length;
    const summary = `${count(chapters.length, "chapter")}${done === chapters.length ? "" : `, ${done} spoken`}`;
    write(this.article.querySelector("summary"), summary);
    if (this.rows.length !== chapters.length) this.rows = chapters.map((_, place) => this.makeRow(place));
    chapters.forEach((chapter, place) => drawRow(this.rows[place], chapter));
    arrange(this.part("chapters"), this.rows);
  }

  makeRow(place) {
    const play = make("button", { type: "button", className: "quiet", textContent: "Play" });
    play.addEventListener("click", () => this.play(place));
    const title = make("span", { className: "chapter-title" });
    return make("li", {}, title, make("span", { className: "figure" }), play);
  }

  play(place) {
    this.queue = [...this.book.chapters[place].jobs];
    this.rows.forEach((row, at) => row.toggleAttribute("aria-current", at === place));
    show(this.audio, true);
    this.playNext();
  }

  async playNext() {
    const job = this.queue.shift();
    if (!job) return;
    this.audio.src = at(`/v1/jobs/${job}/audio`);
    try {
      await this.audio.play();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // the element shows what it cannot play
    }
  }
}

function drawRow(row, { title, status, fraction, audio_seconds: seconds }) {
  const [name, figure, play] = row.children;
  row.dataset.state = status;
  write(name, title);
  const share = status === "running" ? `${Math.round(100 * fraction)}%` : "";
  write(figure, join(WORDS[status], share, seconds ? formatClock(seconds) : ""));
  show(play, AUDIBLE.includes(status));
  play.setAttribute("aria-label", `Play ${title}`);
}

function describe(book) {
  if (book.status === "finished") return join(book.author, formatSpan(book.audio_seconds));
  // All is spoken; now the parts become one file, which takes a while for a long book.
  if (book.status === "running" && book.fraction >= 1) return join(book.author, "Writing the book");
  const share = ["queued", "running"].includes(book.status) ? `${Math.floor(100 * book.fraction)}%` : "";
  const anew = share && book.outdated_parts ? `${count(book.outdated_parts, "part")} spoken anew` : "";
  return join(book.author, WORDS[book.status], share, anew);
}

function link(href, text) {
  return make("a", { href, download: "", className: "download", textContent: text });
}

/** "Book.words.vtt" to "VTT by word". */
function labelOf(path) {
  const [kind, ending] = path.split(".").slice(-2);
  return ending.toUpperCase() + (kind === "words" ? " by word" : "");
}

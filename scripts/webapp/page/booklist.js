/** The books of this server, the one that changed last first. */

import { announce } from "./announcements.js";
import { call, Refusal, Unreachable } from "./api.js";
import { BookCard } from "./bookcard.js";
import { arrange, find, show } from "./elements.js";

const LOOK_MILLISECONDS = 2000;
const LIST_MILLISECONDS = 20_000;
const STEP = 5;

/** Looks at each book that is shown until nothing of it changes any more. */
export class BookList {
  constructor() {
    this.cards = new Map();
    this.shown = STEP;
    this.listedAt = -Infinity;
    this.clock = 0;
    find("more-books").addEventListener("click", () => {
      this.shown += STEP;
      this.refresh(true);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  /** Show a book that was just sent. */
  async add(receipt) {
    announce(`Book submitted: ${receipt.title}`);
    await this.refresh(true);
    this.cards.get(receipt.id)?.element.scrollIntoView({ block: "nearest" });
  }

  /** Look again, and once more after a while. */
  async refresh(isListDue = false) {
    clearTimeout(this.clock);
    if (isListDue) this.listedAt = -Infinity;
    try {
      if (performance.now() - this.listedAt > LIST_MILLISECONDS) await this.list();
      for (const card of this.cards.values()) if (!card.isSettled) await this.look(card);
    } catch (error) {
      // The feed asks the same server and says what is wrong; here it is enough to come again.
      if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
    } finally {
      clearTimeout(this.clock);
      if (!document.hidden) this.clock = setTimeout(() => this.refresh(), LOOK_MILLISECONDS);
    }
  }

  async list() {
    const summaries = await call("GET", "/v1/batches");
    this.listedAt = performance.now();
    const shown = summaries.slice(0, this.shown);
    const cards = new Map();
    for (const summary of shown) {
      const card = this.cards.get(summary.id) ?? new BookCard(summary, () => this.refresh(true));
      if (summary.is_open && card.isSettled) await this.look(card);
      cards.set(summary.id, card);
    }
    this.cards = cards;
    arrange(find("books"), [...cards.values()].map((card) => card.element));
    show(find("books-section"), cards.size > 0);
    show(find("more-books"), summaries.length > shown.length);
  }

  async look(card) {
    const wasActive = card.book !== null && !card.isSettled;
    const book = await call("GET", `/v1/batches/${card.article.dataset.bookId}`);
    card.update(book);
    if (wasActive && card.isSettled) announce(`Book ${book.status}: ${book.title}`);
  }
}

/** One job: its state in a line, and when it is open its sound and its words. */

import { call } from "./api.js";
import { Deck } from "./deck.js";
import { fileName, fillDownloads } from "./downloads.js";
import { copy, drawProgress, show, write } from "./elements.js";
import { count, formatClock, formatMoment, formatPace, formatSpan, join } from "./figures.js";
import { sentence, showProblem } from "./problem.js";
import { describeWait } from "./queue.js";
import { nameOf } from "./voices.js";

const ACTIVE = ["queued", "running"];
const AUDIBLE = ["running", "finished"];

/**
 * A card; `onChange` is called when the user did something to its job, `onOpen` when it opens and
 * `onRemove` when it is to leave the list, or to come back to it.
 */
export class JobCard {
  constructor(job, title, { onChange, onOpen, onRemove }) {
    this.element = copy("job-template");
    this.article = this.element.firstElementChild;
    this.job = job;
    this.queue = null;
    /** Told to end, and at the end of its chunk it will. */
    this.isEnding = false;
    this.onChange = onChange;
    this.onOpen = onOpen;
    this.onRemove = onRemove;
    this.isRemoved = false;
    /** Sound and words; there from the first opening on: a list may have a thousand cards. */
    this.opened = null;
    this.article.dataset.jobId = job.id;
    this.article.dataset.open = "false";
    this.entitle(title);
    this.listen();
    this.update(job);
  }

  get isActive() {
    return ACTIVE.includes(this.job.status);
  }

  get isOpen() {
    return this.article.dataset.open === "true";
  }

  get deck() {
    if (this.opened) return this.opened;
    const body = copy("body-template");
    body.id = `body-${this.job.id}`;
    this.article.append(body);
    this.part("card-toggle").setAttribute("aria-controls", body.id);
    this.opened = new Deck(this.article, (isPlaying) => this.onSound(isPlaying));
    this.opened.update(this.job);
    this.drawFacts();
    return this.opened;
  }

  /** Name the card by the beginning of its text. */
  entitle(title) {
    this.title = title;
    write(this.part("card-toggle"), title || this.job.file);
    this.article.setAttribute("aria-label", title || this.job.file);
  }

  /** Draw a newer state of the job. */
  update(job, queue = this.queue) {
    this.job = job;
    this.moment = job.enqueued_at ? Date.parse(job.enqueued_at) : 0;
    this.queue = queue;
    this.isEnding &&= job.status === "running";
    this.article.dataset.state = job.status;
    write(this.part("card-state"), this.describe());
    drawProgress(this.part("progress"), this.isActive ? job.progress.fraction : null);
    const hasFailed = job.status === "failed" || job.status === "unreadable";
    write(this.part("card-error"), hasFailed && job.error ? sentence(job.error.message) : "");
    show(this.part("card-error"), hasFailed);
    show(this.part("cancel"), this.isActive && !this.isEnding);
    show(this.part("retry"), hasFailed || job.status === "cancelled");
    show(this.part("play"), AUDIBLE.includes(job.status));
    show(this.part("menu"), job.status === "finished");
    show(this.part("remove"), !this.isActive);
    if (!this.opened) return;
    this.drawFacts();
    this.opened.update(job);
  }

  drawFacts() {
    write(this.part("card-facts"), describeFacts(this.job));
  }

  /** Say whether the card is in the list or among those that were removed from it. */
  place(isRemoved) {
    this.isRemoved = isRemoved;
    write(this.part("remove").lastElementChild, isRemoved ? "Put back" : "Remove");
  }

  /** Show sound and words. */
  open() {
    this.onOpen(this);
    const { deck } = this;
    this.article.dataset.open = "true";
    this.part("card-toggle").setAttribute("aria-expanded", "true");
    show(this.part("card-body"), true);
    deck.open();
  }

  close() {
    if (!this.isOpen) return;
    this.article.dataset.open = "false";
    this.part("card-toggle").setAttribute("aria-expanded", "false");
    show(this.part("card-body"), false);
    this.deck.close();
  }

  part(name) {
    return this.article.querySelector(`.${name}`);
  }

  listen() {
    this.part("card-toggle").addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.part("play").addEventListener("click", () => {
      this.open();
      this.deck.toggle();
    });
    this.part("cancel").addEventListener("click", () => {
      this.isEnding = true;
      this.act("DELETE", this.job.links.self);
    });
    this.part("retry").addEventListener("click", () => this.act("POST", `${this.job.links.self}/retry`));
    this.part("remove").addEventListener("click", () => this.onRemove(this));
    this.part("menu-button").addEventListener(
      "click",
      () => fillDownloads(this.part("menu"), this.job, fileName(this.title, this.job.id)),
      { capture: true },
    );
  }

  async act(method, link) {
    try {
      await call(method, link);
    } catch (error) {
      this.isEnding = false;
      showProblem(error);
    }
    this.update(this.job);
    this.onChange();
    this.part("card-toggle").focus(); // the button that was pressed is going away
  }

  onSound(isPlaying) {
    const play = this.part("play");
    play.dataset.playing = String(isPlaying);
    play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }

  describe() {
    const { status, progress, result, voice } = this.job;
    const name = voice ? nameOf(voice) : "";
    if (status === "queued") return join(describeWait(this.queue), name);
    if (this.isEnding) return join("Stopping after these words", name);
    if (status === "running") {
      const left = progress.remaining_seconds;
      const share = progress.fraction < 1 ? `Speaking, ${Math.round(100 * progress.fraction)}%` : "Writing the file";
      return join(share, left === null ? "" : `about ${formatSpan(left)} left`, name);
    }
    const ended = this.job.ended_at ? formatMoment(this.job.ended_at) : "";
    if (status === "finished") return join(formatClock(result?.audio_seconds ?? 0), name, ended);
    return join(status === "cancelled" ? "Cancelled" : "Failed", name, ended);
  }
}

function describeFacts({ status, result, progress, characters }) {
  if (status === "running") return join(formatPace(progress.real_time_factor), count(characters, "character"));
  if (status !== "finished" || !result) return "";
  const unspoken = result.unspoken?.length
    ? `Not spoken: ${result.unspoken.map((found) => found.text).slice(0, 8).join(" ")}`
    : "";
  return join(
    `Made in ${formatSpan(result.processing_seconds)}`,
    formatPace(result.real_time_factor),
    result.speed === 1 ? "" : `speed ${result.speed}`,
    result.format?.toUpperCase(),
    unspoken,
  );
}

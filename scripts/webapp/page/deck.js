/** The open part of a card: player, waveform and captions, kept at one place in time. */

import { Unreachable } from "./api.js";
import { Captions } from "./captions.js";
import { show, write } from "./elements.js";
import { formatClock, formatSpan } from "./figures.js";
import { LONGEST_SECONDS, Peaks } from "./peaks.js";
import { Player } from "./player.js";
import { showProblem } from "./problem.js";
import { Waveform } from "./waveform.js";

const CAPTIONS_MILLISECONDS = 1000;

/** Nothing is fetched before it is opened, and nothing more after it is closed. */
export class Deck {
  constructor(article, onSound) {
    this.article = article;
    this.onSound = onSound;
    this.job = null;
    this.isOpen = false;
    this.reading = null;
    this.position = article.querySelector(".position");
    this.player = new Player(article.querySelector("audio"));
    this.player.addEventListener("time", () => this.draw());
    this.player.addEventListener("change", () => this.onChange());
    this.position.addEventListener("input", () => this.player.seek(Number(this.position.value)));
  }

  /** Take the job's newest state. */
  update(job) {
    // A job that another worker took over keeps what it has; one that is tried again begins at 0.
    const isAnew = this.job && job.progress.audio_seconds < this.job.progress.audio_seconds;
    const hasEnded = this.job && this.job.status !== job.status;
    this.job = job;
    if (isAnew) this.forget();
    if (this.isOpen || this.player.source || job.status !== "finished") this.player.update(job);
    else this.player.job = job;
    if (this.isOpen) this.refresh(hasEnded);
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    this.waveform ??= new Waveform(this.article.querySelector(".waveform"));
    this.captions ??= new Captions(this.article.querySelector(".captions"), (at) => this.go(at));
    this.peaks ??= new Peaks();
    this.player.update(this.job);
    this.refresh(true);
  }

  close() {
    this.isOpen = false;
    this.reading?.abort();
    this.player.close();
  }

  toggle() {
    this.player.toggle();
  }

  get isPlaying() {
    return this.player.isWanted;
  }

  go(seconds) {
    this.player.seek(seconds);
    if (!this.player.isWanted) this.player.play();
  }

  forget() {
    this.reading?.abort();
    this.reading = null;
    this.peaks = new Peaks();
    this.player.reset();
  }

  refresh(isUrgent) {
    this.draw();
    if (["running", "finished"].includes(this.job.status)) {
      this.readPeaks();
      this.readCaptions(isUrgent);
    }
  }

  async readPeaks() {
    const end = this.player.available;
    const isTooLong = this.peaks.seconds === 0 && end > LONGEST_SECONDS;
    if (this.reading || isTooLong || end - this.peaks.seconds < 0.2 || document.hidden) return;
    const peaks = this.peaks;
    this.reading = new AbortController();
    const drawn = setInterval(() => this.draw(), 250);
    try {
      await peaks.read(this.job.links.audio, end, this.reading.signal);
    } catch (error) {
      // A line that broke is tried again with the next progress; the picture just grows later.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) this.excuse(error);
    } finally {
      clearInterval(drawn);
      if (peaks === this.peaks) this.reading = null;
    }
    this.draw();
  }

  async readCaptions(isUrgent) {
    const now = performance.now();
    if (!isUrgent && now < (this.captionsDue ?? 0)) return;
    this.captionsDue = Infinity;
    try {
      await this.captions.load(this.job.links.captions);
    } catch (error) {
      this.excuse(error);
    }
    // Long captions take longer, and are asked for less often.
    const taken = performance.now() - now;
    this.captionsDue = performance.now() + CAPTIONS_MILLISECONDS + 4 * taken;
    this.draw();
  }

  excuse(error) {
    // The feed says that the server is away; a file that is gone, nobody else does.
    if (!(error instanceof Unreachable) && this.job.status === "finished") showProblem(error);
  }

  onChange() {
    this.onSound(this.player.isWanted);
    cancelAnimationFrame(this.frame);
    if (this.player.isWanted && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.animate();
    this.draw();
  }

  animate() {
    this.frame = requestAnimationFrame(() => {
      if (this.isOpen) this.draw();
      if (this.player.isWanted) this.animate();
    });
  }

  draw() {
    if (!this.isOpen) return;
    const { available, position } = this.player;
    const total = this.expected(available);
    this.waveform.draw(this.peaks, total, position);
    this.position.max = String(total);
    this.position.value = String(position);
    this.position.setAttribute("aria-valuetext", `${formatClock(position)} of ${formatClock(total)}`);
    const mark = this.job.status === "finished" ? "" : "about ";
    write(this.article.querySelector(".times"), `${formatClock(position)} / ${mark}${formatClock(total)}`);
    write(this.article.querySelector(".hint"), this.hint(available, position));
    this.captions.follow(position, this.player.isWanted);
    show(this.article.querySelector(".captions"), this.captions.cues.length > 0);
  }

  /** Seconds that the whole will have. */
  expected(available) {
    const { fraction } = this.job.progress;
    if (this.job.status !== "running" || fraction <= 0) return available || 1;
    return Math.max(available, available / fraction);
  }

  hint(available, position) {
    if (this.job.status === "queued") return "It can be heard from its first words on.";
    if (this.player.isStarved && this.job.status === "running") {
      return available > position + 1 ? "Connecting" : "Waiting for the next words";
    }
    if (this.job.status === "running") return `${formatSpan(available)} can be heard`;
    return "";
  }
}

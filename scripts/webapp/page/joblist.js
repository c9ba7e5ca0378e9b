/** The list of jobs: newest first, each drawn once and then only changed. */

import { announce } from "./announcements.js";
import { callText, Refusal } from "./api.js";
import { arrange, find, keep, recall, show, write } from "./elements.js";
import { formatClock } from "./figures.js";
import { JobCard } from "./jobcard.js";
import { EventStreams } from "./streams.js";
import { SAMPLE_FOLDER } from "./voices.js";

const TITLE_CHARACTERS = 160;
const MOST = 1000;
/** New cards that are made before the page is drawn again; the rest follow frame by frame. */
const AT_ONCE = 40;
const REMOVED = "ktts-removed";
const MOST_REMOVED = 5000;
/** What belongs to a book or a voice is shown there. */
const ELSEWHERE = ["parts/", "books/", SAMPLE_FOLDER];

/** Cards by their job's id. */
export class JobList {
  constructor(feed) {
    this.feed = feed;
    this.cards = new Map();
    this.titles = new Map();
    this.removed = new Set(recall(REMOVED, []));
    /** Jobs whose cards are still to be made, by id. */
    this.coming = new Map();
    this.running = [];
    this.streams = new EventStreams((job) => this.take(job));
    this.sight = new IntersectionObserver((entries) => this.onSight(entries), { rootMargin: "200px" });
    this.visible = new Set();
    find("filter").addEventListener("change", () => this.draw());
    find("more-jobs").addEventListener("click", () => feed.showMore(Math.min(MOST, 2 * feed.limit)));
    find("clear-jobs").addEventListener("click", () => this.clear());
  }

  /** Ids of the jobs whose end is still to be seen. */
  openJobs() {
    return [...this.cards.values()].filter((card) => card.isActive).map((card) => card.job.id);
  }

  /** Draw what the feed has found. */
  update({ jobs, gone, hasMore }, queue) {
    this.queue = queue;
    for (const id of gone) this.cards.delete(id);
    this.running = jobs.filter((job) => job.status === "running");
    let made = 0;
    for (const job of jobs) {
      if (isElsewhere(job)) continue;
      if (this.cards.has(job.id) || made < AT_ONCE) {
        made += !this.cards.has(job.id);
        this.put(job);
      } else {
        this.coming.set(job.id, job);
      }
    }
    this.makeRest();
    show(find("more-jobs"), hasMore && this.feed.limit < MOST);
    this.draw();
  }

  /** Make the cards that are due, some in each frame: the page answers meanwhile. */
  makeRest() {
    if (!this.coming.size || this.isMaking) return;
    this.isMaking = true;
    requestAnimationFrame(() => {
      this.isMaking = false;
      for (const [id, job] of [...this.coming].slice(0, AT_ONCE)) {
        this.coming.delete(id);
        this.put(job);
      }
      this.draw();
      this.makeRest();
    });
  }

  /** Take a card out of the list, or put it back; the job and its file stay on the server. */
  remove(card) {
    const isRemoved = !card.isRemoved;
    this.mark(card, isRemoved);
    this.keepRemoved();
    this.draw();
    announce(isRemoved ? "Removed from this list." : "Put back.");
    find("filter").focus(); // the button that was pressed is gone
  }

  /** Remove all that has ended and is shown. */
  clear() {
    const ended = this.shown().filter((card) => !card.isActive);
    for (const card of ended) this.mark(card, true);
    this.keepRemoved();
    this.draw();
    announce(`${ended.length} removed from this list.`);
    find("filter").focus();
  }

  mark(card, isRemoved) {
    if (isRemoved) card.close();
    card.place(isRemoved);
    if (isRemoved) this.removed.add(card.job.id);
    else this.removed.delete(card.job.id);
  }

  keepRemoved() {
    keep(REMOVED, [...this.removed].slice(-MOST_REMOVED));
  }

  /** Draw a job that was just submitted, open. */
  add(job, text) {
    this.titles.set(job.id, text.trim().slice(0, TITLE_CHARACTERS));
    const isNew = !this.cards.has(job.id);
    this.put(job);
    const card = this.cards.get(job.id);
    card.entitle(this.titles.get(job.id));
    this.mark(card, false);
    this.keepRemoved();
    find("filter").value = "all";
    this.draw();
    card.open();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.element.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
    announce(isNew ? "Submitted." : "That job was there already.");
  }

  /** The beginning of a job's text, as far as it is known. */
  titleOf(job) {
    if (isElsewhere(job)) return placeOf(job).startsWith(SAMPLE_FOLDER) ? "a voice's sample" : "a book";
    return this.titles.get(job.id) || "speaking";
  }

  take(job) {
    const card = this.put(job);
    if (!card.isActive) {
      this.feed.refresh();
      this.draw();
    }
  }

  put(job) {
    const known = this.cards.get(job.id);
    if (known) {
      // Two ways lead here; the slower one must not turn the time back.
      if (isOlder(job, known.job)) return known;
      const wasActive = known.isActive;
      // What nobody sees is drawn when it comes into sight.
      if (isSame(job, known.job) && !known.isOpen && !this.visible.has(known)) return known;
      known.update(job, this.queue);
      if (wasActive && !known.isActive) announce(describeEnd(job, this.titleOf(job)));
      return known;
    }
    const card = new JobCard(job, this.titles.get(job.id) ?? "", {
      onChange: () => this.feed.refresh(),
      onOpen: (opened) => this.closeOthers(opened),
      onRemove: (removed) => this.remove(removed),
    });
    card.place(this.removed.has(job.id));
    if (job.status === "queued") card.update(job, this.queue);
    this.coming.delete(job.id);
    this.cards.set(job.id, card);
    this.sight.observe(card.article);
    return card;
  }

  /** One card is open, and the one that sounds: each may hold a connection. */
  closeOthers(opened) {
    for (const card of this.cards.values()) {
      if (card !== opened && card.isOpen && !card.deck.isPlaying) card.close();
    }
  }

  /** The cards that the filter lets through, the newest first. */
  shown() {
    const wanted = find("filter").value;
    return [...this.cards.values()]
      .filter((card) => {
        const isGone = card.isRemoved && !card.isActive;
        return wanted === "removed" ? isGone : !isGone && (wanted === "all" || card.job.status === wanted);
      })
      .sort((one, other) => other.moment - one.moment);
  }

  draw() {
    const shown = this.shown();
    show(find("clear-jobs"), find("filter").value !== "removed" && shown.some((card) => !card.isActive));
    arrange(find("jobs"), shown.map((card) => card.element));
    show(find("jobs-empty"), !shown.length);
    write(find("jobs-empty"), this.cards.size ? "None of this kind." : "Nothing has been spoken yet.");
    const active = shown.filter((card) => card.isActive);
    const rank = (card) => 4 * card.isOpen + 2 * (card.job.status === "running") + this.visible.has(card);
    active.sort((one, other) => rank(other) - rank(one));
    this.streams.follow(active.map((card) => card.job.id));
  }

  onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const card = this.cards.get(target.dataset.jobId);
      if (!card) continue;
      if (!isIntersecting) this.visible.delete(card);
      else this.visible.add(card);
      if (isIntersecting && card.isActive) card.update(card.job, this.queue);
      if (isIntersecting && !this.titles.has(card.job.id)) this.readTitle(card);
    }
  }

  async readTitle(card) {
    const { id, links } = card.job;
    this.titles.set(id, "");
    try {
      const text = await callText(`${links.self}/text?characters=${TITLE_CHARACTERS}`);
      this.titles.set(id, text.trim());
    } catch (error) {
      // Its record is gone, or nothing answers; the feed says so, the card has the file's name.
      if (!(error instanceof Refusal)) this.titles.delete(id);
    }
    card.entitle(this.titles.get(id) ?? "");
  }
}

/** The file's name within the folder of its owner, if it has one. */
function placeOf(job) {
  return job.file.replace(/^by-owner\/[^/]*\//, "");
}

function isElsewhere(job) {
  return ELSEWHERE.some((folder) => placeOf(job).startsWith(folder));
}

function isSame(job, known) {
  return (
    ["status", "enqueued_at", "started_at", "ended_at"].every((name) => job[name] === known[name]) &&
    job.progress.chunks === known.progress.chunks
  );
}

function isOlder(job, known) {
  if (momentOf(job) !== momentOf(known)) return momentOf(job) < momentOf(known);
  const order = ["queued", "running"];
  const rank = ({ status }) => (order.includes(status) ? order.indexOf(status) : order.length);
  if (known.status === job.status && known.started_at === job.started_at) {
    return job.progress.chunks < known.progress.chunks;
  }
  // A job may go back into the queue when its worker stops; it has not ended twice.
  return rank(known) === order.length && rank(job) < order.length;
}

function momentOf(job) {
  return job.enqueued_at ? Date.parse(job.enqueued_at) : 0;
}

function describeEnd(job, title) {
  const name = title.slice(0, 40);
  if (job.status === "finished") return `Finished, ${formatClock(job.result?.audio_seconds ?? 0)}: ${name}`;
  return `${job.status === "cancelled" ? "Cancelled" : "Failed"}: ${name}`;
}

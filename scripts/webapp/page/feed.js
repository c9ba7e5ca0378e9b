/** What the server says again and again: the queue, and the jobs that change. */

import { call, Refusal } from "./api.js";

const BUSY_MILLISECONDS = 2000;
const IDLE_MILLISECONDS = 5000;
const HIDDEN_MILLISECONDS = 15_000;
/** Jobs in one round that no list has, because too many wait before them or they are gone. */
const MOST_LOOKS = 20;
const ENDED = ["finished", "failed", "cancelled"];
/** Jobs of one answer, and of a list in most rounds: what begins or ends is at its front. */
const PAGE = 200;
const WHOLE_MILLISECONDS = 30_000;

/** Polls; asks for the ended jobs only when their number has changed. */
export class Feed {
  /** `views`: onQueue(queue), onJobs({jobs, gone, hasMore}), onAnswer(), onError(error), openJobs(). */
  constructor(views) {
    this.views = views;
    this.limit = 50;
    this.counts = {};
    this.clock = 0;
    this.isAsking = false;
    this.queue = null;
    /** Ids in the first pages of the last round. */
    this.front = new Set();
    this.hasMore = false;
    this.wholeAt = -Infinity;
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  /** Look now, and again after a while. */
  async refresh() {
    if (this.isAsking) {
      this.isStale = true;
      return;
    }
    clearTimeout(this.clock);
    this.isAsking = true;
    this.isStale = false;
    try {
      await this.ask();
      this.views.onAnswer();
    } catch (error) {
      this.views.onError(error);
    } finally {
      this.isAsking = false;
      this.clock = setTimeout(() => this.refresh(), this.isStale ? 0 : this.pause);
    }
  }

  /** Show more of each state from now on. */
  showMore(limit) {
    this.limit = limit;
    this.counts = {};
    this.wholeAt = -Infinity;
    return this.refresh();
  }

  get pause() {
    if (document.hidden) return HIDDEN_MILLISECONDS;
    const isBusy = !this.queue || this.queue.running || totalOf(this.queue.waiting);
    return isBusy ? BUSY_MILLISECONDS : IDLE_MILLISECONDS;
  }

  async ask() {
    const queue = await call("GET", "/v1/queue");
    this.queue = queue;
    this.views.onQueue(queue);
    const counts = { ...queue, running: queue.running, queued: totalOf(queue.waiting) };
    const due = ["running", "queued"].filter((status) => counts[status] || this.counts[status] !== 0);
    due.push(...ENDED.filter((status) => counts[status] !== this.counts[status]));
    const now = performance.now();
    const isWhole = counts.queued > this.counts.queued || now - this.wholeAt > WHOLE_MILLISECONDS;
    if (isWhole) this.wholeAt = now;
    const most = isWhole ? this.limit : Math.min(this.limit, PAGE);
    const lists = await Promise.all(due.map((status) => this.list(status, most)));
    this.counts = counts;
    if (isWhole || this.limit <= PAGE) this.hasMore = lists.some((list) => list.hasMore);
    const found = new Map(lists.flatMap((list) => list.jobs).map((job) => [job.id, job]));
    const isMissed = (id) => !found.has(id) && (isWhole || this.limit <= PAGE || this.front.has(id));
    const missed = this.views.openJobs().filter(isMissed).slice(0, MOST_LOOKS);
    this.front = new Set(lists.flatMap((list) => list.jobs.slice(0, PAGE)).map((job) => job.id));
    const looks = await Promise.all(missed.map((id) => this.look(id)));
    this.views.onJobs({
      jobs: [...found.values(), ...looks.filter(Boolean)],
      gone: missed.filter((_, place) => !looks[place]),
      hasMore: this.hasMore,
    });
  }

  async list(status, most) {
    const jobs = [];
    let cursor = "0";
    while (cursor && jobs.length < most) {
      const limit = Math.min(PAGE, most - jobs.length);
      const page = await call("GET", `/v1/jobs?status=${status}&limit=${limit}&cursor=${cursor}`);
      jobs.push(...page.jobs);
      cursor = page.next_cursor;
    }
    return { jobs, hasMore: Boolean(cursor) };
  }

  async look(id) {
    try {
      return await call("GET", `/v1/jobs/${id}`);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return null;
      throw error;
    }
  }
}

/** The sum of an object's numbers. */
export function totalOf(numbers) {
  return Object.values(numbers).reduce((sum, number) => sum + number, 0);
}

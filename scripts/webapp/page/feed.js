/** What the server says again and again: the queue, and the jobs that change. */

import { call, Refusal } from "./api.js";

const BUSY_MILLISECONDS = 2000;
const IDLE_MILLISECONDS = 5000;
const HIDDEN_MILLISECONDS = 15_000;
/** Jobs in one round that no list has, because too many wait before them or they are gone. */
const MOST_LOOKS = 20;
const ENDED = ["finished", "failed", "cancelled"];

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
    const lists = await Promise.all(due.map((status) => this.list(status)));
    this.counts = counts;
    const found = new Map(lists.flatMap((list) => list.jobs).map((job) => [job.id, job]));
    const missed = this.views.openJobs().filter((id) => !found.has(id)).slice(0, MOST_LOOKS);
    const looks = await Promise.all(missed.map((id) => this.look(id)));
    this.views.onJobs({
      jobs: [...found.values(), ...looks.filter(Boolean)],
      gone: missed.filter((_, place) => !looks[place]),
      hasMore: lists.some((list) => list.next_cursor),
    });
  }

  list(status) {
    return call("GET", `/v1/jobs?status=${status}&limit=${this.limit}`);
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

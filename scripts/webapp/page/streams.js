/**
 * Server-sent events of the job that matters most.
 *
 * A browser opens six connections to one host, for all its windows together, and sound takes some.
 * So there is one of these, none in a window that nobody sees, and everything else is polled.
 */

import { at } from "./api.js";

const MOST_STREAMS = 1;
const NAMES = ["queued", "started", "progress", "finished", "failed", "cancelled"];

/** Follows the first jobs of a list that is given anew whenever it changes. */
export class EventStreams {
  constructor(onJob) {
    this.onJob = onJob;
    this.sources = new Map();
    this.wanted = [];
    document.addEventListener("visibilitychange", () => this.settle());
  }

  /** Follow the first of these jobs, which have not ended. */
  follow(jobIds) {
    this.wanted = jobIds.slice(0, MOST_STREAMS);
    this.settle();
  }

  settle() {
    const wanted = new Set(document.hidden ? [] : this.wanted);
    for (const id of [...this.sources.keys()]) if (!wanted.has(id)) this.close(id);
    for (const id of wanted) if (!this.sources.has(id)) this.open(id);
  }

  open(id) {
    const source = new EventSource(at(`/v1/jobs/${id}/events`));
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        const job = JSON.parse(event.data);
        if (job.ended_at) this.close(id);
        this.onJob(job);
      });
    }
    // A lost connection is opened again by the browser; one that was refused is not.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.close(id);
    });
    this.sources.set(id, source);
  }

  close(id) {
    this.sources.get(id)?.close();
    this.sources.delete(id);
  }
}

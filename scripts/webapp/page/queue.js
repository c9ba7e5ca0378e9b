/** The strip above the jobs: what waits, what runs, and who works. */

import { arrange, find, make, show, write } from "./elements.js";
import { totalOf } from "./feed.js";
import { count, formatCount } from "./figures.js";

const NO_WORKER = "No worker is running. What you submit waits until one starts: ktts worker, or ktts up.";

const TITLE_CHARACTERS = 80;

let chips = new Map();

/** Draw the queue's counts. */
export function drawQueue(queue) {
  write(find("running"), formatCount(queue.running));
  write(find("waiting"), formatCount(totalOf(queue.waiting)));
  write(find("waiting-characters"), formatCount(queue.waiting_characters));
  const note = find("workers-note");
  note.dataset.state = queue.workers.length ? "some" : "none";
  write(note, queue.workers.length ? "" : NO_WORKER);
  show(note, !queue.workers.length);
}

/** Draw each worker with what it does; `jobs` are those that run, `titleOf` names one. */
export function drawWorkers(names, jobs, titleOf) {
  const drawn = new Map();
  names.forEach((name, place) => {
    const chip = chips.get(name) ?? make("li", { className: "worker", data: { worker: name } });
    const job = jobs.find((running) => running.worker === name);
    chip.dataset.state = job ? "busy" : "idle";
    chip.title = name;
    write(chip, `Worker ${place + 1}: ${job ? titleOf(job).slice(0, TITLE_CHARACTERS) : "idle"}`);
    drawn.set(name, chip);
  });
  chips = drawn;
  arrange(find("workers"), [...chips.values()]);
}

/** Why a job waits, in words. */
export function describeWait(queue) {
  if (!queue) return "Waiting";
  if (!queue.workers.length) return "Waiting for a worker; none is running";
  const ahead = totalOf(queue.waiting);
  return ahead > 1 ? `Waiting, ${count(ahead, "job")} in the queue` : "Waiting";
}

/** Puts the page together. */

import { announce } from "./announcements.js";
import { call } from "./api.js";
import { BookForm } from "./bookform.js";
import { BookList } from "./booklist.js";
import { Composer } from "./composer.js";
import { Feed } from "./feed.js";
import { watchFiles } from "./files.js";
import { JobList } from "./joblist.js";
import { clearProblem, showProblem } from "./problem.js";
import { drawQueue, drawWorkers } from "./queue.js";
import { Sample } from "./sample.js";
import { watchSound } from "./sound.js";
import { openSession, watchDoor } from "./token.js";
import { loadVoices } from "./voices.js";

const AGAIN_MILLISECONDS = 3000;

watchDoor();
watchSound();
start(await reach());

/** Wait for the server and its leave to come in; resolves to the voices. */
async function reach() {
  for (;;) {
    try {
      await openSession();
      return await loadVoices();
    } catch (error) {
      showProblem(error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
    }
  }
}

function start(voices) {
  const feed = new Feed({
    onQueue: drawQueue,
    onJobs: (found) => {
      jobs.update(found, feed.queue);
      drawWorkers(feed.queue.workers, jobs.running, (job) => jobs.titleOf(job));
      document.documentElement.dataset.ready = "true";
    },
    onAnswer: () => clearProblem("away"),
    onError: (error) => {
      document.documentElement.dataset.ready = "true";
      showProblem(error);
    },
    openJobs: () => jobs.openJobs(),
  });
  const jobs = new JobList(feed);
  const books = new BookList();
  const composer = new Composer(voices, async (receipt, text) => {
    try {
      jobs.add(await call("GET", receipt.links.self), text);
    } catch (error) {
      showProblem(error); // it was accepted; the feed finds it later
    }
    feed.refresh();
  });
  const form = new BookForm(
    () => composer.manner,
    (receipt) => books.add(receipt),
  );
  const sample = new Sample(
    () => composer.voice,
    () => feed.queue && feed.queue.workers.length > 0,
  );
  composer.onVoice = () => sample.stop();
  watchFiles({
    onText: (text) => {
      composer.fill(text);
      announce("The file is in the text box.");
    },
    onBook: (file) => form.open(file),
  });
  feed.refresh();
  books.refresh();
}

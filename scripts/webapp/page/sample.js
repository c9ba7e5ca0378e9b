/** A voice's sample: spoken by the queue like any text, kept like any file, so made only once. */

import { ask, call, Refusal } from "./api.js";
import { find, write } from "./elements.js";
import { showProblem } from "./problem.js";
import { SAMPLE_FOLDER, sampleText } from "./voices.js";

const LABELS = {
  idle: "Hear a sample",
  waiting: "Waiting",
  playing: "Stop",
  failed: "Hear a sample",
};

/** The button beside the voice. */
export class Sample {
  constructor(voice, hasWorkers) {
    this.button = find("sample");
    this.audio = find("sample-audio");
    this.voice = voice;
    this.hasWorkers = hasWorkers;
    this.button.addEventListener("click", () => this.toggle());
    this.audio.addEventListener("playing", () => this.draw("playing"));
    this.audio.addEventListener("ended", () => this.draw("idle"));
    this.audio.addEventListener("pause", () => this.audio.ended || this.stop());
    this.audio.addEventListener("error", () => this.fail());
  }

  /** Stop what sounds; what is being made is made. */
  stop() {
    if (this.state === "idle") return;
    this.draw("idle");
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  get state() {
    return this.button.dataset.state;
  }

  async toggle() {
    if (this.state === "waiting" || this.state === "playing") return this.stop();
    this.draw("waiting");
    const isIdle = this.hasWorkers() === false;
    this.explain(isIdle ? "No worker is running; the sample comes when one is." : "");
    try {
      const link = await makeSample(this.voice());
      if (this.state !== "waiting") return undefined; // stopped meanwhile
      this.audio.src = link;
      await this.audio.play();
    } catch (error) {
      if (error instanceof DOMException) return undefined; // stopped, or the element tells by itself
      this.draw("failed");
      this.explain("");
      showProblem(error);
    }
    return undefined;
  }

  fail() {
    if (!this.audio.getAttribute("src")) return;
    this.draw("failed");
    this.explain("The sample could not be made; the list of failed jobs says why.");
  }

  draw(state) {
    this.button.dataset.state = state;
    this.button.setAttribute("aria-pressed", String(state === "playing"));
    write(this.button, LABELS[state]);
    if (state === "playing" || state === "idle") this.explain("");
  }

  explain(text) {
    write(find("sample-note"), text);
  }
}

async function makeSample(voice) {
  const request = {
    text: sampleText(voice),
    voice,
    format: "mp3",
    output_name: SAMPLE_FOLDER + voice.replaceAll(/[^a-z0-9_]+/g, "-"),
    queue: "interactive",
    overwrite: true,
  };
  const { links } = await call("POST", "/v1/jobs", { json: request });
  try {
    await ask("HEAD", links.audio);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    // The record outlived its file: somebody tidied up.
    await call("POST", "/v1/jobs", { json: { ...request, again: true } });
  }
  return links.audio;
}

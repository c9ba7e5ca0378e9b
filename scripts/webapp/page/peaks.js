/** How loud a job is from beginning to end, read from its audio as it comes, in bounded memory. */

import { ask } from "./api.js";

const SAMPLE_RATE = 24_000;
const SAMPLE_BYTES = 2;
const FULL_SCALE = 32_768;
const MOST_BARS = 2048;
const FIRST_BAR_SECONDS = 0.05;

/** Longest audio that is read for its picture alone: 58 MB. */
export const LONGEST_SECONDS = 20 * 60;

/** The loudest sample of each stretch; stretches grow, so that there are never many. */
export class Peaks {
  constructor() {
    this.bars = [];
    this.barSeconds = FIRST_BAR_SECONDS;
    this.samples = 0;
    this.open = 0;
    this.odd = null;
  }

  /** Seconds that have been read. */
  get seconds() {
    return this.samples / SAMPLE_RATE;
  }

  get loudest() {
    return this.bars.reduce((most, bar) => Math.max(most, bar), 0);
  }

  /** Read what there is after what has been read, up to `end` seconds; then let the line go. */
  async read(link, end, signal) {
    const answer = await ask("GET", `${link}?format=pcm&start_seconds=${this.seconds}`, { signal });
    const reader = answer.body.getReader();
    try {
      while (this.seconds < end - FIRST_BAR_SECONDS) {
        const { done, value } = await reader.read();
        if (done) break;
        this.take(value);
      }
    } finally {
      this.odd = null;
      await reader.cancel();
    }
  }

  take(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (this.odd !== null && bytes.byteLength) {
      this.add((view.getInt8(0) << 8) | this.odd);
      at = 1;
    }
    const end = bytes.byteLength - SAMPLE_BYTES;
    for (; at <= end; at += SAMPLE_BYTES) this.add(view.getInt16(at, true));
    this.odd = at < bytes.byteLength ? view.getUint8(at) : null;
  }

  add(sample) {
    const place = Math.floor(this.samples / (this.barSeconds * SAMPLE_RATE));
    if (place >= MOST_BARS) {
      this.widen();
      this.add(sample);
      return;
    }
    const loudness = Math.abs(sample) / FULL_SCALE;
    if (loudness > (this.bars[place] ?? -1)) this.bars[place] = loudness;
    this.samples += 1;
  }

  widen() {
    const halves = this.bars;
    this.barSeconds *= 2;
    this.bars = [];
    for (let at = 0; at < halves.length; at += 2) {
      this.bars.push(Math.max(halves[at], halves[at + 1] ?? 0));
    }
  }
}

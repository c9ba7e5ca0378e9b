/**
 * Plays a job: while it runs a stream that follows it, afterwards its file.
 *
 * A stream cannot be wound; to seek in a job that runs, another stream is begun at that place.
 */

const RETRY_MILLISECONDS = 1000;
const END_SECONDS = 0.3;

/** One job's sound. Fires "change" when it starts or stops, "time" as it goes on. */
export class Player extends EventTarget {
  constructor(audio) {
    super();
    this.audio = audio;
    this.job = null;
    /** Playing, or about to as soon as there is something to hear. */
    this.isWanted = false;
    /** Where the stream begins in the job's audio. */
    this.startSeconds = 0;
    this.restSeconds = 0;
    this.clock = 0;
    audio.addEventListener("timeupdate", () => this.tell("time"));
    audio.addEventListener("playing", () => this.tell("change"));
    audio.addEventListener("waiting", () => this.tell("change"));
    audio.addEventListener("pause", () => this.onPause());
    audio.addEventListener("ended", () => this.onEnded());
    audio.addEventListener("error", () => this.onError());
  }

  /** Seconds from the job's beginning. */
  get position() {
    if (!this.source) return this.restSeconds;
    return this.startSeconds + this.audio.currentTime;
  }

  /** Seconds of audio that there are. */
  get available() {
    return this.job.result?.audio_seconds ?? this.job.progress.audio_seconds;
  }

  /** It should sound, and waits for the next words. */
  get isStarved() {
    return this.isWanted && this.audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  get source() {
    return this.audio.dataset.source ?? "";
  }

  /** Take the job's newest state; a job that has finished is heard from its file from now on. */
  update(job) {
    this.job = job;
    if (job.status === "finished" && this.source !== "file") this.load("file", this.position);
  }

  toggle() {
    if (this.isWanted) this.pause();
    else this.play();
  }

  play() {
    this.isWanted = true;
    const isAtEnd = this.job.status === "finished" && this.position > this.available - END_SECONDS;
    if (!this.source) this.load("stream", this.restSeconds);
    else if (isAtEnd) this.audio.currentTime = 0;
    this.start();
  }

  pause() {
    this.isWanted = false;
    clearTimeout(this.clock);
    this.audio.pause();
    this.tell("change");
  }

  /** Go to a place, as far as there is audio. */
  seek(seconds) {
    const wanted = Math.max(0, Math.min(seconds, this.available));
    if (this.source === "file") this.audio.currentTime = wanted;
    else if (this.source === "stream" && this.isWanted) this.load("stream", wanted);
    else this.rest(wanted);
    this.tell("time");
  }

  /** Let go of the connection; the place is kept. */
  close() {
    this.pause();
    this.rest(this.position);
  }

  /** Forget what was heard: the job is spoken anew. */
  reset() {
    this.pause();
    this.restSeconds = 0;
    this.drop();
  }

  load(source, seconds) {
    clearTimeout(this.clock);
    const base = this.job.links.audio;
    const isFile = source === "file";
    this.audio.dataset.source = source;
    this.startSeconds = isFile ? 0 : seconds;
    // WAV: Chromium hands on what it receives by 32 KB, which are 4 s of MP3 and 0.7 s of this.
    this.audio.src = isFile ? base : `${base}?format=wav&start_seconds=${seconds.toFixed(3)}`;
    this.audio.preload = isFile ? "metadata" : "none";
    if (isFile && seconds) this.audio.currentTime = seconds;
    if (this.isWanted) this.start();
  }

  rest(seconds) {
    this.restSeconds = seconds;
    if (this.source === "file") {
      this.audio.currentTime = seconds;
      return;
    }
    this.drop();
  }

  drop() {
    delete this.audio.dataset.source;
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  async start() {
    this.tell("change");
    try {
      await this.audio.play();
    } catch (error) {
      // "AbortError": another source took its place. "NotSupportedError" comes as an error event.
      if (error.name === "NotAllowedError") this.pause();
    }
  }

  onPause() {
    // Somebody else did it: a key of the keyboard, the headphones, another sound.
    if (this.audio.paused && !this.audio.ended && this.isWanted) this.pause();
  }

  onEnded() {
    this.isWanted = false;
    this.tell("change");
  }

  onError() {
    if (!this.audio.getAttribute("src")) return;
    const wasWanted = this.isWanted;
    const place = this.position;
    this.rest(place);
    const goesOn = wasWanted && ["queued", "running", "finished"].includes(this.job.status);
    if (goesOn && this.job.status !== "finished") {
      // The connection was lost, or the job began anew on another worker.
      this.clock = setTimeout(() => this.load("stream", place), RETRY_MILLISECONDS);
    } else {
      this.isWanted = false;
    }
    this.tell("change");
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

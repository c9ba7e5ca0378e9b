/** What is spoken, as text that follows the voice; a click goes to the sentence. */

import { callText, Refusal } from "./api.js";
import { arrange, make } from "./elements.js";

const CUE = /^(\S+) --> (\S+)\n([^]*)$/;
const WIDE = /[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]$/;
const SHOWN = 240;
const MARGIN = 40;
/** Whoever scrolls is left alone for so long. */
const LEAVE_MILLISECONDS = 4000;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Some of a job's captions, around the one that is heard. */
export class Captions {
  constructor(list, onSeek) {
    this.list = list;
    this.onSeek = onSeek;
    this.cues = [];
    this.first = 0;
    this.current = -1;
    this.touchedAt = 0;
    this.elements = new Map();
    list.addEventListener("click", (event) => this.choose(event.target));
    list.addEventListener("keydown", (event) => this.press(event));
    for (const name of ["wheel", "pointerdown", "touchmove"]) {
      list.addEventListener(name, () => (this.touchedAt = performance.now()), { passive: true });
    }
  }

  /** Fetch what there is; a job without captions has none. */
  async load(link) {
    try {
      this.cues = parse(await callText(link));
    } catch (error) {
      if (!(error instanceof Refusal) || ![404, 409].includes(error.status)) throw error;
    }
    this.draw();
  }

  /** Light up what is heard at `seconds`. */
  follow(seconds, isPlaying) {
    const found = this.cues.findLastIndex((cue) => cue.start <= seconds + 0.05);
    if (found === this.current) return;
    this.current = found;
    this.draw();
    if (isPlaying && performance.now() - this.touchedAt > LEAVE_MILLISECONDS) this.reveal();
  }

  draw() {
    const place = Math.max(0, this.current);
    const isInside = place >= this.first + (this.first && MARGIN) && place < this.first + SHOWN - MARGIN;
    if (!isInside) this.first = Math.max(0, place - SHOWN / 2);
    const shown = this.cues.slice(this.first, this.first + SHOWN);
    const elements = new Map(shown.map((cue) => [cue.key, this.elements.get(cue.key) ?? draw(cue)]));
    this.elements = elements;
    arrange(this.list, [...elements.values()]);
    const current = this.cues[this.current]?.key;
    const reachable = current ?? shown[0]?.key;
    for (const [key, element] of elements) {
      const cue = element.firstElementChild;
      if (key === current) cue.setAttribute("aria-current", "true");
      else cue.removeAttribute("aria-current");
      cue.tabIndex = key === reachable ? 0 : -1;
    }
  }

  reveal() {
    const element = this.elements.get(this.cues[this.current]?.key);
    if (!element) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const top = element.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
    this.list.scrollTo({ top, behavior: isCalm ? "auto" : "smooth" });
  }

  choose(target) {
    const cue = target.closest(".cue");
    if (cue) this.onSeek(Number(cue.dataset.start));
  }

  press(event) {
    const cue = event.target.closest(".cue");
    if (!cue) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(cue);
    } else if (step) {
      event.preventDefault();
      const item = cue.parentElement;
      const next = (step > 0 ? item.nextElementSibling : item.previousElementSibling)?.firstElementChild;
      if (!next) return;
      cue.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  }
}

function draw(cue) {
  const words = make("span", {
    className: "cue",
    tabIndex: -1,
    textContent: cue.text,
    data: { start: String(cue.start), end: String(cue.end) },
  });
  words.setAttribute("role", "button");
  const item = make("span", {}, words, WIDE.test(cue.text) ? "" : " ");
  item.setAttribute("role", "listitem");
  return item;
}

/** Read WebVTT as the server writes it: times, then the words on one or two lines. */
function parse(text) {
  const blocks = text.split("\n\n").map((block) => block.match(CUE)).filter(Boolean);
  return blocks.map(([, start, end, lines]) => {
    const words = lines.trim().split("\n");
    const joint = words.length > 1 && WIDE.test(words[0]) ? "" : " ";
    const spoken = words.join(joint).replaceAll(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
    return { start: toSeconds(start), end: toSeconds(end), text: spoken, key: `${start} ${end} ${spoken}` };
  });
}

function toSeconds(clock) {
  return clock.split(":").reduce((seconds, part) => 60 * seconds + Number(part), 0);
}

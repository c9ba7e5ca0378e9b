/** What a screen reader says unasked: the ends of things, one sentence at a time. */

import { find } from "./elements.js";

const PAUSE_MILLISECONDS = 1500;
const MOST_WAITING = 3;

let waiting = [];
let clock = 0;

/** Say a sentence soon; when many come at once, the oldest give way. */
export function announce(sentence) {
  waiting = [...waiting, sentence].slice(-MOST_WAITING);
  if (!clock) sayNext();
}

function sayNext() {
  const sentence = waiting.shift();
  clock = sentence === undefined ? 0 : setTimeout(sayNext, PAUSE_MILLISECONDS);
  if (sentence !== undefined) find("announcements").textContent = sentence;
}

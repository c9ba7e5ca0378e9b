/** The one notice above everything: the server is away, the queue is full, a request was refused. */

import { Refusal, Unreachable } from "./api.js";
import { find, make } from "./elements.js";

const SECOND = 1000;
const OPENINGS = { full: "The queue is full: " };
const HINTS = { away: " Trying again." };

let clock = 0;

/** Show an error of a call; one that says when to come again counts down. */
export function showProblem(error) {
  if (error instanceof Refusal && error.status === 401) return; // the token's dialog is open
  const kind = kindOf(error);
  draw(kind, error.message);
  if (kind === "full") countDown(error.waitSeconds);
}

/** Show a fact that is no call's error. */
export function showNotice(message, kind = "unreadable") {
  draw(kind, message);
}

/** Take the notice away, where it is of this kind or no kind is named. */
export function clearProblem(kind = "") {
  const notice = find("problem");
  if (notice.hidden || (kind && notice.dataset.kind !== kind)) return;
  clearInterval(clock);
  notice.hidden = true;
  notice.replaceChildren();
}

function kindOf(error) {
  if (error instanceof Unreachable) return "away";
  if (!(error instanceof Refusal)) throw error; // a fault of the page; the console has it
  return { 429: "full", 503: "away" }[error.status] ?? "refused";
}

function draw(kind, message) {
  const notice = find("problem");
  if (!notice.hidden && notice.dataset.kind === kind && notice.dataset.message === message) return;
  clearInterval(clock);
  Object.assign(notice.dataset, { kind, message });
  const dismiss = make("button", { type: "button", className: "quiet", textContent: "Dismiss" });
  dismiss.addEventListener("click", () => clearProblem());
  notice.replaceChildren(
    make("p", {}, sentence(`${OPENINGS[kind] ?? ""}${message}`), make("span", { className: "wait" }, HINTS[kind] ?? "")),
    dismiss,
  );
  notice.hidden = false;
}

function countDown(seconds) {
  const wait = find("problem").querySelector(".wait");
  // Read out once, with the message; the seconds that pass are for the eye.
  wait.setAttribute("aria-live", "off");
  const end = Date.now() + seconds * SECOND;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / SECOND);
    wait.textContent = left > 0 ? ` Try again in ${left} s.` : " Try again now.";
    if (left <= 0) clearInterval(clock);
  };
  clearInterval(clock);
  tick();
  clock = setInterval(tick, SECOND);
}

/** The server's words as a sentence; a file's name at its beginning stays as it is. */
export function sentence(text) {
  const isName = /^\S+\.\w/.test(text);
  const begun = isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

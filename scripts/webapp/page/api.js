/** The server's HTTP API: every call goes through here, and every refusal is an error. */

/** The path that the server stands under; empty at the root. */
const BASE = new URL("..", import.meta.url).pathname.slice(0, -1);

/** Return a path of the API as it is here; links of the server's own are so already. */
export function at(path) {
  return BASE && path.startsWith(`${BASE}/`) ? path : BASE + path;
}

const DEFAULT_WAIT_SECONDS = 5;

/** The server said no; `message` is its own words. */
export class Refusal extends Error {
  constructor(status, detail, field, waitSeconds) {
    super(detail);
    this.status = status;
    this.field = field;
    this.waitSeconds = waitSeconds;
  }

  /** Waiting helps: the queue is full, or the server of the queue is away. */
  get isPassing() {
    return this.status === 429 || this.status === 503;
  }
}

/** Nothing answers at all. */
export class Unreachable extends Error {}

/** Tells with the event "locked" that a token is needed. */
export const door = new EventTarget();

/** Return the answer's JSON, or null where it has no content. */
export async function call(method, path, options = {}) {
  const answer = await ask(method, path, options);
  return answer.status === 204 ? null : answer.json();
}

/** Return the answer's text. */
export async function callText(path, options = {}) {
  return (await ask("GET", path, options)).text();
}

/** Return the answer itself, whose body is yet to be read. */
export async function ask(method, path, { json, form, signal } = {}) {
  const options = { method, signal, body: form };
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(at(path), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable("This page does not reach its server.");
  }
  if (answer.ok) return answer;
  throw await readRefusal(answer, path);
}

async function readRefusal(answer, path) {
  if (answer.status === 401 && path !== "/session") door.dispatchEvent(new Event("locked"));
  const wait = Number(answer.headers.get("Retry-After")) || DEFAULT_WAIT_SECONDS;
  let problem = {};
  if (answer.headers.get("Content-Type")?.includes("json")) problem = await answer.json();
  const detail = problem.detail || `The server answers ${answer.status} ${answer.statusText}.`;
  return new Refusal(answer.status, detail, problem.field || "", wait);
}

/** The server's token: asked for once, then kept in a cookie that scripts cannot read. */

import { call, door, Refusal } from "./api.js";
import { find, show } from "./elements.js";
import { clearProblem, sentence } from "./problem.js";

/** Resolve once the server lets this browser in. */
export async function openSession() {
  const session = await call("GET", "/session");
  clearProblem("away");
  show(find("forget-token"), session.needs_token && session.is_open);
  if (!session.is_open) await askForToken();
}

/** Ask again whenever an answer says that the token is no longer right. */
export function watchDoor() {
  door.addEventListener("locked", () => askForToken());
  find("forget-token").addEventListener("click", async () => {
    await call("DELETE", "/session");
    location.reload();
  });
}

let asking = null;

function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = find("token-dialog");
    const form = find("token-form");
    const input = find("token");
    dialog.addEventListener("close", reopen);
    form.addEventListener("submit", submit);
    dialog.showModal();

    async function submit(event) {
      event.preventDefault();
      find("token-error").textContent = "";
      try {
        await call("POST", "/session", { json: { token: input.value } });
      } catch (error) {
        find("token-error").textContent = explain(error);
        input.select();
        return;
      }
      input.value = "";
      form.removeEventListener("submit", submit);
      dialog.removeEventListener("close", reopen);
      dialog.close();
      show(find("forget-token"), true);
      asking = null;
      resolve();
    }
  });
  return asking;
}

// Escape closes any dialog; behind this one there is nothing to go back to.
function reopen(event) {
  event.currentTarget.showModal();
}

function explain(error) {
  if (error instanceof Refusal && error.field === "token") return "Give the token.";
  return sentence(error.message);
}

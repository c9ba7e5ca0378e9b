"""One visitor's tab: the page by its roles and names, and what went wrong in it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, expect

from tests.conftest import eventually

READY_MILLISECONDS = 60_000
PATIENT_SECONDS = 300
"""For what a worker must do first, on a busy machine."""

_ENDED = {"finished", "failed", "cancelled"}

_WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""

_STATE_AND_PERCENTAGE = """
card => [card.dataset.state, Number(card.querySelector("[role=progressbar]").ariaValueNow)]
"""


class Tab:
    """A page that is open and drawn."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Open `url`."""
        expect.set_options(timeout=READY_MILLISECONDS)
        self.faults: list[str] = []
        self._forgiven: tuple[str, ...] = ()
        self.context = context
        context.set_default_timeout(READY_MILLISECONDS)
        context.add_init_script(_WATCH_POLICY)
        self.page = context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)

    def await_ready(self) -> None:
        """Wait until the server's first answer is drawn."""
        expect(self.page.locator("html")).to_have_attribute("data-ready", "true")

    def forgive(self, *words: str) -> None:
        """Take lines of the console with one of `words` for what the test itself has caused.

        Chromium writes one for every answer above 399, whoever handles it.
        """
        self._forgiven += words

    def button(self, name: str) -> Locator:
        """Return a button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def write(self, text: str) -> None:
        """Put `text` into the box."""
        self.page.get_by_role("textbox", name="Text").fill(text)

    def speak(self, text: str) -> Locator:
        """Write and submit `text`; return the card of its job."""
        self.write(text)
        with self.page.expect_response(lambda answer: answer.url.endswith("/v1/jobs")) as answered:
            self.button("Speak").click()
        return self.card(answered.value.json()["id"])

    def card(self, job_id: str) -> Locator:
        """Return the card of a job."""
        return self.page.locator(f'#jobs article[data-job-id="{job_id}"]')

    def await_state(self, card: Locator, state: str) -> None:
        """Wait until a job or a book has come to `state`."""
        expect(card).to_have_attribute("data-state", state, timeout=PATIENT_SECONDS * 1000)

    def watch(self, card: Locator) -> list[tuple[str, int]]:
        """Return the states and percentages that a card shows until its job has ended."""
        seen: list[tuple[str, int]] = []

        def look() -> bool:
            state, percentage = card.evaluate(_STATE_AND_PERCENTAGE)
            if (state, percentage) not in seen[-1:]:
                seen.append((state, percentage))
            return state in _ENDED

        eventually(look, PATIENT_SECONDS)
        return seen

    def close(self) -> None:
        """Close the tab, its cookies and its files."""
        self.context.close()

    def _note(self, message: ConsoleMessage) -> None:
        words = message.text
        if message.type in {"error", "warning"} and not any(w in words for w in self._forgiven):
            self.faults.append(f"{message.type}: {words} ({message.location.get('url', '')})")

"""Pictures of the page, for people to look at: light, dark and on a phone.

``python -m tests.browser.screenshots DIR`` starts a server, a gateway and a worker on the real
model, fills the page with jobs in every state and a book, and leaves PNG files in DIR. What the
page wrote into the console is printed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, expect, sync_playwright

from jobs.settings import default_cache_dir
from tests.browser.tab import PATIENT_SECONDS, Tab
from tests.browser.texts import SHORT, text_of
from tests.builders.epubs import chapter, write_epub
from tests.conftest import run_server
from tests.fakes.web import Site, submit, wait_for

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
PHONE["has_touch"] = True
LOOKS: dict[str, dict[str, Any]] = {
    f"{name}-{scheme}": screen | {"color_scheme": scheme}
    for name, screen in (("desk", DESK), ("phone", PHONE))
    for scheme in ("light", "dark")
}


def main(directory: Path) -> None:
    """Take all pictures."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ktts-") as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        book = make_book(Path(place))
        for server in run_server():
            site = Site(server, Path(place))
            with site.serve() as client:
                for name in LOOKS:
                    with open_tab(browser, site, name) as tab:
                        tab.page.screenshot(path=directory / f"{name}-1-no-worker.png")
                with site.model_worker(default_cache_dir() / "model"):
                    finished = fill(client, book)
                    for name in LOOKS:
                        with open_tab(browser, site, name) as tab:
                            visit(tab, directory / name, book, finished)
        browser.close()


def make_book(place: Path) -> Path:
    """Write a book of twelve chapters."""
    pages = {
        f"{number}.xhtml": chapter(f"Chapter {number}: The Harbour", text_of(str(number), 2))
        for number in range(1, 13)
    }
    contents = [(f"Chapter {number}: The Harbour", name) for number, name in enumerate(pages, 1)]
    return write_epub(place / "harbour.epub", pages, contents=contents)


def fill(client: httpx.Client, book: Path) -> str:
    """Submit what the pictures show: every state there is; return the finished job's id."""
    finished = submit(client, text=SHORT)
    failed = submit(client, text="\N{BLACK STAR} \N{BLACK STAR} \N{BLACK STAR}")
    cancelled = submit(client, text=text_of("a job that somebody cancelled", 3))
    client.delete(f"/v1/jobs/{cancelled}")
    wait_for(client, finished)
    wait_for(client, failed, "failed")
    with book.open("rb") as file:
        client.post("/v1/batches", files={"file": (book.name, file)}, data={"chapters": "1-3"})
    return finished


@contextmanager
def open_tab(browser: Browser, site: Site, name: str) -> Iterator[Tab]:
    """Open the page as one look has it."""
    tab = Tab(browser.new_context(**LOOKS[name]), site.url)
    tab.await_ready()
    yield tab
    for fault in tab.faults:
        print(f"{name}: {fault}")
    tab.close()


def visit(tab: Tab, place: Path, book: Path, finished: str) -> None:
    """Take the pictures of one look; their names begin as `place` does."""
    page = tab.page
    running = tab.speak(text_of(f"a long job, seen in {place.name}", 12))
    expect(running).to_have_attribute("data-state", "running", timeout=PATIENT_SECONDS * 1000)
    running.get_by_role("button", name="Play").click()
    tab.write(text_of("what is to be spoken", 2))
    page.wait_for_timeout(4_000)
    page.screenshot(path=f"{place}-2-running.png", full_page=True)
    running.get_by_role("button", name="Cancel").click()
    card = tab.card(finished)
    card.locator(".card-toggle").click()
    card.get_by_role("button", name="Play").click()
    page.wait_for_timeout(2_500)
    page.screenshot(path=f"{place}-3-finished.png", full_page=True)
    page.locator("#voice").click()
    page.keyboard.press("ArrowDown")
    page.screenshot(path=f"{place}-4-voices.png")
    page.keyboard.press("Escape")
    page.locator("#file").set_input_files(book)
    expect(page.get_by_role("checkbox", name="Chapter 12")).to_be_visible()
    page.screenshot(path=f"{place}-5-book.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

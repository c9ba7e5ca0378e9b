"""Long lists, and what the forms send: on a gateway without a worker, whose answers are posed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from jobs.books.manifest import batch_dir
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.builders.epubs import chapter, write_epub
from tests.fakes.web import Site

JOBS = 1_000
LONGEST_MILLISECONDS = 500
"""That the page may not answer, on a machine that does other things, too."""

_WATCH_TASKS = """
() => {
  window.longest = 0;
  new PerformanceObserver(list => list.getEntries().forEach(
    entry => { window.longest = Math.max(window.longest, entry.duration); }
  )).observe({ type: "longtask" });
}
"""


def make_job(at: int, status: str = "finished") -> dict[str, Any]:
    """Return what the server says of a job."""
    job_id, moment = f"{at:032x}", f"2026-01-01T00:{at // 60 % 60:02}:{at % 60:02}Z"
    return {
        "id": job_id,
        "status": status,
        "queue": "default",
        "voice": "af_heart",
        "file": f"{job_id}.mp3",
        "characters": 20,
        "progress": {"chunks": 1, "fraction": 1.0, "audio_seconds": 2.0, "real_time_factor": 0.2},
        "worker": None,
        "enqueued_at": moment,
        "started_at": moment,
        "ended_at": moment,
        "error": None,
        "result": {"audio_seconds": 2.0},
        "links": {"self": f"/v1/jobs/{job_id}", "captions": "", "audio": ""},
    }


class PosedJobs:
    """Answers the page's questions for jobs that have ended, and notes how many it asked for."""

    def __init__(self, tab: Tab, number: int) -> None:
        """Pose `number` jobs before the tab asks again."""
        self.jobs = [make_job(at) for at in reversed(range(number))]
        tab.page.route("**/v1/queue", self.answer_queue)
        tab.page.route("**/v1/jobs?*", self.answer_jobs)
        tab.page.route("**/v1/jobs/*/text*", lambda route: route.fulfill(body="A text."))
        tab.page.reload()

    def answer_queue(self, route: Route) -> None:
        counts = {"waiting": {"default": 0}, "waiting_characters": 0, "running": 0}
        ended = {"finished": len(self.jobs), "failed": 0, "cancelled": 0, "workers": ["w1"]}
        route.fulfill(json=counts | ended)

    def answer_jobs(self, route: Route) -> None:
        wanted = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))
        if wanted["status"] != "finished":
            route.fulfill(json={"jobs": [], "next_cursor": None})
            return
        start = int(wanted["cursor"])
        end = start + int(wanted["limit"])
        more = str(end) if end < len(self.jobs) else None
        route.fulfill(json={"jobs": self.jobs[start:end], "next_cursor": more})


def test_a_thousand_jobs_do_not_hold_up_the_page(lonely_tab: Tab):
    """All are loaded, drawn and changed, and the page answers meanwhile."""
    posed = PosedJobs(lonely_tab, JOBS)
    page, cards = lonely_tab.page, lonely_tab.page.locator("#jobs article")
    page.evaluate(_WATCH_TASKS)
    more = lonely_tab.button("Load more")
    for number in (50, 100, 200, 400, 800):
        expect(cards).to_have_count(number)
        more.evaluate("button => button.click()")
    expect(cards).to_have_count(JOBS)
    expect(more).to_be_hidden()

    posed.jobs.insert(0, make_job(JOBS))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(cards).to_have_count(JOBS + 1)

    assert page.evaluate("window.longest") < LONGEST_MILLISECONDS


def test_a_job_is_removed_from_the_list_and_put_back(lonely_tab: Tab):
    """The list stays so for who comes back; nothing is asked of the server."""
    PosedJobs(lonely_tab, 3)
    page, cards = lonely_tab.page, lonely_tab.page.locator("#jobs article")
    expect(cards).to_have_count(3)

    cards.first.get_by_role("button", name="Remove").click()
    expect(cards).to_have_count(2)
    page.reload()
    expect(cards).to_have_count(2)
    lonely_tab.button("Remove ended").click()
    expect(cards).to_have_count(0)
    page.get_by_role("combobox", name="Show").select_option("removed")
    expect(cards).to_have_count(3)
    cards.first.get_by_role("button", name="Put back").click()
    page.get_by_role("combobox", name="Show").select_option("all")
    expect(cards).to_have_count(1)


def test_a_text_is_sent_with_a_blend_and_a_queue(lonely_tab: Tab):
    """Two voices with their shares; mp3 is what one gets who chooses nothing."""
    page = lonely_tab.page
    page.get_by_text("Blend with a second voice").click()
    page.get_by_label("Second voice").select_option("am_adam")
    page.get_by_label("Its share").fill("40")
    page.get_by_role("combobox", name="Queue").select_option("interactive")
    lonely_tab.write("Two of us.")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        lonely_tab.button("Speak").click()

    assert json.loads(sent.value.post_data or "") == {
        "text": "Two of us.",
        "voice": "af_heart:0.60,am_adam:0.40",
        "speed": 1,
        "format": "mp3",
        "queue": "interactive",
    }


def test_a_book_is_sent_with_its_speed_and_roles(
    lonely_tab: Tab, lonely_site: Site, tmp_path: Path
):
    """A name of a play, dialogue and pace go with the file; the last step is called by its name."""
    page = lonely_tab.page
    pages = {
        "1.xhtml": chapter("One", "“Rain,” she said."),
        "2.xhtml": chapter("Two", "LANE: It was."),
    }
    page.locator("#file").set_input_files(write_epub(tmp_path / "book.epub", pages))
    page.get_by_label("Speed of the book").fill("1.25")
    page.get_by_text("Other voices for dialogue").click()
    page.get_by_label("Queue of the book").select_option("interactive")
    page.get_by_label("Dialogue").select_option("bf_emma")
    page.get_by_label("Names of a play").fill("LANE = bm_lewis")
    with page.expect_response(lambda answer: answer.url.endswith("/v1/batches")) as answered:
        lonely_tab.button("Make audiobook").click()

    receipt = answered.value.json()
    book_dir = batch_dir(lonely_site.settings.output_dir, receipt["id"])
    manifest = (book_dir / "manifest.json").read_text()
    assert {name for name in ("bf_emma", "bm_lewis", "1.25") if name in manifest} == {
        *("bf_emma", "bm_lewis", "1.25")
    }
    assert page.request.get(f"{lonely_site.url}/v1/queue").json()["waiting"]["interactive"] > 0
    card = page.locator("#books article")
    expect(card).to_have_attribute("data-state", "queued")
    book = page.request.get(f"{lonely_site.url}{receipt['link']}").json()
    posed = book | {"fraction": 1.0, "status": "running"}
    page.route(f"**{book['link']}", lambda route: route.fulfill(json=posed))
    expect(card.locator(".card-state")).to_have_text("Jane Writer · Writing the book")


@pytest.mark.parametrize("is_phone", [False, True])
def test_nothing_is_dropped_on_a_phone(open_tab: OpenTab, lonely_site: Site, *, is_phone: bool):
    """The box says how a text gets into it, as it does there."""
    tab = open_tab(lonely_site.url, is_mobile=is_phone, has_touch=is_phone)
    tab.await_ready()
    hint = tab.page.get_by_role("textbox", name="Text").get_attribute("placeholder") or ""

    assert ("drop" in hint) is not is_phone

"""What goes wrong is said in words, where it went wrong, and it passes when its cause has."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.fakes.web import Site

pytestmark = pytest.mark.timeout(300)


def test_nothing_is_not_sent(lonely_tab: Tab):
    """An empty text is answered on the spot, and the text box has the focus."""
    lonely_tab.button("Speak").click()

    expect(lonely_tab.page.locator("#composer-error")).not_to_be_empty()
    expect(lonely_tab.page.get_by_role("textbox", name="Text")).to_be_focused()
    assert lonely_tab.page.locator("#jobs article").count() == 0


def test_a_text_that_is_refused(lonely_tab: Tab):
    """The server's reason is shown, what was written stays."""
    lonely_tab.forgive("status of 413", "status of 422")
    lonely_tab.write("word " * 100)
    lonely_tab.button("Speak").click()

    expect(lonely_tab.page.get_by_role("alert").filter(has_text="300")).to_be_visible()
    expect(lonely_tab.page.get_by_role("textbox", name="Text")).to_have_value("word " * 100)


def test_a_full_queue(lonely_tab: Tab):
    """A third job is refused with words, the text stays, and a cancelled one makes room for it."""
    lonely_tab.forgive("status of 429")
    first = lonely_tab.speak("The first one waits.")
    lonely_tab.speak("The second one waits.")
    lonely_tab.write("The third one has no place.")
    lonely_tab.button("Speak").click()

    problem = lonely_tab.page.locator("#problem")
    expect(problem).to_be_visible()
    expect(problem).to_have_attribute("data-kind", "full")
    expect(problem).to_contain_text("queue is full", ignore_case=True)
    lonely_tab.button("Dismiss").click()
    expect(problem).to_be_hidden()
    first.get_by_role("button", name="Cancel").click()
    lonely_tab.await_state(first, "cancelled")
    expect(lonely_tab.speak("The third one has no place.")).to_be_visible()


def test_without_a_worker_it_says_so(lonely_tab: Tab, lonely_site: Site):
    """The job waits and the page says why; a worker that comes takes it, and the words go."""
    note = lonely_tab.page.locator("#workers-note")
    expect(note).to_have_attribute("data-state", "none")
    expect(note).to_contain_text("No worker")
    card = lonely_tab.speak("Somebody will come.")
    lonely_tab.await_state(card, "queued")
    expect(lonely_tab.page.locator("#waiting")).to_have_text("1")
    with lonely_site.worker():
        lonely_tab.await_state(card, "finished")
        expect(note).to_be_hidden()
        expect(lonely_tab.page.locator("#workers [data-worker]")).to_have_count(1)

    expect(note).to_be_visible()


def test_a_job_that_fails_says_why(lonely_tab: Tab, lonely_site: Site):
    """The worker's reason stands on the card, beside the button that tries again."""
    card = lonely_tab.speak("This one says BOOM.")
    with lonely_site.worker():
        lonely_tab.await_state(card, "failed")

    expect(card.locator(".card-error")).to_contain_text("BOOM")
    expect(card.get_by_role("button", name="Retry")).to_be_visible()


def test_a_server_that_is_away_and_comes_back(lonely_tab: Tab):
    """The page says that it cannot reach the server, and goes on by itself when it can."""
    lonely_tab.forgive("net::ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    problem = lonely_tab.page.locator("#problem")
    lonely_tab.context.set_offline(True)
    expect(problem).to_have_attribute("data-kind", "away")
    expect(problem).to_be_visible()
    lonely_tab.context.set_offline(False)

    expect(problem).to_be_hidden()
    expect(lonely_tab.speak("It is back.")).to_be_visible()


def test_what_people_write_is_text_and_nothing_else(lonely_tab: Tab):
    """Markup in a text is shown as it was written, and runs nothing."""
    hostile = "<img src=x onerror=alert(1)><b>bold</b> &amp; ${1}"
    card = lonely_tab.speak(hostile)

    expect(card.get_by_role("heading")).to_contain_text(hostile)
    assert lonely_tab.page.locator("#jobs img, #jobs b").count() == 0


def test_a_server_with_a_token(open_tab: OpenTab, lonely_site: Site):
    """A wrong token is refused in words, the right one opens the page, and it can be forgotten."""
    with lonely_site.serve(KTTS_WEB_TOKENS="open-sesame") as client:
        tab = open_tab(str(client.base_url))
        tab.forgive("status of 401")
        dialog = tab.page.get_by_role("dialog", name="Token")
        dialog.get_by_role("textbox", name="Token").fill("sesame")
        dialog.get_by_role("button", name="Open").click()
        expect(dialog.get_by_role("alert")).not_to_be_empty()
        dialog.get_by_role("textbox", name="Token").fill("open-sesame")
        tab.page.keyboard.press("Enter")
        tab.await_ready()
        expect(dialog).to_be_hidden()
        expect(tab.page.locator("#waiting")).to_have_text(re.compile(r"\d"))
        tab.button("Forget token").click()

        expect(dialog).to_be_visible()
        assert tab.context.cookies() == []
        tab.close()

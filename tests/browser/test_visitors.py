"""Who has no mouse, a small screen, a dark one or none at all."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.hearing import await_sound, duration, listen, position
from tests.browser.tab import Tab
from tests.browser.texts import SHORT
from tests.builders.epubs import chapter, write_epub
from tests.conftest import eventually
from tests.fakes.web import Site

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_FOCUSED = "() => { const e = document.activeElement; return e.id || e.className || e.tagName; }"
_FOCUS_SHOWS = """
() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" || style.boxShadow !== "none";
}
"""


def walk(page: Page, name: str) -> None:
    """Press Tab until the element of this id or class has the focus; each stop must be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUS_SHOWS), page.evaluate(_FOCUSED)
        if name in page.evaluate(_FOCUSED).split():
            return
    pytest.fail(f"the keyboard does not come to {name}")


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong, in a line each."""
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
    ]


def test_everything_by_keyboard(tab: Tab):
    """Write, choose a voice, submit, play and pause; the focus can be seen on the whole way."""
    page = tab.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("It is all done by hand, and there is time enough to stop it.")
    walk(page, "voice")
    page.keyboard.press("Control+a")
    page.keyboard.type("emma")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#voice")).to_have_attribute("data-voice", "bf_emma")
    walk(page, "speed")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#speed")).to_have_value("1.05")
    page.locator("#text").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/v1/jobs")) as answered:
        page.keyboard.press("Control+Enter")
    card = tab.card(answered.value.json()["id"])
    tab.await_state(card, "finished")
    listen(card.locator("audio"))
    walk(page, "play")
    page.keyboard.press("Space")

    await_sound(card.locator("audio"))
    page.keyboard.press("Space")
    eventually(lambda: card.locator("audio").evaluate("audio => audio.paused"))
    assert position(card.locator("audio")) < duration(card.locator("audio"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("context", [{}, PHONE], ids=["desk", "phone"])
def test_nothing_stands_in_anybodys_way(open_tab: OpenTab, site: Site, scheme: str, context: dict):
    """Names, roles, contrast, sizes: axe finds nothing, and nothing is wider than the screen."""
    tab = open_tab(site.url, color_scheme=scheme, **context)
    tab.await_ready()
    tab.await_state(tab.speak(SHORT), "finished")
    expect(tab.page.locator("#jobs .cue").first).to_be_visible()

    assert violations(tab.page) == []
    width = "() => [document.documentElement.scrollWidth, innerWidth]"
    assert tab.page.evaluate(width)[0] <= tab.page.evaluate(width)[1]


def test_the_dialog_of_a_book_stands_in_nobodys_way(tab: Tab, tmp_path):
    """It passes axe as well, and Escape closes it."""
    book = write_epub(tmp_path / "small.epub", {"one.xhtml": chapter("One", "It is short.")})
    tab.page.locator("#file").set_input_files(book)
    dialog = tab.page.get_by_role("dialog", name="Make an audiobook")
    expect(dialog.get_by_role("checkbox", name="One")).to_be_visible()

    assert violations(tab.page) == []
    tab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_text_file_is_dropped_on_the_page(tab: Tab):
    """Its text stands in the box, ready to be spoken."""
    transfer = tab.page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["It was dropped."], "note.txt", { type: "text/plain" }));
          return transfer;
        }"""
    )
    tab.page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    tab.page.dispatch_event("body", "drop", {"dataTransfer": transfer})

    expect(tab.page.get_by_role("textbox", name="Text")).to_have_value("It was dropped.")

"""A book is dropped on the page, a chapter of it chosen, made and heard: with the real model."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.hearing import AUDIBLE, await_sound, decode, listen
from tests.browser.tab import Tab
from tests.builders.epubs import chapter, write_epub
from tests.fakes.web import Site

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

CHAPTERS = {
    "one.xhtml": ("The Harbour", "The boats came in at six. Nobody waved."),
    "two.xhtml": ("The <i>Hill</i>", "From the hill one saw all of it. The sea lay still."),
    "three.xhtml": ("The Bell", "Then the bell rang. They all went home."),
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return an EPUB of three short chapters, one of which has markup in its title."""
    return write_epub(
        tmp_path / "harbour.epub",
        {name: chapter(title, text) for name, (title, text) in CHAPTERS.items()},
        contents=[(title.replace("<", "&lt;"), name) for name, (title, _) in CHAPTERS.items()],
    )


def choose(tab: Tab, book: Path) -> Locator:
    """Give a file to the page and return the dialog that it opens."""
    tab.page.locator("#file").set_input_files(book)
    dialog = tab.page.get_by_role("dialog", name="Make an audiobook")
    expect(dialog).to_be_visible()
    return dialog


def test_the_first_chapter_of_a_book(tab: Tab, site: Site, book: Path):
    """Of three chapters one is chosen; it is made, played and downloaded, and nothing else is."""
    dialog = choose(tab, book)
    expect(dialog.get_by_role("checkbox", name="The Bell")).to_be_checked()
    dialog.get_by_role("button", name="None").click()
    dialog.get_by_role("checkbox", name="The Harbour").check()
    dialog.get_by_role("combobox", name="Book format").select_option("flac")
    dialog.get_by_role("button", name="Make audiobook").click()
    expect(dialog).to_be_hidden()
    card = tab.page.locator("#books article").filter(has_text="A Small Book")
    tab.await_state(card, "finished")

    expect(card.locator("ol.chapters li")).to_have_count(1)
    with tab.page.expect_download() as download:
        card.locator("a.download").filter(has_text=".flac").click()
    content = Path(download.value.path()).read_bytes()
    with av.open(io.BytesIO(content)) as container:
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert 2 < seconds < 15
    card.locator("summary").click()
    audio = card.locator("audio")
    listen(audio)
    card.locator("ol.chapters").get_by_role("button", name="Play").click()
    await_sound(audio)
    assert decode(audio).level > AUDIBLE


def test_titles_of_a_book_are_text(tab: Tab, book: Path):
    """Markup in a chapter's title is shown as it is; the dialog goes away without a book."""
    dialog = choose(tab, book)

    expect(dialog.get_by_role("checkbox", name="The <i>Hill</i>")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_a_file_that_is_no_book(tab: Tab, tmp_path: Path):
    """The server's words stand in the dialog, and nothing can be made of it."""
    tab.forgive("status of 422")
    broken = tmp_path / "broken.epub"
    broken.write_bytes(b"this is no zip")
    dialog = choose(tab, broken)

    expect(dialog.get_by_role("alert")).to_contain_text("broken.epub")
    expect(dialog.get_by_role("button", name="Make audiobook")).to_be_disabled()

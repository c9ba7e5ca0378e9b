"""docs/lexicon.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.request import SpeechRequest
from scripts.audiobook.plan.word_list import read_lexicon
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "lexicon.md").read_text(encoding="utf-8")


def test_the_word_list_of_the_page_is_one(tmp_path: Path) -> None:
    """The example is read, and its entries do what the comments say."""
    path = tmp_path / "words.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")

    words = read_lexicon(path)

    assert words.entries_for("Ukridge, Milly, us, US, hobbitish, New Orleans", "b") == {
        "US": "ˌjuˈɛs",
        "hobbitish": "say:hawbitish",
        "milly": "say:Millie",
        "new orleans": "say:New Orlins",
        "ukridge": "ˈjukɹɪʤ",
    }
    assert words.entries_for("Holmes, Ukridge", "f") == {"holmes": "say:Olmse"}


def test_the_request_of_the_page_is_one() -> None:
    """The example for programs is a valid request."""
    example = re.search(r"`SpeechRequest\(text, lexicon=(\{[^`]*\})\)`", PAGE)[1]
    lexicon = dict(re.findall(r'"(\w+)": "([^"]+)"', example))

    assert SpeechRequest(text="Milly", lexicon=lexicon).lexicon["milly"] == "say:Millie"

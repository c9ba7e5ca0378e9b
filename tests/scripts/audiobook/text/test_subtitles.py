"""Subtitles as text."""

from __future__ import annotations

import pytest

from scripts.audiobook.text.subtitles import is_subtitles, read_subtitles

SRT = """1
00:00:01,000 --> 00:00:03,500
The boat has <i>left</i>

2
00:00:04,000 --> 00:00:06,000
{\\an8}before dawn.

3
00:00:07,000 --> 00:00:09,000
- Who saw it?
- Nobody in 1984.
"""
VTT = """WEBVTT - A film

STYLE
::cue { color: red }

NOTE
Made by hand.

first
00:01.000 --> 00:03.500 align:start
<v Anna>The boat &amp; the crew have left

00:04.000 --> 00:06.000
before dawn.
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SRT, ["The boat has left before dawn.", "Who saw it?", "Nobody in 1984."]),
        (VTT, ["The boat & the crew have left before dawn."]),
    ],
)
def test_what_is_said_is_read_without_numbers_times_and_styles(text: str, said: list[str]) -> None:
    """A sentence that goes on in the next subtitle is one; two speakers are two paragraphs."""
    assert is_subtitles(text)
    assert read_subtitles(text).split("\n\n") == said


@pytest.mark.parametrize("text", ["10:05 --> we left.", "1\n\nThe boat.", "", "WEBVTT is old."])
def test_other_texts_are_none(text: str) -> None:
    """Times make subtitles, and only at the start."""
    assert not is_subtitles(text)

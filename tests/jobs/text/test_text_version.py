"""The versions of reading, cutting and pausing, and what is said of a change."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from jobs.text import pauses, text_version
from jobs.text.markup import PAUSE, read_pause, write_pause
from jobs.text.pauses import PAUSES, PauseTable
from jobs.text.text_version import describe_change


@pytest.mark.parametrize("name", [field.name for field in fields(PauseTable)])
def test_every_pause_is_in_the_fingerprint(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed length needs no new version to be noticed."""
    changed = replace(PAUSES, **{name: getattr(PAUSES, name) + 0.01})
    before = text_version.text_version()

    monkeypatch.setattr(pauses, "PAUSES", changed)

    assert text_version.text_version()["pauses"] != before["pauses"]


def test_the_version_of_the_pauses_is_in_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lengths may come to be applied otherwise."""
    before = PAUSES.fingerprint

    monkeypatch.setattr(pauses, "PAUSES_VERSION", "next")

    assert PAUSES.fingerprint != before


def test_what_differs_is_named() -> None:
    """What had no version counts as other, and so does what is gone."""
    then = {"reading": "1", "chunker": "3", "spacy": "3.7"}
    now = {"reading": "2", "chunker": "3", "pauses": "1-aa"}

    assert describe_change(then, now) == (
        "reading rules 1, now 2; pauses none, now 1-aa; spacy 3.7, now none"
    )
    assert describe_change(now, now) == ""


@pytest.mark.parametrize("seconds", [0.35, 1.0, 2.0, 59.999])
def test_a_written_pause_is_read_as_it_was_meant(seconds: float) -> None:
    """Readers of books write pauses into the text, and workers read them from there."""
    match = PAUSE.fullmatch(write_pause(seconds))

    assert match is not None
    assert read_pause(match) == seconds

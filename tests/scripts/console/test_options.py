"""A request made of a command's options."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from jobs import QueueSettings, SpeechRequest
from jobs.errors import InvalidRequest
from scripts.console.options import build_request
from scripts.parsers.speech_parsers import add_request_options


def build(text: str, *options: str) -> SpeechRequest:
    """Return the request of a command line."""
    parser = argparse.ArgumentParser()
    add_request_options(parser, queue="default")
    return build_request(parser.parse_args(options), text, QueueSettings())


def test_roles_speak_where_the_text_names_them(tmp_path: Path) -> None:
    """Those of a file and voices of the catalogue; another name is refused with its place."""
    path = tmp_path / "roles.toml"
    path.write_text("Ann = 'bf_emma'", encoding="utf-8")

    request = build("[voice:Ann]One. [voice:am_adam]Two.", "--roles", str(path))

    assert {name: role.voice for name, role in request.speakers.items()} == {
        "Ann": "bf_emma",
        "am_adam": "am_adam",
    }
    with pytest.raises(InvalidRequest, match=r"line 1, column 5: \[voice:Bob\] is no speaker"):
        build("One [voice:Bob]Two.", "--roles", str(path))


def test_a_name_without_roles_is_words_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """It may have been meant as a voice."""
    assert build("One [voice:Bob]Two.").speakers == {}
    assert "[voice:Bob] names no voice" in capsys.readouterr().err

"""espeak-ng needs no place on disk, and says what it lacks where it falls back on one."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from jobs.errors import StartupError
from worker.pronunciation.phonemize import load_reader

pytestmark = pytest.mark.slow


def test_voices_speak_side_by_side_and_leave_nothing_on_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each has a copy of the library to itself, whatever becomes of the process."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    readers = {language: load_reader(language) for language in "fie"}

    for language, word, sound in (("f", "tous", "tˈus"), ("e", "días", "dˈias"), ("f", "à", "ˈa")):
        assert readers[language].spell(word).strip() == sound
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["there is none", "it allows no programs"])
def test_a_temporary_folder_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """Where memory holds no copy, the folder is tried; a worker ends with 78 and these words."""

    def refuse(*_: object) -> int:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "memfd_create", refuse)
    if fault == "there is none":
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    else:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        load = ctypes.cdll.LoadLibrary

        def load_elsewhere(name: str) -> ctypes.CDLL:
            if name.startswith(str(tmp_path)):
                raise OSError("failed to map segment from shared object")
            return load(name)

        monkeypatch.setattr(ctypes.cdll, "LoadLibrary", load_elsewhere)

    with pytest.raises(StartupError, match=f"{tmp_path}.*set TMPDIR") as caught:
        load_reader("f")
    assert caught.value.exit_code == 78

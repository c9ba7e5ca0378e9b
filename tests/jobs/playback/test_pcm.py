from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import CorruptJournal
from jobs.playback.journal import audio_file
from jobs.playback.pcm import read_pcm
from tests.builders.journals import JOB, write_chunks


def test_missing_audio_is_an_error_for_a_reader(tmp_path: Path) -> None:
    """Fewer bytes than the journal names are never taken for all of them."""
    write_chunks(tmp_path, 0, 1)

    with pytest.raises(CorruptJournal, match="lacks 60 bytes"):
        list(read_pcm(audio_file(tmp_path / JOB), 0, 120))

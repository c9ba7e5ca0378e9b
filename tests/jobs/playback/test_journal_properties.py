from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.playback.journal import audio_file, journal_file
from tests.builders.journals import (
    JOB,
    PCM,
    TEXT,
    make_line,
    open_writer,
    read_journal,
    write_chunks,
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work directory with all three chunks."""
    work_dir = tmp_path_factory.mktemp("undisturbed")
    write_chunks(work_dir, 0, 1, 2)
    return work_dir


@pytest.fixture(scope="module")
def sizes(undisturbed: Path) -> tuple[int, int]:
    """Bytes of the whole journal and of the whole audio."""
    job_dir = undisturbed / JOB
    return journal_file(job_dir).stat().st_size, audio_file(job_dir).stat().st_size


def redo(work_dir: Path) -> Iterator[int]:
    """Speak what is missing; yields the chunks that it took."""
    with open_writer(work_dir) as writer:
        for chunk in range(writer.totals.chunks, 3):
            writer.append(make_line(chunk), PCM[chunk])
            yield chunk
        writer.check_complete()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_cut_anywhere_the_journal_resumes_to_the_same_bytes(
    data: st.DataObject, undisturbed: Path, sizes: tuple[int, int]
) -> None:
    """Cut both files at any byte: what is left is a true prefix, and redoing gives equal bytes."""
    journal_bytes = data.draw(st.integers(0, sizes[0]), label="journal bytes")
    audio_bytes = data.draw(st.integers(0, sizes[1]), label="audio bytes")
    with tempfile.TemporaryDirectory() as folder:
        work_dir = Path(folder)
        job_dir = work_dir / JOB
        shutil.copytree(undisturbed / JOB, job_dir)
        os.truncate(journal_file(job_dir), journal_bytes)
        os.truncate(audio_file(job_dir), audio_bytes)

        redone = list(redo(work_dir))

        journal = read_journal(job_dir)
        assert journal is not None
        assert journal.lines == tuple(make_line(chunk) for chunk in range(3))
        assert audio_file(job_dir).read_bytes() == b"".join(PCM)
        assert redone == list(range(3 - len(redone), 3))
        assert "".join(TEXT[line.start : line.end] for line in journal.lines) == TEXT


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_cut_of_the_journal_alone_loses_only_what_was_cut(
    data: st.DataObject, undisturbed: Path, sizes: tuple[int, int]
) -> None:
    """Every chunk whose line is complete is kept."""
    journal_bytes = data.draw(st.integers(0, sizes[0]), label="journal bytes")
    with tempfile.TemporaryDirectory() as folder:
        work_dir = Path(folder)
        shutil.copytree(undisturbed / JOB, work_dir / JOB)
        os.truncate(journal_file(work_dir / JOB), journal_bytes)
        whole_lines = journal_file(work_dir / JOB).read_bytes().count(b"\n")

        redone = list(redo(work_dir))

        assert len(redone) == min(3, 4 - whole_lines)

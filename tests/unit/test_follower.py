from __future__ import annotations

from pathlib import Path

import pytest

from jobs.follower import JournalFollower
from jobs.journal import journal_file, read_journal
from tests.journals import JOB, PCM, make_line, open_writer


def read_new(follower: JournalFollower) -> list[tuple[int, bytes]]:
    """Return what came since the last call, each chunk's audio joined."""
    return [(line.chunk, b"".join(blocks)) for line, blocks in follower.new_chunks()]


def test_each_chunk_comes_once_and_as_soon_as_it_is_safe(tmp_path: Path) -> None:
    """A follower gets what is new since it last asked, and nothing that is half written."""
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        with JournalFollower(tmp_path / JOB) as follower:
            first = read_new(follower)
            again = read_new(follower)
            with journal_file(tmp_path / JOB).open("ab") as file:
                file.write(b'{"chunk":1,"sta')
                file.flush()
                torn = read_new(follower)
                file.truncate(file.tell() - 15)
            writer.append(make_line(1), PCM[1])
            writer.append(make_line(2), PCM[2])
            writer.discard()
            rest = read_new(follower)

    assert first == [(0, PCM[0])]
    assert (again, torn) == ([], [])
    assert rest == [(1, PCM[1]), (2, PCM[2])]


def test_before_the_journal_begins_there_is_nothing_to_follow(tmp_path: Path) -> None:
    """The caller tries again later; a reader sees no journal either."""
    with pytest.raises(FileNotFoundError):
        JournalFollower(tmp_path / JOB)

    assert read_journal(tmp_path / JOB) is None

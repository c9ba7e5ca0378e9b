from __future__ import annotations

from pathlib import Path

import pytest

from jobs.playback.journal import audio_file, journal_file
from jobs.playback.live_audio import JournalFollower
from tests.builders.journals import JOB, PCM, make_line, open_writer, read_journal


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


def test_a_chunk_that_was_cut_and_made_anew_is_read_anew(tmp_path: Path) -> None:
    """Of a crash in mid-write nothing stays in a follower's buffers, neither line nor audio."""
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        with JournalFollower(tmp_path / JOB) as follower:
            with (
                journal_file(tmp_path / JOB).open("ab") as lines,
                audio_file(tmp_path / JOB).open("ab") as audio,
            ):
                end = audio.tell()
                lines.write(b'{"chunk":9')
                audio.write(b"\x55" * 10)
                lines.flush()
                audio.flush()
                first = read_new(follower)
                lines.truncate(lines.tell() - 10)
                audio.truncate(end)
            writer.append(make_line(1), PCM[1])
            second = read_new(follower)
            replaced = follower.was_replaced()

    assert (first, second) == ([(0, PCM[0])], [(1, PCM[1])])
    assert not replaced


def test_a_journal_that_begins_anew_is_noticed(tmp_path: Path) -> None:
    """What was read of a journal that was set aside, or cut, is no part of the job's audio."""
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        follower = JournalFollower(tmp_path / JOB)
    before = follower.was_replaced()
    (tmp_path / JOB).rename(tmp_path / "aside")
    while_gone = follower.was_replaced()
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        after = follower.was_replaced()
    follower.__exit__()

    assert (before, while_gone, after) == (False, False, True)
    with JournalFollower(tmp_path / JOB) as cut:
        read_new(cut)
        journal_file(tmp_path / JOB).write_bytes(b"")
        assert cut.was_replaced()

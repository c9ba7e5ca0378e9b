"""The journal's writer (`worker.render.journal_writer`) on its format (`jobs.playback.journal`)."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import CorruptJournal, JournalBusy, OutputError
from jobs.playback.journal import (
    JournalFingerprint,
    audio_file,
    digest_fingerprint,
    encode_record,
    journal_file,
    lock_file,
)
from jobs.playback.pcm import read_pcm
from tests.builders.journals import (
    JOB,
    NEW,
    OLD,
    PCM,
    TEXT,
    make_line,
    open_writer,
    read_journal,
    write_chunks,
)
from worker.render.journal_writer import JournalTotals, hash_span


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Header, lines and audio come back as they went in."""
    write_chunks(tmp_path, 0, 1, 2)

    journal = read_journal(tmp_path / JOB)

    assert journal is not None
    assert journal.header.job_id == JOB
    assert journal.header.characters == 16
    assert journal.header.fingerprint == OLD
    assert journal.lines == (make_line(0), make_line(1), make_line(2))
    assert b"".join(read_pcm(audio_file(tmp_path / JOB), 0, 120)) == b"".join(PCM)


def test_a_second_writer_goes_on_after_the_last_chunk(tmp_path: Path) -> None:
    """Totals are those of all runs together."""
    write_chunks(tmp_path, 0, 1)

    with open_writer(tmp_path) as writer:
        totals = writer.totals
        writer.append(make_line(2), PCM[2])
        writer.check_complete()
        lines = list(writer.lines())

    assert (totals.chunks, totals.characters, totals.samples) == (2, 10, 30)
    assert (totals.phonemes, totals.seconds, totals.mixed) == (8, 1.0, False)
    assert lines == [make_line(0), make_line(1), make_line(2)]


def test_nothing_is_left_when_nothing_was_done(tmp_path: Path) -> None:
    """A run that ends before its first chunk leaves no work directory."""
    with pytest.raises(ZeroDivisionError), open_writer(tmp_path):
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_only_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second one is told so at once, and the first is not disturbed."""
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        with pytest.raises(JournalBusy, match="another process is at work on job 0123"):
            open_writer(tmp_path).__enter__()
        writer.append(make_line(1), PCM[1])

    journal = read_journal(tmp_path / JOB)
    assert journal is not None
    assert len(journal.lines) == 2


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """A process that is killed holds nothing up."""
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from worker.render.journal_writer import hold_lock\n"
        "with hold_lock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path / JOB], check=False, timeout=30)

    assert ended.returncode == -9
    assert lock_file(tmp_path / JOB).exists()
    write_chunks(tmp_path, 0)


def test_the_lock_of_a_removed_directory_does_not_count(tmp_path: Path) -> None:
    """After a finished writer has removed its directory, the next makes its own."""
    with open_writer(tmp_path) as writer:
        writer.discard()
        with open_writer(tmp_path) as second:
            second.append(make_line(0), PCM[0])

    assert read_journal(tmp_path / JOB) is not None


def test_audio_without_a_line_is_cut(tmp_path: Path) -> None:
    """A crash between the audio and its line costs that one chunk."""
    write_chunks(tmp_path, 0)
    with audio_file(tmp_path / JOB).open("ab") as file:
        file.write(b"\7" * 13)

    write_chunks(tmp_path, 1)

    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0] + PCM[1]


def test_a_torn_line_is_cut(tmp_path: Path) -> None:
    """A line that was half written is dropped together with its audio."""
    write_chunks(tmp_path, 0, 1)
    path = journal_file(tmp_path / JOB)
    path.write_bytes(path.read_bytes()[:-10])

    with open_writer(tmp_path) as writer:
        assert writer.totals.chunks == 1

    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0]
    write_chunks(tmp_path, 1)
    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0] + PCM[1]


def test_lines_without_their_audio_are_dropped(tmp_path: Path) -> None:
    """Where the disk lost audio, the journal goes back to what is there."""
    write_chunks(tmp_path, 0, 1, 2)
    os.truncate(audio_file(tmp_path / JOB), 59)

    write_chunks(tmp_path, 1, 2)

    assert audio_file(tmp_path / JOB).read_bytes() == b"".join(PCM)


def test_another_fingerprint_goes_on_and_is_told(tmp_path: Path) -> None:
    """Finished chunks are kept; the totals say that the audio is mixed."""
    write_chunks(tmp_path, 0)
    with open_writer(tmp_path, fingerprint=NEW) as writer:
        assert (writer.totals.mixed, writer.fingerprint) == (False, OLD)
        writer.append(make_line(1, NEW), PCM[1])
        assert (writer.totals.mixed, writer.fingerprint) == (True, NEW)
    with open_writer(tmp_path) as writer:
        writer.append(make_line(2), PCM[2])
        assert (writer.totals.mixed, writer.fingerprint) == (True, OLD)

    journal = read_journal(tmp_path / JOB)
    assert journal is not None
    assert journal.header.fingerprint == OLD
    assert [record.fingerprint for record in journal.fingerprints] == [NEW]


@pytest.mark.parametrize("then", [{"reading": "1"}, {"reading": "2", "pauses": "1"}, {}])
def test_what_was_journalled_under_other_rules_begins_anew(
    tmp_path: Path, then: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it is kept, one line says so, and the totals do not call the audio mixed."""
    with open_writer(tmp_path, rules=then) as writer:
        writer.append(make_line(0, OLD | then), PCM[0])
    before = journal_file(tmp_path / JOB).stat().st_ino
    rules = {"reading": "2"}

    with (
        caplog.at_level(logging.INFO),
        journal_file(tmp_path / JOB).open(),
        open_writer(tmp_path, fingerprint=NEW, rules=rules) as writer,
    ):
        assert writer.totals == JournalTotals()
        writer.append(make_line(0, NEW | rules), PCM[0])
        assert (writer.totals.mixed, writer.fingerprint) == (False, NEW | rules)

    journal = read_journal(tmp_path / JOB)
    assert journal is not None
    assert journal.header.fingerprint == NEW | rules
    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0]
    assert journal_file(tmp_path / JOB).stat().st_ino != before
    [line] = [record.message for record in caplog.records if record.levelname == "INFO"]
    assert f"job {JOB} was begun otherwise" in line
    assert "1 chunks are discarded" in line


def test_a_journal_that_another_text_half_went_on_with_begins_anew(tmp_path: Path) -> None:
    """An earlier version went on under other rules: one foreign line is enough."""
    older = {"chunker": "2"}
    write_chunks(tmp_path, 0)
    lines = journal_file(tmp_path / JOB)
    changed = JournalFingerprint(digest_fingerprint(OLD | older), OLD | older)
    lines.write_bytes(lines.read_bytes() + encode_record(changed))

    with open_writer(tmp_path) as writer:
        assert writer.totals.chunks == 0


def test_a_complete_journal_whose_file_has_its_name_is_kept(tmp_path: Path) -> None:
    """What is being published has one reading; only its sidecar is missing."""
    write_chunks(tmp_path, 0, 1, 2)

    with open_writer(tmp_path, rules={"reading": "2"}, is_published=True) as writer:
        assert writer.totals.chunks == 3

    with open_writer(tmp_path, rules={"reading": "2"}) as writer:
        assert writer.totals.chunks == 0


def test_an_incomplete_journal_under_other_rules_is_never_kept(tmp_path: Path) -> None:
    """A file under the name does not help where the rest would be spoken otherwise."""
    write_chunks(tmp_path, 0, 1)

    with open_writer(tmp_path, rules={"reading": "2"}, is_published=True) as writer:
        assert writer.totals.chunks == 0


def test_a_crash_while_discarding_leaves_what_the_next_run_discards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Between the two files nothing is left that could be gone on with or be taken for damage."""
    write_chunks(tmp_path, 0, 1)
    unlink = Path.unlink

    def crash(path: Path, *, missing_ok: bool = False) -> None:
        if path == journal_file(tmp_path / JOB):
            raise ZeroDivisionError
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", crash)
    with pytest.raises(ZeroDivisionError):
        open_writer(tmp_path, rules={"reading": "2"}).__enter__()
    monkeypatch.undo()

    with open_writer(tmp_path, rules={"reading": "2"}) as writer:
        assert writer.totals.chunks == 0
    assert "set aside" not in caplog.text


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"hello\n" + raw.split(b"\n", 1)[1],
        lambda raw: raw.replace(JOB.encode(), JOB[::-1].encode()),
        lambda raw: raw.replace(b'"version":1', b'"version":99'),
        lambda raw: raw.replace(b'"chunk":0', b'"chunk":5'),
        lambda raw: raw.replace(b'"sample_offset":0', b'"sample_offset":"x"'),
        lambda raw: raw.replace(hash_span(TEXT[0:5]).encode(), hash_span("Uno. ").encode()),
        lambda raw: raw.replace(b'"words"', b'"verbs"', 1),
        lambda raw: raw[: raw.index(b"\n") - 5],
        lambda raw: b"",
    ],
    ids=[
        "header",
        "job",
        "version",
        "order",
        "type",
        "text",
        "field",
        "torn header",
        "lost lines",
    ],
)
def test_a_journal_that_cannot_be_trusted_is_set_aside(
    tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Corrupt or foreign: it is kept under another name with a warning, and the work is redone."""
    write_chunks(tmp_path, 0, 1)
    path = journal_file(tmp_path / JOB)
    path.write_bytes(damage(path.read_bytes()))

    with caplog.at_level(logging.WARNING):
        write_chunks(tmp_path, 0, 1, 2)

    assert audio_file(tmp_path / JOB).read_bytes() == b"".join(PCM)
    assert audio_file(tmp_path / f"{JOB}.bad-1").read_bytes() == PCM[0] + PCM[1]
    assert "set aside as" in caplog.text


def test_every_set_aside_journal_is_kept(tmp_path: Path) -> None:
    """A second bad journal does not replace the first."""
    for text in ("Uno. Dos. Tres!!", "Un. Deux. Trois!"):
        write_chunks(tmp_path, 0)
        with open_writer(tmp_path, text):
            pass

    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{JOB}.bad-1", f"{JOB}.bad-2"]


def test_a_chunk_that_does_not_follow_is_refused(tmp_path: Path) -> None:
    """A gap in the text is an error before anything is written."""
    with open_writer(tmp_path) as writer:
        writer.append(make_line(0), PCM[0])
        with pytest.raises(CorruptJournal, match="does not follow chunk 0, which ends at 5"):
            writer.append(make_line(2), PCM[2])
        with pytest.raises(CorruptJournal, match="end at character 5 of 16"):
            writer.check_complete()

    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0]


@pytest.mark.parametrize("failing_call", [1, 2], ids=["audio", "line"])
def test_a_full_disk_costs_only_the_chunk_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing_call: int
) -> None:
    """ENOSPC in the middle of a write is one clear error; a re-run goes on after the last chunk."""
    write = os.write
    calls = 0

    def full(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == failing_call:
            return write(descriptor, bytes(data)[:7])
        if calls > failing_call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    write_chunks(tmp_path, 0)
    with open_writer(tmp_path) as writer:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OutputError) as caught:
            writer.append(make_line(1), PCM[1])
    monkeypatch.undo()

    assert str(tmp_path / JOB) in str(caught.value)
    assert "No space left on device; free space on that volume" in str(caught.value)
    assert caught.value.retryable
    with open_writer(tmp_path) as writer:
        assert writer.totals.chunks == 1
        writer.append(make_line(1), PCM[1])
    assert audio_file(tmp_path / JOB).read_bytes() == PCM[0] + PCM[1]


def test_a_work_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The error says which path, and that it is an OutputError is the caller's cue to retry."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutputError, match=r"cannot write .*file/[0-9a-f]*: Not a directory"):
        open_writer(tmp_path / "file").__enter__()

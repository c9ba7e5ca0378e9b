"""A book, whatever is killed, cancelled, forgotten or broken while it is made."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from jobs import SpeechStatus
from jobs.assembly import AssemblyRequest
from jobs.books import store
from jobs.books.batch import BookBatch, open_batch
from jobs.books.batch_status import BatchStatus
from jobs.books.manifest import BookChapter, BookOutput, Manifest, batch_dir
from jobs.queue import keys
from jobs.text.text_version import READING_VERSION
from tests.builders.finished_book import make_part
from tests.conftest import eventually
from tests.fakes.tone import make_engine
from tests.faults.processes import Process, Stable, is_alive, make_text
from worker.books.assemble import assemble_output
from worker.render.render import render_speech

BOOK_SECONDS = 90.0
"""Longest that a small book may take on a busy machine, faults included."""

BROKEN = {7: "BOOM", 90: "SILENT", 150: "NAN"}
"""Parts of the long book that cannot be spoken, and the word that is to blame."""


def make_manifest(parts: int = 12, *, chunks: int = 3, broken=(), **fields: object) -> Manifest:
    """Return a book of two chapters; `broken` parts have a word in them that fails."""
    texts = [make_text(number, chunks) for number in range(parts)]
    for number, word in dict(broken).items():
        texts[number] = f"{texts[number]} {word}."
    half = parts // 2
    return Manifest(
        **{"title": "The Book", "source": "book.txt", "format": "flac"} | fields,
        chapters=tuple(
            BookChapter(title=title, parts=tuple(make_part(text, 0.5) for text in chosen))
            for title, chosen in (("One", texts[:half]), ("Two", texts[half:]))
        ),
        outputs=(BookOutput(name="Book.flac", title="The Book", chapters=(0, 1)),),
    )


def begin(stable: Stable, manifest: Manifest) -> BookBatch:
    """Write the book down and submit its parts, as the command does."""
    batch = open_batch(manifest, None, stable.queue)
    list(batch.submit_parts())
    return batch


def await_status(batch: BookBatch, status: SpeechStatus) -> BatchStatus:
    """Read the status, while janitors advance the book, until it is this one."""
    return eventually(
        lambda: found if (found := batch.read_status()).status is status else None, BOOK_SECONDS
    )


def output_of(stable: Stable, batch: BookBatch) -> Path:
    """Return where the finished file is, or would be."""
    return batch_dir(stable.settings.output_dir, batch.id) / "Book.flac"


def assembly_of(batch: BookBatch) -> str:
    """Return the job that makes the file."""
    return AssemblyRequest(batch_id=batch.id, output="Book.flac").job_id


def make_calmly(manifest: Manifest, directory: Path) -> Path:
    """Make the same book in this process, undisturbed, and return its file."""
    engine, output_dir = make_engine(), directory / "calm-output"
    store.write_book(output_dir, manifest, None)
    for part in manifest.parts:
        render_speech(
            part.request,
            engine,
            output_dir=output_dir,
            work_dir=directory / "calm-work",
            execution_id="calm",
            checkpoint=lambda _progress: None,
            confirm=lambda: None,
        )
    [output] = manifest.outputs
    result = assemble_output(
        manifest,
        output,
        job_id=AssemblyRequest(batch_id=manifest.batch_id, output=output.name).job_id,
        output_dir=output_dir,
        execution_id="calm",
        checkpoint=lambda _progress: None,
        confirm=lambda: None,
    )
    return Path(result.path)


def assert_same_audio(made: Path, calm: Path) -> None:
    """Every sample is the same."""
    samples, _ = soundfile.read(made, dtype="int16")
    expected, _ = soundfile.read(calm, dtype="int16")
    assert np.array_equal(samples, expected)


def assert_nothing_goes_on(stable: Stable, workers: list[Process]) -> None:
    """No job runs or waits, nothing is half done, and each worker has one live model process."""
    eventually(lambda: stable.connection.hlen(keys.HELD) == 0, BOOK_SECONDS)
    eventually(lambda: all(stable.state_of(worker) == "idle" for worker in workers), BOOK_SECONDS)
    stable.assert_tidy()
    for worker in workers:
        assert [is_alive(model_process) for model_process in worker.children()] == [True]


def test_a_book_with_broken_parts_reports_and_is_mended(stable: Stable) -> None:
    """All else is done, the failures are named, nothing hangs; a retry completes the book."""
    manifest = make_manifest(200, chunks=1, broken=BROKEN)
    janitors = [stable.janitor() for _ in range(2)]
    workers = [stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0") for _ in range(2)]
    batch = begin(stable, manifest)

    status = await_status(batch, SpeechStatus.FAILED)

    assert sum(part.status is SpeechStatus.FINISHED for part in status.parts) == 197
    assert status.problem.startswith(
        "3 of 200 parts failed: chapter 1 part 8 (the model failed on BOOM), ...; retry with"
    )
    assert [part.error_name for part in status.failed_parts] == [
        "RuntimeError",
        "SilentAudio",
        "SilentAudio",
    ]
    assert not stable.field(assembly_of(batch), "status")
    assert not output_of(stable, batch).exists()
    for worker in workers:
        worker.signal(signal.SIGTERM)
        assert worker.wait() == 0
    stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0", KTTS_FAULT_MENDED="1")

    assert len(batch.retry()) == 3

    status = await_status(batch, SpeechStatus.FINISHED)
    assert status.problem == ""
    assert len(stable.made("file")) == 200
    assert [line.job_id for line in stable.made("assembled")] == [assembly_of(batch)]
    made = soundfile.info(output_of(stable, batch))
    expected = sum(
        soundfile.info(store.part_files(stable.settings.output_dir, part)[0]).frames
        + round(part.pause_seconds * 24_000)
        for part in manifest.parts
    )
    assert made.frames == expected
    stable.assert_tidy()
    assert all(janitor.is_running for janitor in janitors)


@pytest.mark.parametrize("state", ["nothing begun", "half done", "assembling", "finished"])
def test_a_cancelled_book_leaves_nothing_behind(stable: Stable, state: str) -> None:
    """In whatever state: no file appears afterwards, no job or process or lock is left."""
    stable.janitor()
    workers: list[Process] = []
    if state != "nothing begun":
        pace = 0.2 if state == "half done" else 0.0
        slow = "0.5" if state == "assembling" else "0"
        workers = [stable.worker(pace=pace, KTTS_FAULT_ASSEMBLY_SECONDS=slow) for _ in range(2)]
    batch = begin(stable, make_manifest(chunks=2))
    if state == "half done":
        eventually(lambda: len(stable.made("file")) >= 3, BOOK_SECONDS)
    if state == "assembling":
        eventually(lambda: len(stable.made("reading")) >= 3, BOOK_SECONDS)
    if state == "finished":
        await_status(batch, SpeechStatus.FINISHED)

    batch.cancel()

    if not workers:
        workers = [stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0")]
    assert_nothing_goes_on(stable, workers)
    parts_made = len(stable.made("file"))
    # Whatever could still come comes before what is submitted now.
    stable.queue.submit(make_part("A job of its own.").request, queue="bulk").wait(BOOK_SECONDS)
    batch.advance()
    assert_nothing_goes_on(stable, workers)
    assert len(stable.made("file")) == parts_made + 1
    is_finished = state == "finished"
    assert output_of(stable, batch).exists() is is_finished
    assert batch.read_status().status == ("finished" if is_finished else "cancelled")
    assert len(stable.made("assembled")) == int(is_finished)


def test_a_cancelled_book_that_is_wanted_again_goes_on(stable: Stable) -> None:
    """The same book once more speaks only what was not finished."""
    stable.janitor()
    stable.worker(pace=0.1)
    manifest = make_manifest(chunks=2)
    batch = begin(stable, manifest)
    eventually(lambda: len(stable.made("file")) >= 4, BOOK_SECONDS)
    batch.cancel()
    eventually(lambda: stable.connection.hlen(keys.HELD) == 0, BOOK_SECONDS)

    begin(stable, manifest)

    await_status(batch, SpeechStatus.FINISHED)
    assert len(stable.made("file")) == 12
    assert stable.files_made_twice() == []
    assert_same_audio(output_of(stable, batch), make_calmly(manifest, stable.directory))


def test_the_command_that_began_a_book_dies_before_the_queue(stable: Stable) -> None:
    """With the plan on disk the janitor submits every part, and the book is made."""
    manifest = make_manifest(chunks=1)
    plan = stable.directory / "plan.json"
    plan.write_text(manifest.model_dump_json())
    stable.janitor()
    stable.worker()
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from jobs.books.batch import open_batch; from jobs.books.manifest import Manifest\n"
        "from jobs.queue.queue import SpeechQueue\n"
        "open_batch(Manifest.read(Path(sys.argv[1])), None, SpeechQueue())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    assert stable.start("-c", program, str(plan)).wait() == -signal.SIGKILL

    batch = BookBatch(manifest, stable.queue)
    await_status(batch, SpeechStatus.FINISHED)
    assert_same_audio(output_of(stable, batch), make_calmly(manifest, stable.directory))


def test_redis_forgets_everything_in_the_middle(stable: Stable) -> None:
    """After a FLUSHALL the book goes on by itself, and what is finished is not spoken again."""
    stable.janitor()
    for _ in range(2):
        stable.worker(pace=0.05)
    manifest = make_manifest()
    batch = begin(stable, manifest)
    eventually(lambda: len(stable.made("file")) >= 4, BOOK_SECONDS)

    stable.connection.flushall()

    await_status(batch, SpeechStatus.FINISHED)
    assert stable.files_made_twice() == []
    assert_same_audio(output_of(stable, batch), make_calmly(manifest, stable.directory))


@pytest.mark.parametrize("label", ["before-rename", "after-rename"])
def test_an_upgrade_in_the_middle_of_a_book_leaves_one_reading(stable: Stable, label: str) -> None:
    """Parts of other rules are spoken anew, once, even if that is killed around their names."""
    stable.janitor()
    old = stable.worker(pace=0.05, KTTS_FAULT_READING_VERSION="0")
    manifest = make_manifest()
    batch = begin(stable, manifest)
    eventually(lambda: len(stable.made("file")) >= 4, BOOK_SECONDS)
    old.kill()
    made_before = len(stable.made("file"))
    stable.worker(KTTS_FAULT_KILL_MODEL_PROCESS=label)

    begin(stable, manifest)

    await_status(batch, SpeechStatus.FINISHED)
    assert (stable.directory / f"killed-{label}").exists()
    found = [store.find_part(stable.settings.output_dir, part) for part in manifest.parts]
    assert {part.fingerprint["reading"] for part in found if part} == {READING_VERSION}
    assert len(stable.made("file")) in {made_before + 12, made_before + 11}
    assert_same_audio(output_of(stable, batch), make_calmly(manifest, stable.directory))


def test_both_workers_and_the_server_are_killed_in_the_middle(stable: Stable) -> None:
    """Started again, the book ends with the very audio of an undisturbed run."""
    manifest = make_manifest(loudness_lufs=-18.0)
    calm = make_calmly(manifest, stable.directory)
    workers = [stable.worker(pace=0.1) for _ in range(2)]
    janitor = stable.janitor()
    batch = begin(stable, manifest)
    eventually(lambda: len(stable.made("file")) >= 4, BOOK_SECONDS)
    held = {os.fsdecode(job_id) for job_id in stable.connection.hkeys(keys.HELD)}

    for process in (*workers, janitor):
        process.kill()
    stable.server.kill()
    stable.server.start()
    stable.janitor()
    for _ in range(2):
        stable.worker(pace=0.1)

    await_status(batch, SpeechStatus.FINISHED)
    assert_same_audio(output_of(stable, batch), calm)
    assert {line.job_id for line in stable.made("file")} == {
        part.request.job_id for part in manifest.parts
    }
    assert set(stable.files_made_twice()) <= held


def test_an_assembling_worker_is_killed(stable: Stable) -> None:
    """Another worker makes the file, whole; nothing of the first attempt is left."""
    stable.janitor()
    doomed = stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0.3")
    manifest = make_manifest(chunks=1)
    batch = begin(stable, manifest)
    eventually(lambda: len(stable.made("reading")) >= 3, BOOK_SECONDS)
    doomed.kill()

    stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0")

    await_status(batch, SpeechStatus.FINISHED)
    eventually(lambda: len(stable.made("assembled")) == 1)
    eventually(lambda: stable.connection.hlen(keys.HELD) == 0)
    stable.assert_tidy()
    assert_same_audio(output_of(stable, batch), make_calmly(manifest, stable.directory))


def test_an_assembly_does_not_make_way(stable: Stable) -> None:
    """An interactive job waits for its end: interrupted again and again it would never come."""
    stable.janitor()
    stable.worker(KTTS_FAULT_ASSEMBLY_SECONDS="0.3")
    batch = begin(stable, make_manifest(chunks=1))
    eventually(lambda: len(stable.made("reading")) >= 2, BOOK_SECONDS)

    job = stable.queue.submit(make_part("A short one.").request, queue="interactive")
    job.wait(BOOK_SECONDS)

    assert len(stable.made("assembled")) == 1
    assert batch.read_status().status is SpeechStatus.FINISHED
    assert len(stable.made("reading")) == 12

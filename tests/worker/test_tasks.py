"""The assembling task: what it refuses, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.assembly import ASSEMBLY_TASK, AssemblyRequest, AssemblyResult
from jobs.books import store
from jobs.books.manifest import Manifest, batch_dir, manifest_file
from jobs.errors import (
    Cancelled,
    InputError,
    InvalidRequest,
    JournalBusy,
    PartsMissing,
    UnknownBatch,
)
from jobs.playback.journal import journal_dir
from tests.builders.finished_book import finish_parts, make_book
from tests.fakes.tone import make_engine
from worker.render.journal_writer import hold_lock
from worker.settings import WorkerSettings
from worker.tasks import TaskContext, run_task

CHAPTERS = [["One is here.", "Two is here."], ["Three is here."]]


@pytest.fixture
def settings(tmp_path: Path) -> WorkerSettings:
    """Return settings with directories of the test's own."""
    return WorkerSettings(output_dir=tmp_path / "output", work_dir=tmp_path / "work")


@pytest.fixture
def book(settings: WorkerSettings) -> Manifest:
    """Return a book whose parts are finished."""
    manifest = make_book(settings.output_dir, CHAPTERS)
    finish_parts(settings.output_dir, manifest)
    return manifest


def request_of(manifest: Manifest, output: str = "Book.flac") -> AssemblyRequest:
    """Return the request for one of the book's files."""
    return AssemblyRequest(batch_id=manifest.batch_id, output=output)


def assemble(
    settings: WorkerSettings,
    request: AssemblyRequest,
    *,
    arguments: dict[str, Any] | None = None,
    job_id: str = "",
    confirm: Callable[[], None] = lambda: None,
    checkpoint: Callable[[object], None] = lambda _progress: None,
) -> AssemblyResult:
    """Run the task as a worker does."""
    context = TaskContext(
        engine=make_engine(),
        settings=settings,
        job_id=job_id or request.job_id,
        execution_id="e1",
        checkpoint=checkpoint,
        confirm=confirm,
    )
    result = run_task(ASSEMBLY_TASK, arguments or {"request": request.model_dump()}, context)
    assert isinstance(result, AssemblyResult)
    return result


def files_of(settings: WorkerSettings, manifest: Manifest) -> set[str]:
    """Return what lies in the book's directory beside its plan."""
    directory = batch_dir(settings.output_dir, manifest.batch_id)
    return {path.name for path in directory.iterdir()} - {"manifest.json", "cancelled"}


def test_a_book_is_assembled_and_no_work_is_left(settings: WorkerSettings, book: Manifest):
    """The file and its result are there; the lock that kept others away is gone."""
    result = assemble(settings, request_of(book))

    assert (settings.output_dir / result.output_file).is_file()
    assert store.find_outputs(settings.output_dir, book.batch_id, book.outputs) == {
        "Book.flac": result
    }
    assert list(settings.work_dir.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"request": "x"}, {"request": {}, "run": ""}, {"request": {"batch_id": "a" * 32}}],
)
def test_other_arguments_are_refused(
    settings: WorkerSettings, book: Manifest, arguments: dict[str, Any]
):
    """A job says which file of which book, and nothing else."""
    with pytest.raises(InvalidRequest):
        assemble(settings, request_of(book), arguments=arguments or {"x": 1})


def test_a_request_under_another_id_is_refused(settings: WorkerSettings, book: Manifest):
    """The job's id is the identity of what it makes."""
    with pytest.raises(InvalidRequest, match="carries a request that is"):
        assemble(settings, request_of(book), job_id="a" * 32)


def test_a_file_that_the_book_does_not_have_is_refused(settings: WorkerSettings, book: Manifest):
    """Only the manifest's outputs are made."""
    with pytest.raises(InvalidRequest, match=r"has no file 'Other\.flac'"):
        assemble(settings, request_of(book, "Other.flac"))


def test_an_unknown_or_changed_book_is_refused(settings: WorkerSettings, book: Manifest):
    """The plan must be there, and be the one that the id names."""
    with pytest.raises(UnknownBatch):
        assemble(settings, AssemblyRequest(batch_id="a" * 32, output="Book.flac"))
    path = manifest_file(settings.output_dir, book.batch_id)
    path.write_text(path.read_text().replace("The Book", "Another"))
    with pytest.raises(InputError, match="was changed after it was written"):
        assemble(settings, request_of(book))


def test_missing_parts_are_named(settings: WorkerSettings, book: Manifest):
    """Nothing is written where a part is not there."""
    store.drop_part(settings.output_dir, book.parts[1])

    with pytest.raises(PartsMissing, match=r"1 of 3 parts .*: chapter 1 part 2 .*ktts retry"):
        assemble(settings, request_of(book))

    assert files_of(settings, book) == set()
    assert list(settings.work_dir.iterdir()) == []


def test_a_cancelled_book_is_not_begun(settings: WorkerSettings, book: Manifest):
    """An assembly that was submitted while somebody cancelled makes no file."""
    store.mark_cancelled(settings.output_dir, book.batch_id)

    with pytest.raises(InvalidRequest, match="was cancelled; submit it again"):
        assemble(settings, request_of(book))

    assert files_of(settings, book) == set()


def test_a_book_that_is_cancelled_meanwhile_gets_no_file(settings: WorkerSettings, book: Manifest):
    """The mark is looked for once more right before the file would get its name."""

    def cancel(_progress: object) -> None:
        store.mark_cancelled(settings.output_dir, book.batch_id)

    with pytest.raises(InvalidRequest, match="was cancelled"):
        assemble(settings, request_of(book), checkpoint=cancel)

    assert files_of(settings, book) == set()
    assert list(settings.work_dir.iterdir()) == []


def test_an_assembly_that_is_told_to_stop_leaves_nothing(settings: WorkerSettings, book: Manifest):
    """Neither a half-made file nor a lock."""

    def stop(_progress: object) -> None:
        raise Cancelled("cancelled at a chunk boundary")

    with pytest.raises(Cancelled):
        assemble(settings, request_of(book), checkpoint=stop)

    assert files_of(settings, book) == set()
    assert list(settings.work_dir.iterdir()) == []


def test_two_workers_do_not_assemble_the_same_file(settings: WorkerSettings, book: Manifest):
    """Who was taken for dead and is still at it keeps the other one waiting."""
    request = request_of(book)

    with (
        hold_lock(journal_dir(settings.work_dir, request.job_id)),
        pytest.raises(JournalBusy),
    ):
        assemble(settings, request)

"""What workers leave in the object store, each with directories of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.assembly import ASSEMBLY_TASK, AssemblyRequest
from jobs.books import store as books
from jobs.errors import OutputExists, StoreUnavailable
from jobs.queue.job_record import TASK
from jobs.request import SpeechRequest, SpeechResult
from tests.builders.finished_book import make_book
from tests.fakes.object_store import PosedStore
from tests.fakes.tone import make_engine
from worker.janitor.stale_files import remove_stored_parts
from worker.settings import WorkerSettings
from worker.tasks import TaskContext, run_task

REQUEST = SpeechRequest(text="Hello there from here.", output_name="ä b/one +%")
FILE = "speech/ä b/one +%.wav"


@pytest.fixture
def make_settings(object_store: PosedStore, tmp_path: Path) -> Callable[[str], WorkerSettings]:
    """Return a function that gives a worker directories of its own."""
    return lambda name: WorkerSettings(
        output_dir=tmp_path / name / "output",
        work_dir=tmp_path / name / "work",
        **object_store.settings,
    )


def context_of(
    settings: WorkerSettings, job_id: str, confirm: Callable[[], None] = lambda: None
) -> TaskContext:
    """Return what a model process passes to a task."""
    return TaskContext(
        engine=make_engine(),
        settings=settings,
        job_id=job_id,
        execution_id="run",
        checkpoint=lambda _progress: None,
        confirm=confirm,
    )


def speak(
    settings: WorkerSettings,
    request: SpeechRequest = REQUEST,
    *,
    run: str = "",
    overwrite: bool = False,
    confirm: Callable[[], None] = lambda: None,
) -> SpeechResult:
    """Speak a request as a worker does."""
    arguments = {"request": request.model_dump(mode="json"), "run": run, "overwrite": overwrite}
    return run_task(TASK, arguments, context_of(settings, request.job_id, confirm))


def test_a_finished_file_is_in_the_store_with_its_sidecar_and_not_in_the_directory(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """The result names the object and has a signed address; the sidecar has none."""
    settings = make_settings("one")
    result = speak(settings)
    audio = object_store.read(FILE)

    assert object_store.names() == [FILE, f"{FILE}.json", f"{FILE}.timings.jsonl"]
    assert hashlib.sha256(audio).hexdigest() == result.sha256
    assert result.object == result.path == f"s3://{object_store.bucket}/{FILE}"
    assert "X-Amz-Signature" in result.url
    assert b"X-Amz" not in object_store.read(f"{FILE}.json")
    assert [path for path in settings.output_dir.rglob("*") if path.is_file()] == []


def test_a_job_that_is_in_the_store_is_not_spoken_again_by_another_worker(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """It is found by its sidecar, unless that is of other audio than lies there."""
    speak(make_settings("one"))
    object_store.client.delete_object(Bucket=object_store.bucket, Key=f"{FILE}.timings.jsonl")
    speak(make_settings("two"))
    assert len(object_store.names()) == 2

    object_store.client.put_object(Bucket=object_store.bucket, Key=FILE, Body=b"other")
    with pytest.raises(OutputExists, match="other content"):
        speak(make_settings("two"))
    speak(make_settings("two"), overwrite=True)
    assert object_store.read(FILE)[:4] == b"RIFF"


def test_two_workers_at_one_job_leave_one_whole_file(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """One that counts as dead uploads between the other's audio and sidecar."""
    other = []

    def confirm() -> None:
        if not other:
            other.append(None)
            other.append(speak(make_settings("two")))

    result = speak(make_settings("one"), confirm=confirm)
    assert hashlib.sha256(object_store.read(FILE)).hexdigest() == result.sha256
    sidecar = SpeechResult.model_validate_json(object_store.read(f"{FILE}.json"))
    assert sidecar.sha256 == result.sha256


def test_a_file_is_kept_here_while_the_store_is_away_and_uploaded_later(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """It is not spoken again."""
    settings = make_settings("one")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        speak(settings, confirm=object_store.stop)
    assert (settings.output_dir / REQUEST.output_file).is_file()

    object_store.start()
    result = speak(settings)
    assert hashlib.sha256(object_store.read(FILE)).hexdigest() == result.sha256


def test_a_book_of_two_chapters_is_made_by_workers_that_share_no_directory(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """Parts come from the store where the file is assembled, and so does the plan."""
    producer = make_settings("producer")
    manifest = make_book(producer.output_dir, [["One is here."], ["Two is here."]])
    for name, part in zip(("one", "two"), manifest.parts, strict=True):
        speak(make_settings(name), part.request)
    third = make_settings("three")
    [output] = manifest.outputs
    request = AssemblyRequest(batch_id=manifest.batch_id, output=output.name)
    context = context_of(third, request.job_id)

    result = run_task(ASSEMBLY_TASK, {"request": request.model_dump()}, context)

    audio = object_store.read(f"speech/{request.output_file}")
    assert hashlib.sha256(audio).hexdigest() == result.sha256
    assert result.object
    books.fetch_output(producer.output_dir, manifest.batch_id, output)
    assert books.find_output(producer.output_dir, manifest.batch_id, output).sha256 == result.sha256


def test_old_parts_leave_the_store_unless_a_book_wants_them(
    object_store: PosedStore, make_settings: Callable[[str], WorkerSettings]
):
    """Other files stay."""
    name = f"{os.urandom(16).hex()}"
    for key in (f"parts/{name}.flac", f"parts/{name}.flac.json", "parts/mine.txt", "a.wav"):
        object_store.client.put_object(Bucket=object_store.bucket, Key=f"speech/{key}", Body=b"")
    settings = make_settings("one").model_copy(update={"part_ttl_seconds": -1})

    assert list(remove_stored_parts(settings, {f"parts/{name}"})) == []
    assert len(list(remove_stored_parts(settings, ()))) == 2
    assert object_store.names() == ["speech/a.wav", "speech/parts/mine.txt"]

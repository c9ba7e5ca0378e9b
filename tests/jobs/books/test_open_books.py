"""Which books are open, as the disk says."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.assembly import result_file
from jobs.books import store
from jobs.books.manifest import Manifest, batch_dir, manifest_file
from jobs.books.open_books import OpenBooks
from jobs.settings import QueueSettings
from tests.builders.batches import DONE, QUEUED, make_status


@pytest.fixture
def queue(tmp_path: Path) -> SimpleNamespace:
    """Return a queue of which only the output directory is used."""
    return SimpleNamespace(settings=QueueSettings(output_dir=tmp_path / "output"), connection=None)


def write_book(queue: SimpleNamespace, title: str) -> Manifest:
    """Write a book down as `open_batch` does."""
    manifest = make_status([QUEUED], title=title).manifest
    store.write_book(queue.settings.output_dir, manifest, None)
    return manifest


def titles(batches: OpenBooks) -> list[str]:
    """Return the titles of the open books."""
    return sorted(batch.manifest.title for batch in batches.find())


def test_books_that_are_finished_cancelled_or_damaged_are_not_open(queue: SimpleNamespace):
    """Only what is to be done yet counts."""
    output_dir = queue.settings.output_dir
    write_book(queue, "Open")
    store.mark_cancelled(output_dir, write_book(queue, "Cancelled").batch_id)
    manifest_file(output_dir, write_book(queue, "Damaged").batch_id).write_text("{")
    finish(queue, write_book(queue, "Finished"))

    assert titles(OpenBooks(queue)) == ["Open"]


def test_what_changes_is_noticed(queue: SimpleNamespace):
    """Looking again costs no reading and misses nothing: books end, and come back."""
    first, second = write_book(queue, "First"), write_book(queue, "Second")
    batches = OpenBooks(queue)

    seen = [titles(batches)]
    finish(queue, first)
    store.mark_cancelled(queue.settings.output_dir, second.batch_id)
    seen.append(titles(batches))
    store.unmark_cancelled(queue.settings.output_dir, second.batch_id)
    # A person needs longer than the tick of the clock that stamps directories.
    directory = batch_dir(queue.settings.output_dir, second.batch_id)
    os.utime(directory, ns=(0, directory.stat().st_mtime_ns + 1))
    seen.append(titles(batches))

    assert seen == [["First", "Second"], [], ["Second"]]


def test_an_id_that_leads_elsewhere_is_no_book(queue: SimpleNamespace):
    """It comes from the command line and becomes part of a path."""
    batch_id = write_book(queue, "Open").batch_id

    output_dir = queue.settings.output_dir
    assert store.has_book(output_dir, batch_id)
    assert not store.has_book(output_dir, f"../books/{batch_id}")
    assert not store.has_book(output_dir, "0" * 32)


def finish(queue: SimpleNamespace, manifest: Manifest) -> None:
    """Write what an assembly job writes."""
    audio = batch_dir(queue.settings.output_dir, manifest.batch_id) / manifest.outputs[0].name
    audio.touch()
    result = make_status([DONE], output=DONE).outputs[0].result
    result_file(audio).write_text(result.model_dump_json())

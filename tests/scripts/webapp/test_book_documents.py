"""The JSON document of a book over HTTP."""

from __future__ import annotations

import pytest

from scripts.webapp.schemas.book_documents import BatchDocument
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_status


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([DONE, DONE], DONE),
        ([FAILED, RUNNING], RUNNING),
        ([DONE, QUEUED], RUNNING),
        ([DONE, FAILED], FAILED),
        ([DONE, CANCELLED], CANCELLED),
        ([None, QUEUED], QUEUED),
    ],
)
def test_a_chapter_is_running_as_long_as_a_part_is_spoken(parts: list, status: str):
    """The page lets a running chapter be heard, also if another part of it has failed."""
    document = BatchDocument.of(make_status(parts))

    assert document.chapters[0].status == status
    assert len(document.chapters[0].jobs) == len(parts)


def test_a_finished_book_has_its_length_although_its_parts_are_gone():
    """Old parts are removed in time; the length is that of the files."""
    document = BatchDocument.of(make_status([None, None], output=DONE))

    assert (document.audio_seconds, document.fraction) == (321.0, 1.0)
    assert document.chapters[0].status == DONE

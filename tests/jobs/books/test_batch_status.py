"""The status of a book follows from its parts and files, and its problem says what to do."""

from __future__ import annotations

import pytest

from jobs.books.batch_status import BatchStatus, OutputStatus, PartStatus
from jobs.request import SpeechProgress, SpeechStatus
from tests.builders.batches import make_status as make_book

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = (
    SpeechStatus.QUEUED,
    SpeechStatus.RUNNING,
    SpeechStatus.FINISHED,
    SpeechStatus.FAILED,
    SpeechStatus.CANCELLED,
)


def make_status(
    parts: list[SpeechStatus | None], outputs: list[SpeechStatus | None], *, cancelled: bool = False
) -> BatchStatus:
    """Return a book; each part is a chapter, and each output holds the chapter of its place."""
    progress = SpeechProgress(characters=40, characters_total=100, audio_seconds=2.0)
    ended = {"error_name": "SilentAudio", "error_message": "nothing was heard", "worker": ""}
    nothing = {"error_name": "", "error_message": "", "worker": ""}
    return BatchStatus(
        batch_id="b",
        manifest=None,  # only the chapters need it
        is_cancelled=cancelled,
        parts=tuple(
            PartStatus(
                chapter=at,
                number=1,
                job_id=str(at),
                characters=100,
                status=status,
                progress=progress if status is RUNNING else SpeechProgress(),
                audio_seconds=5.0 if status is FINISHED else 0.0,
                processing_seconds=0.0,
                **(ended if status is FAILED else nothing),
            )
            for at, status in enumerate(parts)
        ),
        outputs=tuple(
            OutputStatus(
                name=f"{at}.m4b",
                job_id=f"out-{at}",
                chapters=(at,),
                needed_chapters=(at,),
                status=status,
                progress=SpeechProgress(),
                result=None,
                **(ended if status is FAILED else nothing),
            )
            for at, status in enumerate(outputs)
        ),
    )


@pytest.mark.parametrize(
    ("parts", "outputs", "expected"),
    [
        ([None, None], [None, None], QUEUED),
        ([QUEUED, None], [None, None], QUEUED),
        ([RUNNING, QUEUED], [None, None], RUNNING),
        ([FINISHED, QUEUED], [None, None], RUNNING),
        ([FINISHED, FINISHED], [None, None], RUNNING),
        ([FINISHED, FINISHED], [QUEUED, None], RUNNING),
        ([FINISHED, FINISHED], [FINISHED, FINISHED], FINISHED),
        ([FAILED, QUEUED], [None, None], RUNNING),
        ([FAILED, None], [None, None], RUNNING),
        ([FAILED, FINISHED], [None, None], RUNNING),
        ([FAILED, FINISHED], [None, QUEUED], RUNNING),
        ([FAILED, FINISHED], [None, FINISHED], FAILED),
        ([FAILED, FAILED], [None, None], FAILED),
        ([CANCELLED, FINISHED], [None, FINISHED], FAILED),
        ([FINISHED, FINISHED], [FAILED, FINISHED], FAILED),
        ([FINISHED, FINISHED], [FAILED, None], RUNNING),
    ],
)
def test_a_book_has_ended_when_nothing_goes_on_by_itself(
    parts: list[SpeechStatus | None],
    outputs: list[SpeechStatus | None],
    expected: SpeechStatus,
):
    """It is failed only when all that can still be done without help is done."""
    assert make_status(parts, outputs).status is expected


def test_a_cancelled_book_is_cancelled_unless_it_is_finished():
    """The mark counts as long as there is something left to make."""
    assert make_status([RUNNING], [None], cancelled=True).status is CANCELLED
    assert make_status([FINISHED], [FINISHED], cancelled=True).status is FINISHED


def test_the_problem_names_the_first_failure_and_the_way_out():
    """A book without one has no problem."""
    failed = make_status([FINISHED, FAILED, CANCELLED], [None] * 3)
    unmade = make_status([FINISHED], [FAILED])

    assert failed.problem == (
        "2 of 3 parts failed: chapter 2 part 1 (nothing was heard), ...; retry with `ktts retry b`"
    )
    assert unmade.problem == "0.m4b failed: nothing was heard; retry with `ktts retry b`"
    assert make_status([RUNNING], [None]).problem == ""


def test_sums_count_what_is_safe():
    """Finished parts count whole, running ones as far as they are."""
    status = make_status([FINISHED, RUNNING, QUEUED], [None] * 3)

    assert status.characters == 300
    assert status.fraction == pytest.approx(140 / 300)


STATES = {
    "done": ([FINISHED, FINISHED], FINISHED),
    "running": ([FINISHED, RUNNING, QUEUED], RUNNING),
    "failed": ([FINISHED, FAILED, RUNNING], FAILED),
    "cancelled": ([FINISHED, CANCELLED], CANCELLED),
    "begun": ([FINISHED, QUEUED], QUEUED),
    "not in the queue": ([None, None], QUEUED),
}


@pytest.mark.parametrize(("parts", "status"), STATES.values(), ids=STATES)
def test_a_chapter_has_the_worst_status_of_its_parts(parts: list, status):
    """A failed part counts more than a running one; a chapter is finished when all parts are."""
    assert make_book(parts).chapters[0].status is status


def test_a_chapter_sums_up_its_parts():
    """Share of the text, audio, who speaks it, and why it fails."""
    chapter = make_book([FINISHED, RUNNING, RUNNING, FAILED]).chapters[0]

    assert chapter.fraction == 0.5
    assert chapter.audio_seconds == 200.0
    assert chapter.workers == ("w2", "w3")
    assert chapter.problem == "part 4 of 4: no sound"
    assert make_book([FAILED, FAILED]).chapters[0].problem == "part 1 of 2: no sound (and 1 more)"
    assert make_book([FAILED]).chapters[0].problem == "no sound"
    assert make_book([FINISHED]).chapters[0].problem == ""


def test_a_finished_book_is_whole_although_its_parts_are_gone():
    """Old parts are removed in time; the file counts."""
    book = make_book([None, None], [None], output=FINISHED)

    assert [chapter.status for chapter in book.chapters] == [FINISHED, FINISHED]
    assert (book.fraction, book.audio_seconds) == (1.0, 321.0)
    assert [chapter.fraction for chapter in book.chapters] == [1.0, 1.0]

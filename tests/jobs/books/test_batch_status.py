"""Where a book stands: what its parts and files make of the whole, and what is said of it."""

from __future__ import annotations

import pytest

from jobs.books.batch_status import BatchFacts, OutputFacts, PartFacts
from jobs.request import SpeechProgress, SpeechStatus

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = (
    SpeechStatus.QUEUED,
    SpeechStatus.RUNNING,
    SpeechStatus.FINISHED,
    SpeechStatus.FAILED,
    SpeechStatus.CANCELLED,
)


def make_facts(
    parts: list[SpeechStatus | None], outputs: list[SpeechStatus | None], *, cancelled: bool = False
) -> BatchFacts:
    """Return a book; each part is a chapter, and each output holds the chapter of its place."""
    progress = SpeechProgress(characters=40, characters_total=100, audio_seconds=2.0)
    ended = {"error_name": "SilentAudio", "error_message": "nothing was heard", "worker": ""}
    nothing = {"error_name": "", "error_message": "", "worker": ""}
    return BatchFacts(
        batch_id="b",
        is_cancelled=cancelled,
        parts=tuple(
            PartFacts(
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
            OutputFacts(
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
    assert make_facts(parts, outputs).status is expected


def test_a_cancelled_book_is_cancelled_unless_it_is_finished():
    """The mark counts as long as there is something left to make."""
    assert make_facts([RUNNING], [None], cancelled=True).status is CANCELLED
    assert make_facts([FINISHED], [FINISHED], cancelled=True).status is FINISHED


def test_the_problem_names_the_first_failure_and_the_way_out():
    """A book without one has no problem."""
    failed = make_facts([FINISHED, FAILED, CANCELLED], [None] * 3)
    unmade = make_facts([FINISHED], [FAILED])

    assert failed.problem == (
        "2 of 3 parts failed: chapter 2 part 1 (nothing was heard), ...; retry with `ktts retry b`"
    )
    assert unmade.problem == "0.m4b failed: nothing was heard; retry with `ktts retry b`"
    assert make_facts([RUNNING], [None]).problem == ""


def test_sums_count_what_is_safe():
    """Finished parts count whole, running ones as far as they are."""
    facts = make_facts([FINISHED, RUNNING, QUEUED], [None] * 3)

    assert (facts.characters, facts.characters_done) == (300, 140)

"""How far a job is, in words."""

from __future__ import annotations

import pytest

from jobs import JobInfo, SpeechProgress, SpeechStatus
from scripts.console.progress import (
    describe_hours,
    format_seconds,
    list_progress,
)


def make_facts(status: str = "running", chunks: int = 2, **progress) -> JobInfo:
    """Return the facts of a job that is half done at 4x real time."""
    known = {
        "characters": 50,
        "characters_total": 100,
        "audio_seconds": 40.0,
        "processing_seconds": 10.0,
        "real_time_factor": 0.25,
    }
    return JobInfo(
        job_id="0" * 32,
        status=SpeechStatus(status),
        queue="default",
        voice="af_heart",
        output_file="one.wav",
        characters=100,
        progress=SpeechProgress(chunks=chunks, **(known if chunks else {}) | progress),
        worker="w1" if status == "running" else "",
        enqueued_at=None,
        started_at=None,
        ended_at=None,
        error_name="",
        error_message="",
        result=None,
    )


def test_a_running_job_is_told_with_what_matters_first():
    """Percent and time to go stand before speed, audio and chunks, which a window may not hold."""
    assert list_progress(make_facts()) == [
        *("running   50%", "0:10 left", "4.0x real time", "0:40 of audio", "2 chunks")
    ]


def test_a_waiting_job_says_where():
    """Before the first chunk there is nothing to count."""
    assert list_progress(make_facts("queued", chunks=0)) == ["waiting in queue default"]


def test_a_job_that_was_put_back_keeps_its_progress():
    """A job that waits for the second time shows what is done already."""
    assert list_progress(make_facts("queued"))[::3] == ["queued   50%", "2 chunks"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")],
)
def test_seconds_are_written_as_a_clock_does(seconds: float, text: str):
    """Minutes and seconds, hours only where there are any."""
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7.2, "7 seconds"), (1, "1 second"), (89, "1 minute"), (3000, "50 minutes"), (9000, "2.5 ho")],
)
def test_hours_are_written_for_people(seconds: float, text: str):
    """Seconds, minutes or hours with one place."""
    assert describe_hours(seconds).startswith(text)

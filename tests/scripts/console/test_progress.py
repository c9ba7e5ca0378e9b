"""Progress for people: one line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io

import pytest

from jobs import JobInfo, SpeechProgress, SpeechStatus
from scripts.console.progress import (
    ProgressLine,
    describe_hours,
    describe_progress,
    format_bar,
    format_seconds,
    printable,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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


def test_a_running_job_is_one_line_with_all_that_matters():
    """Percent, chunks, audio, speed and time to go stand in one line."""
    line = describe_progress(make_facts())

    assert line == "running   50%  2 chunks  0:40 of audio  4.0x real time  0:10 left"


def test_a_waiting_job_says_where():
    """Before the first chunk there is nothing to count."""
    assert describe_progress(make_facts("queued", chunks=0)) == "waiting in queue default"


def test_a_job_that_was_put_back_keeps_its_progress():
    """A job that waits for the second time shows what is done already."""
    assert describe_progress(make_facts("queued")).startswith("queued   50%  2 chunks")


def test_a_terminal_sees_one_line_that_renews_itself():
    """On a terminal every change goes over the last one, and clear takes it away."""
    stream = Terminal()
    line = ProgressLine(stream)

    line.show(make_facts())
    line.show(make_facts())
    line.show(make_facts(chunks=3))
    line.clear()

    written = stream.getvalue()
    assert written.count("2 chunks") == written.count("3 chunks") == 1
    assert "\n" not in written
    assert written.endswith("\r\x1b[K")


def test_a_log_gets_a_line_now_and_then():
    """Where nobody can renew a line, quick changes are left out and the end is not."""
    stream = io.StringIO()
    line = ProgressLine(stream)

    for chunks in range(2, 50):
        line.show(make_facts(chunks=chunks))
    line.show(make_facts("finished", chunks=50))

    lines = stream.getvalue().splitlines()
    assert [text.split("  ")[0].strip() for text in lines] == ["running", "finished"]
    assert "\x1b" not in stream.getvalue()


def test_what_is_said_stays_above_the_line():
    """A message takes the renewed line away and keeps a line of its own."""
    stream = Terminal()
    line = ProgressLine(stream)
    line.show(make_facts())

    line.say("no worker is running")

    assert stream.getvalue().endswith("\r\x1b[Kno worker is running\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")],
)
def test_seconds_are_written_as_a_clock_does(seconds: float, text: str):
    """Minutes and seconds, hours only where there are any."""
    assert format_seconds(seconds) == text


@pytest.mark.parametrize("fraction", [-1.0, 0.0, 0.5, 1.0, 7.0])
def test_a_bar_has_one_width(fraction: float):
    """Whatever the numbers, columns stay aligned."""
    bar, _ = format_bar(fraction).split(maxsplit=1)

    assert len(bar) == 20


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7.2, "7 seconds"), (1, "1 second"), (89, "1 minute"), (3000, "50 minutes"), (9000, "2.5 ho")],
)
def test_hours_are_written_for_people(seconds: float, text: str):
    """Seconds, minutes or hours with one place."""
    assert describe_hours(seconds).startswith(text)


def test_nothing_that_is_shown_steers_the_terminal():
    """Titles come out of files that others made."""
    assert printable("Tales\x1b[2J\nof é 猫\u202e") == "Tales [2J of é 猫 "

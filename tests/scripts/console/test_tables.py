"""The queue as a table that stays aligned, and one job in detail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs import SpeechStatus
from jobs.queue.overview import Overview, WorkerInfo
from scripts.console.tables import MAX_ROWS, draw_job, draw_queue
from tests.fakes.fake_worker import make_request, make_result
from tests.fakes.terminal import draw_rows
from tests.scripts.console.test_progress import make_facts

OVERVIEW = Overview(
    waiting={"interactive": 0, "default": 2, "bulk": 0},
    waiting_characters=1234,
    running=1,
    finished=3,
    failed=1,
    cancelled=0,
    workers=("w1",),
)


def describe_queue(overview: Overview = OVERVIEW, jobs=(), workers=(), *, columns=10_000, **more):
    """Return what is drawn of a queue, as text."""
    drawn = draw_queue(overview, jobs, workers, columns=columns, **more)
    return "\n".join(draw_rows(drawn, columns))


def describe_job(facts, columns=10_000) -> str:
    """Return what is drawn of a job, as text."""
    return "\n".join(draw_rows(draw_job(facts), columns))


def test_the_header_counts_everything():
    """One line tells what runs, waits and failed, and who works."""
    assert describe_queue(OVERVIEW, []) == (
        "1 running, 2 waiting (2 default; 1,234 characters), 1 failed, 0 cancelled, 3 finished; "
        "1 worker alive"
    )


def test_without_a_worker_it_says_what_to_do():
    """A queue that nobody serves is not shown as if all were well."""
    text = describe_queue(replace(OVERVIEW, workers=()), [])

    assert "0 workers alive\nno worker is running; start one with `ktts up`" in text


def test_rows_are_aligned_and_long_errors_cut():
    """Each column starts in the same place in every row."""
    failed = replace(
        make_facts("failed"), error_name="SilentAudio", error_message="x" * 500, voice="a" * 30
    )
    lines = describe_queue(OVERVIEW, [make_facts(), failed]).splitlines()[2:]

    assert len(lines) == 3
    assert len({line.index("one.wav") for line in lines[1:]} | {lines[0].index("file")}) == 1
    assert lines[2].endswith("x" * 60 + "...")


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_each_window_has_a_line_for_each_job(columns: int):
    """Its id as people type it, how far it is, its file; its error is below, in one line."""
    job_id, file = "0123456789abcdef" * 2, "[bold]name.wav"
    failed = replace(
        make_facts("failed"), job_id=job_id, output_file=file, error_message="no \x1b[2J sound" * 20
    )
    worker = WorkerInfo("w1", "busy", "node-1", ("default",), "cpu", "", 2_000_000_000, 0)

    rows = describe_queue(OVERVIEW, [failed], [worker], columns=columns).splitlines()

    assert max(map(len, rows)) <= columns
    assert rows[0].startswith("1 running  2 waiting  1 failed  1 worker alive  3 finished")
    assert rows[1] == "waiting: 2 default; 1,234 characters"
    assert [rows[-2].startswith("01234567  failed      ━━━━━─────   50%"), file in rows[-2]] == [
        True
    ] * 2
    assert rows[-1].startswith("  no  [2J sound")
    assert rows[-1].endswith("…")
    assert ("cpu" in rows[4], "2.0 GB" in rows[4], "default" in rows[-2]) == (
        columns > 60,
        columns > 80,
        columns > 80,
    )


def test_a_small_window_shows_what_matters_first():
    """Of many workers those at work, of many jobs those that run or failed; no line is lost."""
    idle = [
        WorkerInfo(f"w{n}", "idle", "node", ("default",), "cpu", "", 1, 0) for n in range(2, 30)
    ]
    busy = WorkerInfo("w1", "busy", "node", ("default",), "cpu", "", 1, 0)
    waiting = [replace(make_facts("queued", 0), job_id=f"1{n:031}") for n in range(30)]
    failed = [
        replace(make_facts("failed"), job_id=f"2{n:031}", error_message=f"reason {n}")
        for n in range(9)
    ]
    jobs = [make_facts(), *waiting, *failed]

    rows = describe_queue(
        OVERVIEW, jobs, [*idle, busy], columns=80, lines=22, unread=7
    ).splitlines()

    assert len(rows) <= 22
    assert rows[4].startswith("node w1 ")
    states = [row.split()[1] for row in rows if row[:8].isdecimal()]
    assert states == ["running", *["failed"] * 3, "queued", "queued"]
    assert rows[-1] == "... and 41 more; --json has them all"


def test_a_long_queue_is_cut_and_says_so():
    """A table is for people; what is left out is counted."""
    text = describe_queue(OVERVIEW, [make_facts()] * (MAX_ROWS + 7))

    assert text.endswith("... and 7 more; --json has them all")
    assert len(text.splitlines()) == MAX_ROWS + 4


def test_workers_stand_between_the_counts_and_the_jobs():
    """Who is at work is seen before what is to be done; a long list is cut and counted."""
    worker = WorkerInfo("w1", "busy", "node-1", ("default",), "cpu", "", 2_000_000_000, 0)
    text = describe_queue(OVERVIEW, [make_facts()], [worker] * (MAX_ROWS + 2))

    counts, workers, jobs = text.split("\n\n")
    assert counts.endswith("1 worker alive")
    assert workers.splitlines()[0].split()[:3] == ["worker", "state", "device"]
    assert workers.endswith("... and 2 more")
    assert len(workers.splitlines()) == MAX_ROWS + 2
    assert jobs.startswith("job ")


def test_jobs_that_were_not_read_are_counted():
    """What is left out for speed is left out in the open."""
    text = describe_queue(OVERVIEW, [make_facts()], unread=70)

    assert text.endswith("... and 70 more; --json has them all")


def test_a_finished_job_shows_its_file_and_length():
    """The result's own facts replace the progress."""
    facts = replace(
        make_facts("finished"),
        status=SpeechStatus.FINISHED,
        result=make_result(make_request(), path="/output/one.wav", audio_seconds=61.0),
    )

    text = describe_job(facts)

    assert "file       /output/one.wav" in text
    assert "audio      1:01" in text
    assert "progress   ━━━━━━━━━━  100%  2 chunks" in text


def test_a_failed_job_shows_its_error():
    """The class and the message of the remote error are there."""
    facts = replace(make_facts("failed"), error_name="SilentAudio", error_message="no sound")

    assert "error      SilentAudio: no sound" in describe_job(facts)
    assert "worker" not in describe_job(facts)


@pytest.mark.parametrize("columns", [60, 200])
def test_a_job_is_whole_in_each_window(columns: int):
    """What is long is folded beside its name."""
    facts = replace(make_facts("failed"), error_name="SilentAudio", error_message="no sound " * 20)

    rows = describe_job(facts, columns).splitlines()

    assert max(map(len, rows)) <= columns
    assert " ".join(" ".join(rows).split()).count("no sound") == 20
    assert [row[:11].strip() for row in rows if row[:11].strip()] == [
        *("job", "status", "voice", "file", "text", "progress", "audio", "speed", "error"),
    ]

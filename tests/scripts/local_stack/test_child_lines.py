"""What `ktts up` shows of its programs' logs."""

from __future__ import annotations

import pytest

from scripts.local_stack.child_lines import ChildLines, shorten_line

JOB = "0123456789abcdef0123456789abcdef"
OUTCOME = "worker.supervision.job_outcome"
FINISHED = f"worker-1 | 12:00:01 INFO    {OUTCOME}: job finished: 2.0 s of audio in 0.5 s, 4.00x"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            f"{FINISHED} real time job_id={JOB} chunks=1 real_time_factor=0.25",
            "worker-1 | 12:00:01 job 01234567 finished: 2.0 s of audio in 0.5 s, 4.00x real time",
        ),
        (
            f"worker-2 | 12:00:01 ERROR   {OUTCOME}: job failed: OutputError: full job_id={JOB}",
            "worker-2 | 12:00:01 job 01234567 failed: OutputError: full",
        ),
        (
            "janitor | 12:00:01 WARNING worker.janitor.janitor: Redis is away: no; trying again",
            "janitor | 12:00:01 Redis is away: no; trying again",
        ),
        (f"worker-1 | 12:00:01 INFO    worker.render.render: chunk done job_id={JOB}", ""),
        ("worker-1 | 12:00:01 INFO    worker.x: worker w is ready on cpu", ""),
        ("web | http://127.0.0.1:8880", "web | http://127.0.0.1:8880"),
        ('worker-1 | {"level": "INFO"}', 'worker-1 | {"level": "INFO"}'),
    ],
)
def test_a_job_is_a_line_and_trouble_is_shown(line: str, shown: str):
    """How a job ended and what went wrong; the rest is left to --verbose."""
    assert shorten_line(line) == shown


def test_it_says_once_when_all_workers_are_ready():
    """Neither the first of two nor one that was replaced is news."""
    said: list[str] = []
    lines = ChildLines(2, said.append, has_all=False)
    ready = "worker-{} | 12:00:01 INFO    worker.supervision.supervisor: worker w is ready on cpu"

    lines.show(ready.format(1))
    assert said == []
    for number in (2, 1, 2):
        lines.show(ready.format(number))

    [line] = said
    assert line.startswith("ready    2 workers on cpu after 0 s; in another terminal: ktts speak")


def test_all_lines_are_shown_where_they_are_asked_for():
    """--verbose leaves them as they are; ``KTTS_LOG_FORMAT=json`` is for machines, too."""
    said: list[str] = []
    line = 'worker-1 | {"message": "worker w is ready on cuda:0"}'

    ChildLines(1, said.append, has_all=True).show(line)

    assert said[0] == line
    assert said[1].startswith("ready    1 worker on cuda:0 after")

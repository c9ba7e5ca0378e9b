"""Log lines for machines: one JSON object each, and all of a job's know what they belong to."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from jobs.telemetry.logs import log_context, set_up_logging
from worker.render.render import look_ahead
from worker.settings import WorkerSettings

log = logging.getLogger("tests.logs")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)


def read_lines(text: str) -> list[dict[str, object]]:
    """Return the JSON lines that were written."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_json_line_has_the_facts_of_record_and_job(capsys: pytest.CaptureFixture[str]) -> None:
    """What a line says itself stands beside what it was logged inside."""
    set_up_logging(WorkerSettings(log_format="json"))

    with log_context(worker="w1"), log_context(job_id="j1", traceparent="t1"):
        log.info("chunk %d", 3, extra={"seconds": 0.5})
    log.info("outside")

    inside, outside = read_lines(capsys.readouterr().err)
    assert (
        inside.items()
        >= {
            "level": "INFO",
            "logger": "tests.logs",
            "message": "chunk 3",
            "worker": "w1",
            "job_id": "j1",
            "traceparent": "t1",
            "seconds": 0.5,
        }.items()
    )
    assert not {"worker", "job_id", "traceparent"} & outside.keys()


def test_facts_end_with_their_block_also_when_it_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """The next job's lines do not carry this one's id."""
    set_up_logging(WorkerSettings(log_format="json"))

    with pytest.raises(ValueError, match="broken"), log_context(job_id="j1"):
        raise ValueError("broken")
    log.info("next")

    [line] = read_lines(capsys.readouterr().err)
    assert "job_id" not in line


def test_what_a_thread_prepares_ahead_belongs_to_the_job(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The next chunk is pronounced in a thread; its log lines and warnings have the job's id."""
    set_up_logging(WorkerSettings(log_format="json"))

    def pronounce() -> Iterator[int]:
        for number in range(3):
            log.info("pronounced %d", number)
            warnings.warn("odd word", UserWarning, stacklevel=1)
            yield number

    with warnings.catch_warnings(), log_context(job_id="j1"):
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        assert list(look_ahead(pronounce())) == [0, 1, 2]
        logging.captureWarnings(capture=False)

    lines = read_lines(capsys.readouterr().err)
    assert len(lines) == 6
    assert {line["job_id"] for line in lines} == {"j1"}


def test_a_line_for_people_has_its_own_facts_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the trace would be in the way."""
    set_up_logging(WorkerSettings(log_format="text"))

    with log_context(worker="w1", traceparent="t1"):
        log.info("done", extra={"chunks": 3})

    assert capsys.readouterr().err.endswith("INFO    tests.logs: done chunks=3\n")


def test_a_failure_brings_its_traceback_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log collector that splits at line ends keeps it whole."""
    set_up_logging(WorkerSettings(log_format="json"))

    try:
        int("broken")
    except ValueError:
        log.exception("failed")

    [line] = read_lines(capsys.readouterr().err)
    assert "ValueError: invalid literal" in str(line["exception"])


def test_a_collector_that_is_away_is_told_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """The SDK complains of each batch, and the log is for jobs."""
    set_up_logging(WorkerSettings(log_format="json"))

    for _ in range(5):
        logging.getLogger("opentelemetry.exporter").error("away")
        log.info("job finished")

    messages = [line["message"] for line in read_lines(capsys.readouterr().err)]
    assert messages.count("away") == 1
    assert messages.count("job finished") == 5


def test_a_json_line_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a client has put into a path; the words of any language stay as they are."""
    set_up_logging(WorkerSettings(log_format="json"))
    nasty = "été \x9b31m \x1b[2J \u202e \u2028 \x7f 東京"

    log.info("%s", nasty, extra={"path": nasty})

    written = capsys.readouterr().err
    assert written.rstrip("\n").isprintable()
    assert "été" in written
    [line] = read_lines(written)
    assert (line["message"], line["path"]) == (nasty, nasty)

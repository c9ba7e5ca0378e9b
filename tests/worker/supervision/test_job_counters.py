"""Each chunk is counted once, whatever Redis hears of it."""

from __future__ import annotations

from jobs.assembly import ASSEMBLY_TASK
from jobs.queue.job_record import TASK
from worker.supervision.job_counters import JobCounters


def make_progress(chunks: int) -> dict[str, float]:
    """Return what a model process reports after `chunks` chunks."""
    return {
        "chunks": chunks,
        "characters": 100 * chunks,
        "audio_seconds": 5.0 * chunks,
        "processing_seconds": 1.0 * chunks,
    }


def test_what_earlier_runs_have_done_is_not_counted_again() -> None:
    """The first report tells what the journal holds; only what is added to it counts."""
    counters = JobCounters(TASK, "cuda:1")

    assert counters.count_progress(make_progress(3)) == {}
    counters.mark_counted(make_progress(3))

    assert counters.count_progress(make_progress(4)) == {
        "chunks_spoken|cuda": 1,
        "characters_spoken|cuda": 100,
        "audio_seconds|cuda": 5.0,
        "speaking_seconds|cuda": 1.0,
    }


def test_what_was_not_delivered_is_counted_with_the_next_chunk() -> None:
    """A server that is away for three chunks hears of all three when it is back."""
    counters = JobCounters(TASK, "cpu")
    for chunks in range(3):
        counters.count_progress(make_progress(chunks))

    counts = counters.count_progress(make_progress(3))
    counters.mark_counted(make_progress(3))

    assert counts["chunks_spoken|cpu"] == 3
    assert counters.count_progress(make_progress(3)) == {}


def test_the_first_chunk_of_a_job_is_timed_once() -> None:
    """Neither later chunks nor a run that goes on from a journal are observed."""
    counters, resumed = JobCounters(TASK, "cpu"), JobCounters(TASK, "cpu")
    counters.count_progress(make_progress(0))
    first = counters.count_progress(make_progress(1))
    counters.mark_counted(make_progress(1))
    resumed.count_progress(make_progress(2))

    assert first["first_chunk_seconds|0.1"] == 1
    assert "first_chunk_seconds_sum" not in counters.count_progress(make_progress(2))
    assert "first_chunk_seconds_sum" not in resumed.count_progress(make_progress(3))


def test_a_result_that_was_there_before_is_no_measure_of_speed() -> None:
    """Only a job of which this run has spoken something enters the distribution."""
    spoken, found = JobCounters(TASK, "cpu"), JobCounters(TASK, "cpu")
    for counters, chunks in ((spoken, 1), (found, 0)):
        counters.count_progress(make_progress(0))
        counters.count_progress(make_progress(chunks))
    result = {"real_time_factor": 0.17}

    assert spoken.count_result(result) == {"real_time_factor|0.2": 1, "real_time_factor_sum": 0.17}
    assert found.count_result(result) == {}


def test_an_assembly_speaks_nothing() -> None:
    """Putting finished parts together is neither audio made nor speed."""
    counters = JobCounters(ASSEMBLY_TASK, "cpu")
    counters.count_progress(make_progress(0))

    assert counters.count_progress(make_progress(9)) == {}
    assert counters.count_result({"real_time_factor": 0.001}) == {}

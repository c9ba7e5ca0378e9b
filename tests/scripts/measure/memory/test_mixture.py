"""The jobs of a soak."""

from __future__ import annotations

from collections import Counter

from jobs.request import SpeechRequest
from jobs.voices import LANGUAGES
from scripts.measure.memory.growth import WARM_UP_JOBS
from scripts.measure.memory.mixture import make_jobs


def test_two_hundred_jobs_are_a_mixture() -> None:
    """Every language, 1 to 2,000 characters, about 60,000 in all, some that cannot be finished."""
    jobs = list(make_jobs(200))
    lengths = [len(job.text) for job in jobs]
    fates = Counter(job.fate for job in jobs)

    assert 54_000 < sum(lengths) < 66_000
    assert (min(lengths), max(lengths)) == (1, 2_000)
    assert {job.voice[0] for job in jobs} == set(LANGUAGES)
    assert fates["cancelled"] >= 10
    assert fates["failed"] >= 10
    assert len({job.voice for job in jobs}) > 40


def test_the_warm_up_has_the_longest_text_of_every_language() -> None:
    """What may be kept for good is taken before memory is compared."""
    first = list(make_jobs(200))[:WARM_UP_JOBS]

    assert {job.voice[0] for job in first if len(job.text) == 2_000} == set(LANGUAGES)


def test_the_same_number_gives_the_same_jobs() -> None:
    """Two soaks can be compared, and every job is a request that a producer may make."""
    jobs = list(make_jobs(60))

    assert jobs == list(make_jobs(60))
    for job in jobs:
        SpeechRequest(text=job.text, voice=job.voice)

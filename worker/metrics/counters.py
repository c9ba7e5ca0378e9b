"""The counters and histograms: their names, labels and fields in one Redis hash.

A counter's field is its name and the values of its labels, ``jobs_ended|bulk|finished``. A
histogram has a field for each bucket, ``real_time_factor|0.2``, and ``real_time_factor_sum``. The
script that changes a job also counts the change, so that both happen or neither.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import inf

from jobs.queue.lua_calls import Counts
from jobs.settings import QUEUES


@dataclass(frozen=True, slots=True)
class CounterKind:
    """A number that only grows, for each combination of its labels' values."""

    name: str
    help: str
    labels: Mapping[str, tuple[str, ...]]
    """Label to the values that are shown from the start; others may come."""

    def field(self, *values: str) -> str:
        """Return the field in Redis for these values of the labels."""
        return "|".join((self.name, *values))

    def known_values(self) -> list[tuple[str, ...]]:
        """Return the combinations that are shown, as 0, before anything is counted."""
        return list(product(*self.labels.values()))


@dataclass(frozen=True, slots=True)
class HistogramKind:
    """A distribution of a quantity."""

    name: str
    help: str
    bounds: tuple[float, ...]
    """Upper ends of the buckets, ascending, the last one infinite."""

    def field(self, bound: float) -> str:
        """Return the field in Redis of the bucket between this bound and the one below."""
        return f"{self.name}|{bound:g}"

    @property
    def sum_field(self) -> str:
        """The field in Redis with the sum of all values."""
        return f"{self.name}_sum"

    def observe(self, value: float) -> Counts:
        """Return what one observation adds."""
        bound = self.bounds[bisect_left(self.bounds, value)]
        return {self.field(bound): 1, self.sum_field: value}


ENDED = CounterKind(
    "jobs_ended",
    "Jobs that workers have brought to an end, by queue and outcome.",
    {"queue": QUEUES, "status": ("finished", "failed", "cancelled")},
)
FAILURES = CounterKind("job_failures", "Jobs that failed for good, by error.", {"error": ()})
REQUEUED = CounterKind(
    "jobs_requeued",
    "Jobs that a worker put back, by cause.",
    {"cause": ("yield", "stop", "death", "retry", "busy", "store")},
)
RECOVERIES = CounterKind(
    "jobs_recovered",
    "Jobs that the janitor brought back: from dead workers, from no list at all, from the outbox.",
    {"kind": ("taken_back", "restored", "resubmitted")},
)
MODEL_PROCESS_RESTARTS = CounterKind(
    "horse_restarts",
    "Model processes that had to be replaced, by cause.",
    {
        "cause": (
            "died_in_job",
            "died_waiting",
            "died_loading",
            "hung",
            "broken_off",
            "forced_cancel",
            "job_limit",
            "memory_limit",
            "trial",
        )
    },
)
CHUNKS = CounterKind("chunks_spoken", "Chunks that were spoken.", {"device": ()})
CHARACTERS = CounterKind(
    "characters_spoken", "Characters of text that were spoken.", {"device": ()}
)
AUDIO_SECONDS = CounterKind("audio_seconds", "Seconds of audio made.", {"device": ()})
SPEAKING_SECONDS = CounterKind(
    "speaking_seconds", "Seconds that workers spent on making it.", {"device": ()}
)
COUNTERS = (
    ENDED,
    FAILURES,
    REQUEUED,
    RECOVERIES,
    MODEL_PROCESS_RESTARTS,
    CHUNKS,
    CHARACTERS,
    AUDIO_SECONDS,
    SPEAKING_SECONDS,
)

UNREADABLE = "unreadable_jobs"
"""The field of a number that is written, not counted: the janitor's last count."""

REAL_TIME_FACTOR = HistogramKind(
    "real_time_factor",
    "Processing over audio of finished speech jobs; below 1 is faster than real time.",
    (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, inf),
)
FIRST_CHUNK_SECONDS = HistogramKind(
    "first_chunk_seconds",
    "From a worker's start on a job to its first chunk on disk.",
    (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, inf),
)
HISTOGRAMS = (REAL_TIME_FACTOR, FIRST_CHUNK_SECONDS)

"""The run of a soak: jobs one after the other through one worker, its memory after each."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from jobs import Cancelled, JobFailed, SpeechStatus
from jobs.errors import StartupError
from scripts.measure.memory.growth import judge_growth
from scripts.measure.memory.mixture import SoakJob
from scripts.measure.speed.product import POLL_SECONDS, Product, count_idle

REPORT_EVERY = 10
_MIB = 1 << 20


@dataclass(slots=True)
class Soak:
    """What was seen so far."""

    rss_bytes: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    fates: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    audio_seconds: float = 0.0


def run_soak(product: Product, jobs: Sequence[SoakJob], tell: Callable[[str], None]) -> Soak:
    """Let a running product do the jobs one after the other; note its memory after each.

    Raises:
        StartupError: the system does not tell what a process holds.
    """
    soak = Soak()
    for number, job in enumerate(jobs, start=1):
        _do(product, job, soak)
        while not count_idle(product.queue.connection):
            time.sleep(POLL_SECONDS)  # it gives memory back before it takes another job
        held = product.model_bytes()
        if held is None:
            raise StartupError("this system does not tell what a process holds; run it on Linux")
        soak.rss_bytes.append(held)
        soak.characters.append(len(job.text))
        if number % REPORT_EVERY == 0:
            tell(f"{number} jobs, {sum(soak.characters)} characters, {held / _MIB:.0f} MiB")
    return soak


def describe_soak(soak: Soak, peak: int | None) -> dict[str, Any]:
    """Return the document."""
    growth = judge_growth(soak.rss_bytes)
    facts = {} if growth is None else {name: round(value) for name, value in asdict(growth).items()}
    return {
        "jobs": len(soak.rss_bytes),
        "characters": sum(soak.characters),
        "audio_seconds": round(soak.audio_seconds, 1),
        "fates": dict(soak.fates),
        "unexpected": soak.unexpected,
        "grew": growth.has_grown if growth else None,
        "growth_bytes": round(growth.growth_bytes) if growth else None,
        **facts,
        "peak_rss_bytes": peak,
        "rss_bytes": soak.rss_bytes,
    }


def _do(product: Product, job: SoakJob, soak: Soak) -> None:
    submitted = time.monotonic()
    handle = product.submit(job.text, job.voice)
    if job.fate == "cancelled":
        while handle.status() is SpeechStatus.QUEUED:
            time.sleep(POLL_SECONDS)
        handle.cancel()
    try:
        soak.audio_seconds += product.follow(handle, submitted).audio_seconds
        fate = "finished"
    except JobFailed:
        fate = "failed"
    except Cancelled:
        fate = "cancelled"
    soak.fates[fate] += 1
    # A short text may be done before the cancel reaches it.
    if fate not in {job.fate, "finished" if job.fate == "cancelled" else job.fate}:
        soak.unexpected.append(f"{job.text[:30]!r} with {job.voice}: {fate}, not {job.fate}")

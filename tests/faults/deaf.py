"""A worker that never hears the first answer to a take: ``python -m tests.faults.deaf``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import redis

from worker.__main__ import main
from worker.supervision.job_store import JobStore


def break_first_answer() -> None:
    """Let the first take that finds a job fail after Redis has done it, and the first finish."""
    for name in ("take", "finish"):
        setattr(JobStore, name, _losing_once(getattr(JobStore, name)))


def _losing_once(original: Callable[..., Any]) -> Callable[..., Any]:
    lost: list[object] = []

    def wrapped(*arguments: Any, **named: Any) -> Any:
        answer = original(*arguments, **named)
        if answer and not lost:
            lost.append(answer)
            raise redis.exceptions.ConnectionError("answer lost")
        return answer

    return wrapped


if __name__ == "__main__":
    break_first_answer()
    sys.exit(main())

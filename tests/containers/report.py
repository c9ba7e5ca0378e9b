"""What `scripts/container_check` has seen so far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from jobs.errors import SpeechError
from tests.containers.compose import CheckFailed


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried."""

    name: str
    ok: bool
    seconds: float
    detail: str
    """What was seen, for people."""


class StepFailed(Exception):
    """A step has failed, and is in the report; those after it make no sense."""


class Report:
    """The steps, as they come."""

    def __init__(self) -> None:
        """Begin with none."""
        self._steps: list[Step] = []
        self.image_bytes = 0
        """Size of the worker's image, unpacked."""

    def run(self, name: str, action: Callable[[], str]) -> None:
        """Do one step and note how it went.

        Raises:
            StepFailed: it went wrong.
        """
        began = time.monotonic()
        try:
            ok, detail = True, action()
        except (CheckFailed, SpeechError, TimeoutError, OSError) as exc:
            ok, detail = False, str(exc)
        step = Step(name, ok, round(time.monotonic() - began, 1), detail)
        self._steps.append(step)
        mark = "ok" if ok else "FAILED"
        print(f"{mark:<6} {name} ({step.seconds:.0f} s): {detail}", file=sys.stderr, flush=True)
        if not ok:
            raise StepFailed(name)

    def as_json(self) -> dict[str, Any]:
        """Return the document of the last line."""
        return {
            "ok": bool(self._steps) and all(step.ok for step in self._steps),
            "image_bytes": self.image_bytes,
            "steps": [asdict(step) for step in self._steps],
        }

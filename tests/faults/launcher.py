"""A worker that kills itself at a labelled point: ``python -m tests.faults.launcher LABEL``.

The product's functions are wrapped in this process only. The points, in a job's order:

* ``taken``: the job is off its list, the model process has not heard of it;
* ``started``: the model process has been told;
* ``chunk``: the first chunk is journaled, its progress not yet in Redis;
* ``before-rename``: the file is complete under its hidden name;
* ``after-rename``: the file has its name, Redis does not know;
* ``settled``: Redis knows.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from worker.__main__ import main
from worker.supervision.job_runner import JobRunner
from worker.supervision.job_store import JobStore
from worker.supervision.model_process import ModelProcess

LABELS = ("taken", "started", "chunk", "before-rename", "after-rename", "settled")


def arm(label: str) -> None:
    """Make this process end at `label`."""
    owner, name, is_after = {
        "taken": (JobStore, "take", True),
        "started": (ModelProcess, "start_job", True),
        "chunk": (JobRunner, "_checkpoint", False),
        "before-rename": (JobStore, "is_held", False),
        "after-rename": (JobStore, "finish", False),
        "settled": (JobStore, "finish", True),
    }[label]
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if not is_after and _is_due(label, arguments):
            _end()
        answer = original(*arguments, **named)
        if is_after and answer != "" and (label != "taken" or answer is not None):
            _end()
        return answer

    setattr(owner, name, wrapped)


def _is_due(label: str, arguments: tuple[Any, ...]) -> bool:
    return label != "chunk" or arguments[1]["chunks"] > 0


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    arm(sys.argv.pop(1))
    sys.exit(main())

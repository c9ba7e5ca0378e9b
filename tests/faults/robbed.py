"""A worker whose job is given away right before the file gets its name.

``python -m tests.faults.robbed``: a worker that was taken for dead in exactly that moment.
"""

from __future__ import annotations

import sys

from jobs.queue import keys
from worker.__main__ import main
from worker.supervision.job_store import HeldJob, JobStore


def rob() -> None:
    """Let another worker hold the job whenever this one asks whether it still does."""
    is_held = JobStore.is_held

    def robbed(self: JobStore, job: HeldJob) -> bool:
        self._connection.hset(keys.HELD, job.job_id, "another")
        return is_held(self, job)

    JobStore.is_held = robbed  # type: ignore[method-assign]


if __name__ == "__main__":
    rob()
    sys.exit(main())

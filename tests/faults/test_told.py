"""Whoever is to be told of a job is told once, wherever in it the worker dies."""

from __future__ import annotations

from pathlib import Path

from jobs.queue.queue import SpeechQueue
from tests.conftest import eventually
from tests.fakes.receiver import SECRET, run_receiver
from tests.faults.processes import Stable, make_request


def test_a_worker_that_dies_around_the_end_has_its_callers_told(
    stable: Stable, tmp_path: Path
) -> None:
    """Killed before Redis knows of the file, and after: job and message are one step of Redis."""
    with run_receiver() as receiver:
        hosts = {"KTTS_WEBHOOK_HOSTS": "127.0.0.1", "KTTS_WEBHOOK_SECRET": SECRET}
        stable.janitor(**hosts)
        settings = stable.settings.model_copy(update={"webhook_hosts": "127.0.0.1"})
        queue = SpeechQueue(stable.connection, settings)
        for number in range(2):
            queue.submit(make_request(number, callback_url=receiver.url))
        stable.doomed("after-rename").wait()
        stable.doomed("settled").wait()
        stable.worker()

        eventually(lambda: len(receiver.got) == 2)

        assert receiver.types == ["job.finished"] * 2
        assert len({message["data"]["job_id"] for message in receiver.got}) == 2

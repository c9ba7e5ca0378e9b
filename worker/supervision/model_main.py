"""The model process: loads the model once, then works on one job at a time.

It talks to the supervisor only, not to Redis or the network. It ends when the supervisor ends:
Linux kills it (PR_SET_PDEATHSIG); elsewhere it exits when the channel closes.
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from jobs.errors import Cancelled, JobTimeout, SpeechError, StartupError, WorkerStopping
from jobs.request import SpeechProgress
from jobs.telemetry.logs import log_context, set_up_logging
from worker.engine import Engine, load_engine
from worker.settings import WorkerSettings
from worker.supervision.channel import Channel, ChannelClosed
from worker.supervision.model_process import CHANNEL_DESCRIPTOR, TIMEOUT_SIGNAL
from worker.tasks import TaskContext, run_task

OOM_SCORE_ADJUSTMENT = 500
"""Above the supervisor's 0: if memory runs out, the kernel kills this process first."""

_PR_SET_PDEATHSIG = 1

log = logging.getLogger("worker.supervision.model_main")  # __name__ is "__main__"


def main() -> int:
    """Load the engine that the first message describes, then work until the channel closes."""
    if not _end_with_parent(int(sys.argv[1])):
        return 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(TIMEOUT_SIGNAL, signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=CHANNEL_DESCRIPTOR))
    try:
        return _serve(channel)
    except ChannelClosed:
        return 0


def _serve(channel: Channel) -> int:
    start = channel.receive()
    if start is None:
        return 0
    settings = WorkerSettings.model_validate(start["settings"])
    set_up_logging(settings)
    with log_context(worker=start["worker"]):
        return _load_and_work(channel, settings)


def _load_and_work(channel: Channel, settings: WorkerSettings) -> int:
    def claim_card(cards: Sequence[str]) -> str:
        channel.send({"event": "cards", "cards": list(cards)})
        return str(_answer(channel)["card"])

    def announce(sentence: str) -> None:
        log.info(sentence)
        channel.send({"event": "preparing"})

    try:
        engine = load_engine(settings, claim_card, announce)
    except StartupError as exc:
        channel.send({"event": "refused", "message": str(exc)})
        return StartupError.exit_code
    # What is loaded by now stays; if it is not frozen, each collection takes 0.1 s per job.
    gc.collect()
    gc.freeze()
    _, use = engine.synthesizer.release_memory()
    channel.send(
        {
            "event": "ready",
            "device": engine.synthesizer.device,
            "arithmetic": engine.synthesizer.fingerprint.get("precision", ""),
            "is_tentative": engine.is_tentative,
            **asdict(use),
        }
    )
    while (job := channel.receive()) is not None:
        with log_context(job_id=job["job_id"], **job["trace"]):
            _work(channel, engine, settings, job)
    return 0


def _work(channel: Channel, engine: Engine, settings: WorkerSettings, job: dict[str, Any]) -> None:
    """Run one job and report how it ended; the supervisor decides what an error means."""

    def checkpoint(progress: SpeechProgress) -> None:
        channel.send({"event": "progress", "progress": progress.model_dump()})
        _stop_if_told(_answer(channel)["stop"])

    def confirm() -> None:
        channel.send({"event": "confirm"})
        if not _answer(channel)["live"]:
            raise WorkerStopping(f"job {job['job_id']} is held by another worker by now")

    context = TaskContext(
        engine=engine,
        settings=settings,
        job_id=job["job_id"],
        execution_id=job["execution_id"],
        checkpoint=checkpoint,
        confirm=confirm,
    )
    signal.signal(TIMEOUT_SIGNAL, _raise_timeout)
    try:
        result = run_task(job["task"], job["arguments"], context)
        ending: dict[str, Any] = {"event": "finished", "result": result.model_dump(mode="json")}
    except (WorkerStopping, Cancelled) as exc:
        ending = {"event": "stopped", "message": str(exc)}
    except SpeechError as exc:
        ending = _failure(exc, retryable=exc.retryable)
    except ChannelClosed:
        raise
    except Exception as exc:  # at the edge of the process: an unforeseen error fails the job
        log.exception("job failed unexpectedly", extra={"job_id": job["job_id"]})
        ending = _failure(exc, retryable=False)
    finally:
        signal.signal(TIMEOUT_SIGNAL, signal.SIG_IGN)
    channel.send(ending)
    gc.collect()
    before, after = engine.synthesizer.release_memory()
    log.debug(
        "memory released: host %d -> %d MiB, accelerator %d -> %d MiB",
        before.host_bytes >> 20,
        after.host_bytes >> 20,
        before.accelerator_bytes >> 20,
        after.accelerator_bytes >> 20,
        extra={"job_id": job["job_id"]},
    )
    channel.send({"event": "idle", **asdict(after)})


def _answer(channel: Channel) -> dict[str, Any]:
    answer = channel.receive()
    if answer is None:
        raise ChannelClosed("no answer")
    return answer


def _stop_if_told(stop: str | None) -> None:
    if stop == "cancel":
        raise Cancelled("cancelled at a chunk boundary")
    if stop == "yield":
        raise WorkerStopping("stopped at a chunk boundary; the job goes on later")


def _failure(exc: Exception, *, retryable: bool) -> dict[str, Any]:
    return {
        "event": "failed",
        "name": type(exc).__name__,
        "message": str(exc) or type(exc).__name__,
        "retryable": retryable,
    }


def _raise_timeout(_signal: int, _frame: FrameType | None) -> None:
    raise JobTimeout("the time limit was reached")


def _end_with_parent(parent_pid: int) -> bool:
    """Arrange to be killed when the supervisor ends; return False if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # If /proc is read-only, the kernel chooses by size, which is this process as well.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJUSTMENT), encoding="ascii")
    # The kernel does not report a death before prctl, and the channel is not read until the model
    # is loaded.
    return os.getppid() == parent_pid


if __name__ == "__main__":
    sys.exit(main())

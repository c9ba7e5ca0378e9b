"""The child that holds the model: loads it once, then does one job at a time.

It speaks to nothing but its parent: no Redis, no network. It ends with its parent, whatever happens
to that: the kernel kills it where it can (PR_SET_PDEATHSIG), and the end of the channel does it
everywhere else.
"""

from __future__ import annotations

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
from worker.engine import Engine, load_engine
from worker.logs import log_facts, set_up_logging
from worker.settings import WorkerSettings
from worker.supervision.model_process import (
    CHANNEL_DESCRIPTOR,
    TIMEOUT_SIGNAL,
    Channel,
    ChannelClosed,
)
from worker.tasks import TaskContext, run_task

OOM_SCORE_ADJUSTMENT = 500
"""Above the parent's 0: when memory runs out the kernel takes the horse, and a new one comes."""

_PR_SET_PDEATHSIG = 1

log = logging.getLogger("worker.supervision.model_main")  # run as a program, it is "__main__"


def main() -> int:
    """Load the engine that the parent's first message describes, then serve until it hangs up."""
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
    order = channel.receive()
    if order is None:
        return 0
    settings = WorkerSettings.model_validate(order["settings"])
    set_up_logging(settings)
    with log_facts(worker=order["worker"]):
        return _load_and_work(channel, settings)


def _load_and_work(channel: Channel, settings: WorkerSettings) -> int:
    def claim_card(cards: Sequence[str]) -> str:
        channel.send({"event": "cards", "cards": list(cards)})
        return str(_answer(channel)["card"])

    try:
        engine = load_engine(settings, claim_card)
    except StartupError as exc:
        channel.send({"event": "refused", "message": str(exc)})
        return StartupError.exit_code
    # What is loaded now stays for good; without it a collection takes a tenth of a second per job.
    gc.collect()
    gc.freeze()
    _, use = engine.synthesizer.release_memory()
    channel.send({"event": "ready", "device": engine.synthesizer.device, **asdict(use)})
    while (order := channel.receive()) is not None:
        with log_facts(job_id=order["job_id"], **order["trace"]):
            _work(channel, engine, settings, order)
    return 0


def _work(
    channel: Channel, engine: Engine, settings: WorkerSettings, order: dict[str, Any]
) -> None:
    """Do one job and tell how it ended; every error goes to the parent, which decides."""

    def checkpoint(progress: SpeechProgress) -> None:
        channel.send({"event": "progress", "progress": progress.model_dump()})
        _obey(_answer(channel)["stop"])

    def confirm() -> None:
        channel.send({"event": "confirm"})
        if not _answer(channel)["live"]:
            raise WorkerStopping(f"job {order['job_id']} has been given to another worker")

    context = TaskContext(
        engine=engine,
        settings=settings,
        job_id=order["job_id"],
        execution_id=order["execution_id"],
        checkpoint=checkpoint,
        confirm=confirm,
    )
    signal.signal(TIMEOUT_SIGNAL, _raise_timeout)
    try:
        result = run_task(order["task"], order["arguments"], context)
        ending: dict[str, Any] = {"event": "finished", "result": result.model_dump(mode="json")}
    except (WorkerStopping, Cancelled) as exc:
        ending = {"event": "stopped", "message": str(exc)}
    except SpeechError as exc:
        ending = _failure(exc, retryable=exc.retryable)
    except ChannelClosed:
        raise
    except Exception as exc:  # the process edge: an unforeseen error ends the job, loudly
        log.exception("job failed unexpectedly", extra={"job_id": order["job_id"]})
        ending = _failure(exc, retryable=False)
    finally:
        signal.signal(TIMEOUT_SIGNAL, signal.SIG_IGN)
    channel.send(ending)
    gc.collect()
    before, after = engine.synthesizer.release_memory()
    log.info(
        "memory released: host %d -> %d MiB, accelerator %d -> %d MiB",
        before.host_bytes >> 20,
        after.host_bytes >> 20,
        before.accelerator_bytes >> 20,
        after.accelerator_bytes >> 20,
        extra={"job_id": order["job_id"]},
    )
    channel.send({"event": "idle", **asdict(after)})


def _answer(channel: Channel) -> dict[str, Any]:
    answer = channel.receive()
    if answer is None:
        raise ChannelClosed("no answer")
    return answer


def _obey(stop: str | None) -> None:
    if stop == "cancel":
        raise Cancelled("cancelled at a chunk boundary")
    if stop == "yield":
        raise WorkerStopping("stopped at a chunk boundary; the job goes on elsewhere")


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
    """Arrange to be killed when the parent ends; false where it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # Where /proc is read-only the kernel chooses by size, which is the horse as well.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJUSTMENT), encoding="ascii")
    # The kernel does not tell of a death before that request, and the channel's end is not seen
    # until the model is loaded.
    return os.getppid() == parent_pid


if __name__ == "__main__":
    sys.exit(main())

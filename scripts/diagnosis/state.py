"""The state of what a worker stands on: model directory, Redis, last measured speed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import redis

from jobs.errors import SpeechError, StartupError
from jobs.queue.causes import explain, public_address
from jobs.queue.connection import open_connection
from jobs.queue.overview import find_workers
from worker.settings import WorkerSettings
from worker.speech.device.device import DeviceChoice
from worker.speech.model.weights import check_model, find_damage
from worker.speed import SPEED_FILE
from worker.supervision.neighbours import refuse_slots


@dataclass(frozen=True, slots=True)
class FastPath:
    """The choice of `worker.speech.precision.precision` and its reason."""

    enabled: bool
    reason: str
    precision: str
    """What a worker would compute in; ``unknown`` without a device or a model."""
    kernel: str = ""
    """Name of the C kernel's library; empty where PyTorch does its work."""


def inspect_fast_path(
    settings: WorkerSettings,
    device: DeviceChoice | None,
    *,
    is_whole: bool,
    announce: Callable[[str], None] | None = None,
) -> FastPath:
    """Make the choice as a worker does, by what its trial found if there was one.

    Args:
        settings: as a worker reads them.
        device: where it would run; None where no device can be used.
        is_whole: whether the model directory was found whole.
        announce: called before a new trial; None makes none.
    """
    if device is None or not is_whole:
        reason = "unknown until there are a device and a model"
        return FastPath(enabled=False, reason=reason, precision="unknown")
    from worker.speech.device.cores import count_cores
    from worker.speech.fast.kernels.build import find_kernel
    from worker.speech.precision.precision import choose_precision
    from worker.speech.precision.trial import confirm, recall

    ask = partial(confirm, again=True, announce=announce) if announce else recall
    try:
        source = check_model(settings.model_dir)
        threads = settings.threads or count_cores()
        choice = choose_precision(settings, source, device, threads=threads, confirm=ask)
    except StartupError as exc:
        return FastPath(enabled=False, reason=str(exc), precision="unknown")
    kernel = find_kernel()
    return FastPath(
        enabled=choice.name != "fp32",
        reason=choice.reason,
        precision=choice.name,
        kernel=kernel.name if kernel else "",
    )


ANSWER_SECONDS = 3
"""A server that takes longer to answer is down as far as a job is concerned."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is in the model directory."""

    path: str
    state: str
    """``verified`` (every checksum right), ``damaged``, ``half`` or ``missing``."""
    detail: str
    """Precision and voices, or what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What Redis says about itself."""

    url: str
    """Without its password."""
    reachable: bool
    detail: str
    """Empty, or what is wrong and what to do."""
    version: str | None = None
    persistence: str | None = None
    """``aof``, ``rdb``, ``none``, or ``unknown`` where the server does not tell."""
    workers: int | None = None
    """Workers that are registered there now."""


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """Speed of the last job on this machine."""

    device: str
    real_time_factor: float
    """Processing time over audio time; below 1 is faster than real time."""
    audio_seconds: float
    at: str
    """ISO 8601."""


def inspect_model(directory: Path) -> ModelState:
    """Check presence, sizes and checksums of the model files (about a second)."""
    try:
        is_missing = not directory.is_dir() or not any(directory.iterdir())
        source = check_model(directory)
        damage = list(find_damage(directory))
    except StartupError as exc:
        return ModelState(str(directory), "missing" if is_missing else "half", str(exc))
    except OSError as exc:
        return ModelState(str(directory), "half", f"{directory} cannot be read ({exc.strerror})")
    if damage:
        return ModelState(
            str(directory), "damaged", f"{'; '.join(damage)}; run `ktts fetch-model` again"
        )
    return ModelState(
        str(directory), "verified", f"{source.precision}, {len(source.voices)} voices"
    )


def inspect_server(url: str) -> ServerState:
    """Ask Redis for its version, its persistence and its workers, with short waits."""
    shown = public_address(url)
    try:
        with open_connection(url, attempts=0, answer_seconds=ANSWER_SECONDS) as connection:
            facts: dict[str, Any] = connection.info()
            persistence = _read_persistence(connection, facts)
            workers = len(find_workers(connection))
            refuse_slots(connection)
    except ValueError:  # says what is wrong by parts of the address, a password's too
        detail = "is no server address; see KTTS_REDIS_URL"
        return ServerState(shown, reachable=False, detail=detail)
    except (redis.RedisError, SpeechError, OSError) as exc:
        detail = str(exc) if isinstance(exc, SpeechError) else explain(exc)
        return ServerState(shown, reachable=False, detail=detail)
    version = facts.get("valkey_version") or facts.get("redis_version")
    detail = _find_server_risk(persistence, str(facts.get("maxmemory_policy", "noeviction")))
    return ServerState(
        shown,
        reachable=True,
        detail=detail,
        version=str(version),
        persistence=persistence,
        workers=workers,
    )


def read_speed(cache_dir: Path) -> MeasuredSpeed | None:
    """Return the last measured speed; None where no worker has left one that can be read."""
    try:
        record = json.loads((cache_dir / SPEED_FILE).read_text(encoding="utf-8"))
        return MeasuredSpeed(
            str(record["device"]),
            float(record["real_time_factor"]),
            float(record["audio_seconds"]),
            str(record["at"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_persistence(connection: redis.Redis, facts: dict[str, Any]) -> str:
    if facts.get("aof_enabled"):
        return "aof"
    try:
        schedule = connection.config_get("save")
    except redis.ResponseError:
        return "unknown"  # hosted servers often forbid CONFIG
    return "rdb" if any(schedule.values()) else "none"


def _find_server_risk(persistence: str, policy: str) -> str:
    if policy != "noeviction":
        return f"throws jobs away when memory is short ({policy}); set maxmemory-policy noeviction"
    if persistence == "none":
        return "keeps jobs in memory only; set appendonly yes"
    if persistence == "rdb":
        return "a crash loses the jobs since the last snapshot; set appendonly yes"
    return ""

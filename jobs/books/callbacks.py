"""Who is told of a batch's end: a file for each caller beside the manifest.

A book is on disk, so this is, too, and survives a Redis that loses its data. The janitor, which
sees every book through, enters the event and then writes down beside the caller's file what it has
told; where it dies in between, it tells the same once more, under the same id.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import redis

from ..errors import OutputError
from ..files import write_file
from ..queue.webhooks import write_event
from ..request import SpeechStatus
from .batch_status import BatchStatus
from .manifest import batch_dir

_STATUS = {
    SpeechStatus.FINISHED: "finished",
    SpeechStatus.FAILED: "failed",
    SpeechStatus.CANCELLED: "canceled",
}
"""The ends of a batch, in the words of the queue's own events."""


def keep_callback(output_dir: Path, batch_id: str, callback: str) -> None:
    """Write down who is to be told; one who knows already that it is finished is told again.

    Args:
        output_dir: Directory of finished files.
        batch_id: The batch.
        callback: A line of `jobs.callback.write_callback`.

    Raises:
        OutputError: it cannot be written.
    """
    digest = hashlib.sha256(callback.encode()).hexdigest()[:16]
    path = batch_dir(output_dir, batch_id) / f"callback-{digest}.json"
    if not path.exists() or _read_told(path).endswith(SpeechStatus.FINISHED):
        try:
            _begin_turn(path, callback)
        except OSError as exc:
            raise OutputError(
                f"cannot write {path}: {exc.strerror}; nothing was submitted"
            ) from exc


def renew_callbacks(output_dir: Path, batch_id: str) -> None:
    """Let those be told anew who were told of an end, because the batch goes on."""
    for path, callback, turn in _read_callbacks(output_dir, batch_id):
        if _read_told(path).startswith(turn):
            _begin_turn(path, callback)


def announce(status: BatchStatus, output_dir: Path, connection: redis.Redis) -> None:
    """Tell those of a batch's end who have not been told; where it goes on, renew them.

    Raises:
        OSError: the volume fails; whoever was told may be told again, under the same id.
        redis.exceptions.RedisError: Redis is away.
    """
    word = _STATUS.get(status.status)
    if word is None:
        renew_callbacks(output_dir, status.batch_id)
        return
    for path, callback, turn in _read_callbacks(output_dir, status.batch_id):
        told = f"{turn} {status.status}"
        if _read_told(path) != told:
            # A volume that takes no file now would have the same told again and again.
            write_file(path.with_suffix(".told"), f"telling {status.status}".encode())
            facts = {"turn": turn, **_describe(status)}
            write_event(connection, status.batch_id, word, callback, facts)
            write_file(path.with_suffix(".told"), told.encode())


def _describe(status: BatchStatus) -> dict[str, object]:
    results = [output.result for output in status.outputs if output.result]
    files = [
        {
            "name": Path(result.output_file).name,
            "output_file": result.output_file,
            "audio_seconds": result.audio_seconds,
            "sha256": result.sha256,
        }
        for result in results
    ]
    error = {"name": "JobFailed", "message": status.problem}
    is_failed = status.status is SpeechStatus.FAILED
    return {"title": status.manifest.title, "files": files} | (
        {"error": error} if is_failed else {}
    )


def _read_callbacks(output_dir: Path, batch_id: str) -> Iterator[tuple[Path, str, str]]:
    for path in sorted(batch_dir(output_dir, batch_id).glob("callback-*.json")):
        try:
            document = json.loads(path.read_bytes())
            yield path, str(document["callback"]), str(document["turn"])
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            continue


def _begin_turn(path: Path, callback: str) -> None:
    write_file(path, json.dumps({"callback": callback, "turn": uuid4().hex}).encode())


def _read_told(path: Path) -> str:
    try:
        return path.with_suffix(".told").read_text(encoding="utf-8")
    except (FileNotFoundError, ValueError):
        return ""

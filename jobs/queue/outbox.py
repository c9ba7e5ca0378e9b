"""Submits on disk, so that a Redis that loses its data loses no job.

If `KTTS_OUTBOX_DIR` is set, each submit is written to a file there before it goes to Redis. The
janitor submits again every job that has no record in Redis, and removes the files of jobs that have
ended. There is one JSON file per job, named by the job's id.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..files import write_file


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One submit."""

    job_id: str
    request: dict[str, Any]
    queue: str
    run: str
    overwrite: bool
    callbacks: str = ""
    """Lines of `jobs.callback.write_callback`; not written where nobody is told."""


def write_entries(outbox_dir: Path, entries: Sequence[OutboxEntry]) -> set[str]:
    """Write submits to disk and sync them, all or none; entries of the same jobs are replaced.

    Returns:
        The ids of those jobs that had no entry before.

    Raises:
        OutputError: a file could not be written; nothing has been submitted.
    """
    new: set[str] = set()
    try:
        for entry in entries:
            path = _entry_file(outbox_dir, entry.job_id)
            if not path.exists():
                new.add(entry.job_id)
            write_file(path, json.dumps(_write_document(entry, _read_entry(path))).encode())
    except OSError as exc:
        for job_id in new:
            remove_entry(outbox_dir, job_id)
        raise OutputError(
            f"cannot write to the outbox {outbox_dir}: {exc.strerror}; nothing was submitted"
        ) from exc
    return new


def remove_entry(outbox_dir: Path, job_id: str) -> None:
    """Remove the file of a submit that was refused or whose job has ended."""
    _entry_file(outbox_dir, job_id).unlink(missing_ok=True)


def read_entries(outbox_dir: Path) -> list[OutboxEntry]:
    """Return the submits in `outbox_dir`; files that hold none are left alone."""
    found = map(_read_entry, sorted(outbox_dir.glob("*.json")))
    return [entry for entry in found if entry is not None]


def _write_document(entry: OutboxEntry, known: OutboxEntry | None) -> dict[str, Any]:
    """Return what is written: all are told who were to be told by the entry from before."""
    wanted = f"{known.callbacks if known else ''}\n{entry.callbacks}".split("\n")
    callbacks = "\n".join(filter(None, dict.fromkeys(wanted)))
    document = asdict(entry) | {"callbacks": callbacks}
    return {name: value for name, value in document.items() if name != "callbacks" or value}


def _read_entry(path: Path) -> OutboxEntry | None:
    try:
        entry = OutboxEntry(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    is_ours = isinstance(entry.request, dict) and isinstance(entry.callbacks, str)
    return entry if is_ours and f"{entry.job_id}.json" == path.name else None


def settle_entries(outbox_dir: Path, has_ended: Callable[[str], bool]) -> list[OutboxEntry]:
    """Remove the submits whose jobs have ended and return the others."""
    open_entries = []
    for entry in read_entries(outbox_dir):
        if has_ended(entry.job_id):
            remove_entry(outbox_dir, entry.job_id)
        else:
            open_entries.append(entry)
    return open_entries


def _entry_file(outbox_dir: Path, job_id: str) -> Path:
    return outbox_dir / f"{job_id}.json"

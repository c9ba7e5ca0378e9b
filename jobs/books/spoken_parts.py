"""Which parts of a book are spoken, and which of these under other rules than today's.

A book has one reading: an outdated part is spoken anew, unless whoever began the book has said that
it goes on with the parts it has. Then ``<output dir>/books/<batch id>/kept.json`` lists their jobs.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..files import write_file
from ..request import SpeechRequest, SpeechResult
from ..settings import QueueSettings
from ..text.text_version import describe_change, pick_version, text_version
from . import store
from .manifest import Manifest, batch_dir

RESPOKEN = "text-"
"""Begins the name of a run that speaks an outdated part anew."""


@dataclass(frozen=True, slots=True)
class SpokenParts:
    """What of a book is spoken before anything of it is queued."""

    total: int
    """Parts that the book has."""
    spoken: int
    """Parts of them that are finished."""
    outdated: tuple[str, ...] = ()
    """Job ids of the finished parts that another text version has; none in a finished book."""
    change: str = ""
    """How that version differs from today's."""

    def document(self, *, is_kept: bool) -> dict[str, Any] | None:
        """Return this for JSON; None if nothing of the book is spoken."""
        if not self.spoken:
            return None
        return {
            "parts": self.total,
            "spoken": self.spoken,
            "outdated": len(self.outdated),
            "change": self.change,
            "kept": is_kept and bool(self.outdated),
        }

    def describe(self, *, is_kept: bool) -> str:
        """Say what becomes of the outdated parts; empty if there are none."""
        if not self.outdated:
            return ""
        found = (
            f"{len(self.outdated)} of {self.total} parts were spoken under other rules "
            f"({self.change})"
        )
        if is_kept:
            return f"{found}; the book goes on with them and will have two readings"
        return f"{found} and are spoken anew; --keep-parts goes on with them"


def find_spoken(manifest: Manifest, settings: QueueSettings) -> SpokenParts:
    """Look at the files of every part; Redis is not asked."""
    output_dir, batch_id = settings.output_dir, manifest.batch_id
    is_finished = all(
        store.find_output(output_dir, batch_id, output) for output in manifest.outputs
    )
    changes: dict[str, str] = {}
    spoken = 0
    for part in manifest.parts:
        job_id = part.request.job_id
        if result := store.find_part(output_dir, part, job_id):
            spoken += 1
            if not is_finished and (
                change := find_change(result, part.request, settings.reading_off)
            ):
                changes[job_id] = change
    return SpokenParts(
        total=len(manifest.parts),
        spoken=spoken,
        outdated=tuple(changes),
        change="; or ".join(dict.fromkeys(changes.values())),
    )


def find_change(result: SpeechResult, request: SpeechRequest, reading_off: str) -> str:
    """Say how the text version of a finished part differs from today's; empty if it does not."""
    today = _today(request, reading_off)
    return describe_change(pick_version(result.fingerprint), today)


def name_run(request: SpeechRequest, reading_off: str) -> str:
    """Name the run that speaks a part under today's version: whoever asks for it names it so."""
    today = json.dumps(_today(request, reading_off))
    return RESPOKEN + hashlib.sha256(today.encode()).hexdigest()[:16]


def _today(request: SpeechRequest, reading_off: str) -> dict[str, str]:
    return text_version(
        request.language, request.reading, reading_off, pause_scale=request.pause_scale
    )


def read_kept(output_dir: Path, batch_id: str) -> frozenset[str]:
    """Return the job ids of the outdated parts that a book keeps.

    Raises:
        OSError: the list is there and cannot be read now: it is not as if nothing were kept.
    """
    try:
        return frozenset(json.loads(_kept_file(output_dir, batch_id).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return frozenset()


def write_kept(output_dir: Path, batch_id: str, job_ids: Collection[str]) -> None:
    """Keep these outdated parts of a book, and no others.

    Raises:
        OutputError: that cannot be written; nothing has changed.
    """
    path = _kept_file(output_dir, batch_id)
    try:
        if job_ids:
            write_file(path, json.dumps(sorted(job_ids)).encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror}; nothing was submitted") from exc


def _kept_file(output_dir: Path, batch_id: str) -> Path:
    return batch_dir(output_dir, batch_id) / "kept.json"

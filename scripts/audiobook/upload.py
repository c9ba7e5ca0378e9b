"""Read an uploaded book in a process of its own: a book in, what is to be queued out.

Books from strangers may hang a reader or crash it, and no server should die of that. Called as
``python -m scripts.audiobook.upload BOOK WISHES``, where WISHES is a JSON object with any of
format, split, voice, speed, language, chapters and include_all. Standard output is one JSON
document: ``{"manifest", "cover", "unspeakable"}``, the cover in base64 or null; where WISHES has
``"list": true`` what ``ktts audiobook --list --json`` prints; or ``{"error", "message", "field"}``.

Exit codes: 0, whether the book can be read or not.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.errors import InvalidRequest, SpeechError
from jobs.request import SpeechRequest
from jobs.voices import DEFAULT_VOICE
from scripts.audiobook.make.listing import write_listing
from scripts.audiobook.open_book import open_book
from scripts.audiobook.plan.choose import Wishes, choose
from scripts.audiobook.plan.write_manifest import prepare

MAX_BYTES = 4 << 30
"""Memory that reading may take; the longest books known take a tenth of it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Read one book and print what became of it."""
    path, wishes = sys.argv[1:] if argv is None else argv
    try:
        document = _read(Path(path), json.loads(wishes))
    except SpeechError as exc:
        field = exc.field if isinstance(exc, InvalidRequest) else ""
        document = {"error": type(exc).__name__, "message": str(exc), "field": field}
    print(json.dumps(document))
    return 0


def _read(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    book, wishes = open_book(path), _read_wishes(wanted)
    if wanted.get("list"):
        return write_listing(book, choose(book, wishes))
    prepared = prepare(book, wishes)
    cover = prepared.cover
    return {
        "manifest": prepared.manifest.model_dump(mode="json"),
        "cover": base64.b64encode(cover.data).decode() if cover else None,
        "unspeakable": list(prepared.unspeakable),
    }


def _read_wishes(wanted: dict[str, Any]) -> Wishes:
    """Check the values as a request's; raises InvalidRequest, which names the field."""
    voice, speed, language = wanted.get("voice"), wanted.get("speed"), wanted.get("language")
    request = SpeechRequest(
        text="-", voice=voice or DEFAULT_VOICE, speed=speed or 1.0, language=language or "auto"
    )
    is_split = bool(wanted.get("split"))
    return Wishes(
        format=wanted.get("format") or ("mp3" if is_split else "m4b"),
        is_split=is_split,
        voice=voice and request.voice,
        speed=speed and request.speed,
        language=None if language in {None, "auto"} else request.language,
        selection=wanted.get("chapters") or "",
        include_all=bool(wanted.get("include_all")),
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    sys.exit(main())

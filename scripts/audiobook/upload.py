"""Reads an uploaded book in a process of its own and prints its manifest.

A book from a stranger may hang or crash its reader, which must not end the server. Called as
``python -m scripts.audiobook.upload BOOK`` with a JSON object on standard input that has any of
format, output_dir, split, voice, speed, language, roles, reading, pause_scale, chapters, owner and
include_all. Standard output is one JSON document: ``{"manifest", "cover", "unspeakable"}``, the
cover in base64 or null; if the object has ``"list": true`` the document of
``ktts audiobook --list --json``; or ``{"error", "message", "field"}``.

Exit codes: 0, whether the book can be read or not.
"""

import base64
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.errors import InvalidRequest, SpeechError
from jobs.settings import QueueSettings
from scripts.audiobook.make.listing import write_listing
from scripts.audiobook.open_book import open_book
from scripts.audiobook.plan.choose import BookOptions, check_speech, choose, list_skipped
from scripts.audiobook.plan.write_manifest import prepare_book
from scripts.audiobook.read_along.marked_book import place_pages
from scripts.console.roles_file import parse_roles

LIMITS = {
    resource.RLIMIT_AS: 4 << 30,
    resource.RLIMIT_CPU: 300,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 1 << 30,
}
"""Bytes of memory, seconds of a processor, bytes of files; the longest books need a tenth."""


def main(argv: Sequence[str] | None = None) -> int:
    """Read one book and print its manifest, its chapters or an error."""
    [path] = sys.argv[1:] if argv is None else argv
    try:
        document = _read(Path(path), json.load(sys.stdin))
    except SpeechError as exc:
        field = exc.field if isinstance(exc, InvalidRequest) else ""
        document = {"error": type(exc).__name__, "message": str(exc), "field": field}
    print(json.dumps(document))
    return 0


def _read(path: Path, fields: dict[str, Any]) -> dict[str, Any]:
    settings = QueueSettings()
    book, is_split = open_book(path), bool(fields.get("split"))
    options = BookOptions(
        format=fields.get("format") or ("mp3" if is_split else "m4b"),
        is_split=is_split,
        selection=fields.get("chapters") or "",
        include_all=bool(fields.get("include_all")),
        roles=parse_roles(fields["roles"], "roles") if fields.get("roles") else {},
        reading=fields.get("reading") or "full",
        kinds_off=settings.kinds_off,
        owner=fields.get("owner") or "",
        **check_speech(
            fields.get("voice"),
            fields.get("speed"),
            fields.get("language"),
            settings.pause_scale if fields.get("pause_scale") is None else fields["pause_scale"],
        ),
    )
    if fields.get("list"):
        return write_listing(book, choose(book, options), list_skipped(book, options))
    prepared = prepare_book(book, options)
    place_pages(prepared, Path(fields.get("output_dir") or settings.output_dir))
    cover = prepared.cover
    return {
        "manifest": prepared.manifest.model_dump(mode="json"),
        "cover": base64.b64encode(cover.data).decode() if cover else None,
        "unspeakable": list(prepared.unspeakable),
    }


if __name__ == "__main__":
    for limit, value in LIMITS.items():
        hard = resource.getrlimit(limit)[1]  # a container may allow less, and nobody may raise it
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (allowed, allowed))
    sys.exit(main())

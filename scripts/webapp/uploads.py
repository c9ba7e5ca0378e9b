"""Turns an uploaded book into a manifest, in a process of its own that may crash or hang."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from anyio.to_thread import run_sync

from jobs.books.file_names import safe_name
from jobs.books.manifest import Manifest
from jobs.errors import InputError, InvalidRequest, find_error

READER = "scripts.audiobook.upload"
"""Module of that process; started by name, because the gateway imports nothing of audiobooks."""

READ_SECONDS = 300.0
"""A book that takes longer is refused; the longest known book takes 30 s."""

COPY_BYTES = 1 << 20
MAX_SUFFIX_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class UploadedBook:
    """A book that is ready for the queue."""

    manifest: Manifest
    cover: bytes | None
    unspeakable: tuple[str, ...]
    """Titles of chapters that hold nothing to speak."""


async def read_upload(file: BinaryIO, name: str, options: dict[str, Any]) -> UploadedBook:
    """Read an uploaded book.

    Args:
        file: Its bytes.
        name: The client's name for it; its suffix says what kind of book it is.
        options: As `scripts.audiobook.upload` takes them.

    Raises:
        InputError: the book cannot be read, or reading it takes too long.
        InvalidRequest: an option is wrong, or nothing in the book can be spoken.
    """
    answer = await _read(file, name, options)
    return UploadedBook(
        manifest=await run_sync(Manifest.model_validate, answer["manifest"]),
        cover=base64.b64decode(answer["cover"]) if answer["cover"] else None,
        unspeakable=tuple(answer["unspeakable"]),
    )


async def read_contents(file: BinaryIO, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return title, author, language and chapters of an uploaded book; errors as `read_upload`."""
    return await _read(file, name, options | {"list": True})


async def _read(file: BinaryIO, name: str, options: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ktts-upload-") as directory:
        path = Path(directory) / _plain_name(name)
        await run_sync(_copy, file, path)
        answer = await _run_reader(path, options)
    if "error" in answer:
        message = answer["message"].replace(str(path), path.name)
        error = find_error(answer["error"])(message)
        if isinstance(error, InvalidRequest):
            error.field = answer["field"]
        raise error
    return answer


async def _run_reader(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        READER,
        str(path),
        json.dumps(options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(READ_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError as exc:
        raise InputError(
            f"{path.name} was not read in {READ_SECONDS:.0f} s; convert it to EPUB or text"
        ) from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise InputError(
            f"{path.name} ended the program that reads books (code {process.returncode}); "
            "convert it to EPUB or text"
        )
    answer: dict[str, Any] = json.loads(output)
    return answer


def _plain_name(name: str) -> str:
    """Return the client's file name without directories, safe on every file system."""
    given = PurePath(name.replace("\\", "/"))
    suffix = given.suffix.lower()
    if not suffix[1:].isalnum() or len(suffix) > MAX_SUFFIX_CHARACTERS:
        suffix = ""
    return safe_name(given.name.removesuffix(given.suffix)) + suffix


def _copy(file: BinaryIO, path: Path) -> None:
    with path.open("wb") as copy:
        while block := file.read(COPY_BYTES):
            copy.write(block)

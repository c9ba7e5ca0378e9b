"""Turns an uploaded book into a manifest, in a process of its own that may crash or hang."""

import asyncio
import base64
import json
import os
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import anyio
from anyio.to_thread import run_sync

from jobs.books.file_names import safe_name
from jobs.books.manifest import Manifest
from jobs.child import child_command, child_environment
from jobs.errors import InputError, InvalidRequest, OutputError, find_error

READER = "scripts.audiobook.upload"
"""Module of that process; started by name, because the gateway imports nothing of audiobooks."""

READ_SECONDS = 300.0
"""A book that takes longer is refused; the longest known book takes 30 s."""

MAX_ANSWER_BYTES = 128 << 20
"""Of its manifest; the texts of the longest books known have a tenth of it."""

SPOOL_DIR = ".uploads"
"""Folder in the work directory: the system's own for temporary files is often small."""

COPY_BYTES = 1 << 20
MAX_SUFFIX_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class UploadedBook:
    """A book that is ready for the queue."""

    manifest: Manifest
    cover: bytes | None
    unspeakable: tuple[str, ...]
    """Titles of chapters that hold nothing to speak."""


def spool_in(work_dir: Path) -> None:
    """Let this process keep large bodies and uploaded books in the work directory.

    Raises:
        OutputError: nothing can be written there.
    """
    directory = work_dir / SPOOL_DIR
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=directory):
            tempfile.tempdir = str(directory)
    except OSError as exc:
        raise OutputError(f"no books can be uploaded: {directory}: {exc.strerror}") from exc


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
    with tempfile.TemporaryDirectory(prefix="book-") as directory:
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
    """Return the reader's answer; the reader ends with this task, whatever ends it."""
    process = await asyncio.create_subprocess_exec(
        *child_command("-m", READER, str(path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(only=("KTTS_PAUSE_SCALE", "KTTS_READING_OFF")),
        cwd=path.parent,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101  # it was asked for
    try:
        async with asyncio.timeout(READ_SECONDS):
            with suppress(ConnectionError):  # it has ended already; its code says how
                process.stdin.write(json.dumps(options).encode())
                await process.stdin.drain()
                process.stdin.close()
            output = await _take_output(process, path.name)
            await process.wait()
    except TimeoutError as exc:
        raise InputError(
            f"{path.name} was not read in {READ_SECONDS:.0f} s; convert it to EPUB or text"
        ) from exc
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with anyio.CancelScope(shield=True):
                await process.communicate()  # wait() never ends where its output is still unread
    if process.returncode != 0:
        raise InputError(
            f"{path.name} ended the program that reads books (code {process.returncode}); "
            "convert it to EPUB or text"
        )
    answer: dict[str, Any] = await run_sync(json.loads, output)
    return answer


async def _take_output(process: asyncio.subprocess.Process, name: str) -> bytes:
    assert process.stdout is not None  # noqa: S101  # as above
    output = bytearray()
    while block := await process.stdout.read(COPY_BYTES):
        output += block
        if len(output) > MAX_ANSWER_BYTES:
            raise InputError(f"{name} holds more text than any book; split it")
    return bytes(output)


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

"""The program that reads uploaded books, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.webapp import uploads


def test_a_reader_whose_answer_nobody_takes_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that goes away while much is unread would hold its upload's place for ever."""

    async def refuse(process: asyncio.subprocess.Process, _name: str) -> bytes:
        assert process.stdout is not None
        while not process.stdout._paused:  # type: ignore[attr-defined]  # noqa: ASYNC110  # has no event
            await asyncio.sleep(0.01)
        raise InputError("too much")

    book = tmp_path / "book.txt"
    book.write_bytes(bytes(4 << 20))
    monkeypatch.setattr(uploads, "READER", "base64")  # writes the whole file, in its own way
    monkeypatch.setattr(uploads, "_take_output", refuse)

    async def read() -> None:
        with book.open("rb") as file:
            reading = asyncio.create_task(uploads.read_contents(file, book.name, {}))
            done, _ = await asyncio.wait([reading], timeout=20)
        assert done
        assert isinstance(reading.exception(), InputError)

    asyncio.run(read())

"""What a book is to become: its chapters, cut into parts, and the files that are made of them.

A manifest is written once, before anything is queued, and never changed::

    <output dir>/books/<batch id>/manifest.json    this
    <output dir>/books/<batch id>/cover.jpg        where the book has one
    <output dir>/books/<batch id>/cancelled        there while nobody wants the book any more
    <output dir>/books/<batch id>/<output name>    a finished file, its result beside it as .json
    <output dir>/parts/<digest>.flac               a finished part, by its content: books share them

A batch is one book. Its id is a hash of the manifest, so the same command finds the same batch, and
a part's name is a hash of what it speaks, so a changed book redoes only what has changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..assembly import BookFormat
from ..errors import InputError, InvalidRequest
from ..request import SpeechRequest

PARTS_DIR = "parts"
"""Below the output directory."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BookPart(_Record):
    """A bounded piece of a chapter: one job."""

    request: SpeechRequest
    """Its text is a stretch of the chapter; its output name is `part_name` of what it speaks."""
    pause_seconds: float = Field(default=0.0, ge=0)
    """Silence after it."""


class BookChapter(_Record):
    """What a player shows as a chapter."""

    title: str
    parts: tuple[BookPart, ...] = Field(min_length=1)

    @property
    def characters(self) -> int:
        """Characters of its text."""
        return sum(len(part.request.text) for part in self.parts)


class BookOutput(_Record):
    """One file: the whole book, or with ``--split`` a chapter of it."""

    name: str
    """File name with its extension, no directory."""
    title: str
    """Of the file: the book's, or the chapter's."""
    chapters: tuple[int, ...] = Field(min_length=1)
    """Which chapters it holds, counted from 0, in order."""


class Manifest(_Record):
    """A whole book."""

    version: Literal[1] = 1
    title: str
    author: str = ""
    language: str = ""
    """Tag for the files' metadata, for example ``en``."""
    source: str
    """Name of the book's file, for people."""
    format: BookFormat
    loudness_lufs: float | None = None
    """Integrated loudness that the files are brought to by gain alone; None leaves them alone."""
    has_captions: bool = True
    """Write SRT, WebVTT and timings as JSON beside each file."""
    cover: str | None = None
    """File name of the cover beside the manifest."""
    cover_sha256: str = ""
    chapters: tuple[BookChapter, ...] = Field(min_length=1)
    outputs: tuple[BookOutput, ...] = Field(min_length=1)

    @property
    def batch_id(self) -> str:
        """The identity: a hash of all of it."""
        document = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(document.encode()).hexdigest()[:32]

    @property
    def parts(self) -> tuple[BookPart, ...]:
        """All parts in reading order."""
        return tuple(part for chapter in self.chapters for part in chapter.parts)

    def chapters_for(self, output: BookOutput) -> tuple[int, ...]:
        """Return the chapters that must be spoken before `output` can be made.

        Loudness is measured over the whole book, so that its files keep their balance.
        """
        if self.loudness_lufs is None:
            return output.chapters
        return tuple(range(len(self.chapters)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest off the disk.

        Raises:
            InputError: it is missing, or is not one that this version wrote.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as exc:
            raise InputError(f"{path} cannot be read: {exc.strerror}") from exc
        except (ValidationError, InvalidRequest) as exc:
            raise InputError(
                f"{path} is not a manifest of this version; run `ktts audiobook` again"
            ) from exc


def part_name(request: SpeechRequest) -> str:
    """Return the output name of a part: a hash of what it speaks and how, of nothing else."""
    spoken = request.model_dump(exclude={"metadata", "output_name", "format"})
    document = json.dumps(spoken, sort_keys=True, ensure_ascii=False)
    return f"{PARTS_DIR}/{hashlib.sha256(document.encode()).hexdigest()[:32]}"


def books_dir(output_dir: Path) -> Path:
    """Where all batches are."""
    return output_dir / "books"


def batch_dir(output_dir: Path, batch_id: str) -> Path:
    """Where one batch is."""
    return books_dir(output_dir) / batch_id


def manifest_file(output_dir: Path, batch_id: str) -> Path:
    """The manifest of a batch."""
    return batch_dir(output_dir, batch_id) / "manifest.json"

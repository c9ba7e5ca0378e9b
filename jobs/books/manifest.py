"""The manifest of a book: its chapters cut into parts, and the files that are assembled from them.

A manifest is written once, before any job is queued, and never changed::

    <output dir>/books/<batch id>/manifest.json    the manifest
    <output dir>/books/<batch id>/cover.jpg        the cover, if the book has one
    <output dir>/books/<batch id>/pages.zip        marked pages, if the format is epub
    <output dir>/books/<batch id>/cancelled        the cancel mark, while the book is cancelled
    <output dir>/books/<batch id>/traceparent      the trace that it was submitted in, if any
    <output dir>/books/<batch id>/kept.json        jobs of parts that it keeps under other rules
    <output dir>/books/<batch id>/<output name>    a finished file; its result is beside it as .json
    <output dir>/parts/<digest>.flac               a finished part; books with equal parts share it

A *batch* is the jobs of one book. Its id is a hash of the manifest, so the same command finds the
same batch. A part is named by a hash of what it speaks, so after a change to a book only the
changed parts are spoken again.
"""

import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError, InvalidRequest
from ..formats import BookFormat
from ..request import SpeechRequest

PUBLICATION_FIELDS = ("year", "description", "publisher", "series", "series_part")
"""What a library shows beside title and author; left out of a manifest where empty."""


class _ManifestRecord(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BookPart(_ManifestRecord):
    """A piece of a chapter, spoken by one job."""

    request: SpeechRequest
    """Its text is a slice of the chapter's and never SSML; its output name is the `part_name`."""
    pause_seconds: float = Field(default=0.0, ge=0)
    """Silence after it."""
    speaker: str = Field(default="", exclude_if=lambda speaker: not speaker)
    """The role that speaks it, for captions; not written where nobody is named."""

    def owned_by(self, owner: str) -> Self:
        """Return the part as one of `owner`'s; see `SpeechRequest.owned_by`."""
        return self.model_copy(update={"request": self.request.owned_by(owner)})


class BookChapter(_ManifestRecord):
    """A chapter as parts on disk."""

    title: str
    """As players show it."""
    parts: tuple[BookPart, ...] = Field(min_length=1)

    @property
    def characters(self) -> int:
        """Characters of its text."""
        return sum(len(part.request.text) for part in self.parts)


class BookOutput(_ManifestRecord):
    """One finished file: the whole book, or with ``--split`` one chapter."""

    name: str
    """File name with its suffix, without a directory."""
    title: str
    """Title tag of the file: the book's title or the chapter's."""
    chapters: tuple[int, ...] = Field(min_length=1)
    """Indexes of the chapters in it, from 0, in order."""


class Manifest(_ManifestRecord):
    """A whole book."""

    version: Literal[1] = 1
    title: str
    author: str = ""
    language: str = ""
    """Language tag for the files' metadata, for example ``en``."""
    source: str
    """File name of the book, for messages."""
    format: BookFormat
    loudness_lufs: float | None = None
    """Integrated loudness that one gain for all files aims at; None changes nothing."""
    has_captions: bool = True
    """Write SRT, WebVTT and timings as JSON beside each file."""
    cover: str | None = None
    """File name of the cover beside the manifest."""
    cover_sha256: str = ""
    year: str = ""
    """Of publication."""
    description: str = ""
    """On one line, without markup."""
    publisher: str = ""
    series: str = ""
    series_part: str = ""
    """Number in the series."""
    pages_key: str = ""
    """Hash of the book whose pages are written back; empty where no pages are."""
    chapters: tuple[BookChapter, ...] = Field(min_length=1)
    outputs: tuple[BookOutput, ...] = Field(min_length=1)

    @property
    def batch_id(self) -> str:
        """Id of the batch: a hash of the whole manifest."""
        return _hash_document(self.model_dump(mode="json", exclude=self._empty))

    @property
    def _empty(self) -> set[str]:
        """Newer fields that say nothing: a book without them is what it was."""
        return {name for name in (*PUBLICATION_FIELDS, "pages_key") if not getattr(self, name)}

    def dump(self) -> str:
        """Return the document of the manifest's file."""
        return self.model_dump_json(exclude=self._empty)

    @property
    def owner(self) -> str:
        """Whose the book is: its parts say so. Empty where nobody is named."""
        return self.chapters[0].parts[0].request.owner

    def owned_by(self, owner: str) -> Self:
        """Return the book as one of `owner`'s, or itself where it has an owner or none is named.

        Raises:
            InvalidRequest: nobody can be called so.
        """
        if self.owner or not owner:
            return self
        chapters = tuple(
            chapter.model_copy(
                update={"parts": tuple(part.owned_by(owner) for part in chapter.parts)}
            )
            for chapter in self.chapters
        )
        return self.model_copy(update={"chapters": chapters})

    @property
    def parts(self) -> tuple[BookPart, ...]:
        """All parts in reading order."""
        return tuple(part for chapter in self.chapters for part in chapter.parts)

    def chapters_for(self, output: BookOutput) -> tuple[int, ...]:
        """Return the indexes of the chapters that must be spoken before `output` is assembled.

        These are all chapters if the loudness is adjusted: it is measured over the whole book, so
        that all its files get the same gain.
        """
        if self.loudness_lufs is None:
            return output.chapters
        return tuple(range(len(self.chapters)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest file.

        Raises:
            InputError: it is missing, or was not written by this version.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as exc:
            raise InputError(f"{path} cannot be read: {exc.strerror}") from exc
        except (ValidationError, InvalidRequest) as exc:
            raise InputError(
                f"{path} is not a manifest of this version; run `ktts audiobook` again"
            ) from exc


def books_dir(output_dir: Path) -> Path:
    """Return the directory of all batches."""
    return output_dir / "books"


def batch_dir(output_dir: Path, batch_id: str) -> Path:
    """Return the directory of one batch."""
    return books_dir(output_dir) / batch_id


def manifest_file(output_dir: Path, batch_id: str) -> Path:
    """Return the path of a batch's manifest."""
    return batch_dir(output_dir, batch_id) / "manifest.json"


def _hash_document(fields: object) -> str:
    document = json.dumps(fields, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()[:32]

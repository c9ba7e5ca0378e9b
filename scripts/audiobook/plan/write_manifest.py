"""From a book and what the user wants of it to the manifest of its batch; nothing is queued."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.books.file_names import safe_name
from jobs.books.manifest import BookChapter, BookOutput, Manifest
from jobs.errors import EmptyText
from jobs.language_tags import is_stated
from scripts.audiobook.book import Book, Cover
from scripts.audiobook.plan.choose import ChosenChapter, Wishes, choose, rename
from scripts.audiobook.plan.narrator import Narrator
from scripts.audiobook.plan.parts import cut_chapter

PREVIEW_CHARACTERS = 900
"""About a minute of audio."""

MIN_NUMBER_DIGITS = 2

COVER_NAMES = {"image/jpeg": "cover.jpg", "image/png": "cover.png"}

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？][」』”’]*|(?=\n\n)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A book that is ready for the queue."""

    manifest: Manifest
    cover: Cover | None
    is_split: bool
    unspeakable: tuple[str, ...] = ()
    """Titles of chosen chapters that hold nothing to speak."""

    @property
    def name(self) -> str:
        """Of its file or folder, before other books of that title are looked at."""
        return safe_name(self.manifest.title)


def prepare(book: Book, wishes: Wishes) -> Prepared:
    """Cut a book into parts and say which files are made of them.

    Raises:
        InvalidRequest: as `choose`; `EmptyText` where nothing of it can be spoken.
        InputError: the plan is for another book.
    """
    book = rename(book, wishes.plan)
    chosen = choose(book, wishes)
    if wishes.is_preview:
        book = replace(book, title=f"{book.title} (preview)")
        chosen = tuple(replace(chapter, text=cut_preview(chapter.text)) for chapter in chosen)
    cut = [(chapter, _cut(chapter, wishes)) for chapter in chosen]
    spoken = [(chapter, made) for chapter, made in cut if made is not None]
    if not spoken:
        raise EmptyText(f"{book.path.name} holds nothing that can be spoken; `--list` shows it")
    manifest = _write_manifest(book, spoken, wishes)
    return Prepared(
        manifest,
        book.cover,
        is_split=wishes.is_split and not wishes.is_preview,
        unspeakable=tuple(chapter.title for chapter, made in cut if made is None),
    )


def cut_preview(text: str) -> str:
    """Return about the first minute of a text, to the end of a sentence or else of a word."""
    if len(text) <= PREVIEW_CHARACTERS:
        return text
    start = text[: PREVIEW_CHARACTERS + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(start)]
    places = [end for end in ends if 0 < end <= PREVIEW_CHARACTERS]
    end = max(places, default=start.rfind(" "))
    return text[: end if end > 0 else PREVIEW_CHARACTERS].rstrip()


def _cut(chapter: ChosenChapter, wishes: Wishes) -> BookChapter | None:
    parts = cut_chapter(
        chapter,
        voice=chapter.voice,
        speed=chapter.speed,
        language=chapter.language,
        words=wishes.words,
    )
    return BookChapter(title=chapter.title, parts=parts) if parts else None


def _write_manifest(
    book: Book, spoken: Sequence[tuple[ChosenChapter, BookChapter]], wishes: Wishes
) -> Manifest:
    first = spoken[0][0]
    is_named = is_stated(book.language) and wishes.language is None
    return Manifest(
        title=book.title,
        author=book.author,
        language=book.language if is_named else Narrator(first.voice, first.language).tag,
        source=book.path.name,
        format=wishes.format,
        loudness_lufs=wishes.loudness_lufs,
        has_captions=wishes.has_captions,
        cover=book.cover and COVER_NAMES[book.cover.media_type],
        cover_sha256=hashlib.sha256(book.cover.data).hexdigest() if book.cover else "",
        chapters=tuple(made for _, made in spoken),
        outputs=tuple(_name_outputs(book, [chapter for chapter, _ in spoken], wishes)),
    )


def _name_outputs(
    book: Book, chapters: Sequence[ChosenChapter], wishes: Wishes
) -> Iterator[BookOutput]:
    if not wishes.is_split or wishes.is_preview:
        name = f"{safe_name(book.title)}.{wishes.format}"
        yield BookOutput(name=name, title=book.title, chapters=tuple(range(len(chapters))))
        return
    # By the whole book, so that a selection of it gets the same names.
    digits = max(MIN_NUMBER_DIGITS, len(str(len(book.chapters))))
    for place, chapter in enumerate(chapters):
        name = f"{chapter.index:0{digits}} - {safe_name(chapter.title)}.{wishes.format}"
        yield BookOutput(name=name, title=chapter.title, chapters=(place,))

"""Makes the manifest of a book from its chapters and the user's options; nothing is queued."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from jobs.books.file_names import safe_name
from jobs.books.manifest import BookChapter, BookOutput, BookPart, Manifest
from jobs.errors import EmptyText, InputError, InvalidRequest
from jobs.text.language_tags import is_stated
from scripts.audiobook.book import Book, Cover
from scripts.audiobook.plan.choose import BookOptions, choose, rename
from scripts.audiobook.plan.inline_tags import find_wrong_tags
from scripts.audiobook.plan.narrator import Narrator
from scripts.audiobook.plan.parts import cut_chapter
from scripts.audiobook.plan.plan import PlannedChapter

PREVIEW_CHARACTERS = 900
"""About a minute of audio."""

MIN_NUMBER_DIGITS = 2

MARKS_VERSION = b"1"
"""To be raised where the pages of a read-along book come to be marked otherwise."""

COVER_NAMES = {"image/jpeg": "cover.jpg", "image/png": "cover.png"}

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？][」』”’]*|(?=\n\n)")


@dataclass(frozen=True, slots=True)
class PreparedBook:
    """A book with its manifest, ready for the queue."""

    book: Book
    manifest: Manifest
    cover: Cover | None
    is_split: bool
    unspeakable: tuple[str, ...] = ()
    """Titles of chosen chapters that hold nothing to speak."""
    warnings: tuple[str, ...] = ()
    """Tags that name no voice, role, speed or language, and are spoken as words; silent roles."""
    chapters: tuple[tuple[PlannedChapter, tuple[BookPart, ...]], ...] = ()
    """Those of the manifest, as planned and with their parts."""

    @property
    def name(self) -> str:
        """Name for its file or folder, if no other book of that title has it."""
        return safe_name(self.manifest.title)


def prepare_book(book: Book, options: BookOptions) -> PreparedBook:
    """Cut a book into parts and make its manifest.

    Raises:
        InvalidRequest: as `choose`, or an EPUB is to be split; `EmptyText` if nothing of it can be
            spoken.
        InputError: the plan is for another book, or the book's file cannot be read.
    """
    if options.format == "epub" and options.is_split:
        error = InvalidRequest(
            "a book to read along is one EPUB; split makes several files of audio alone"
        )
        error.field = "split"
        raise error
    book = rename(book, options.plan)
    chosen = choose(book, options)
    if options.is_preview:
        book = replace(book, title=f"{book.title} (preview)")
        chosen = tuple(replace(chapter, text=cut_preview(chapter.text)) for chapter in chosen)
    cut = [
        (
            chapter,
            tuple(part.owned_by(options.owner) for part in cut_chapter(chapter, options.words)),
        )
        for chapter in chosen
    ]
    spoken = [chapter for chapter, parts in cut if parts]
    if not spoken:
        raise EmptyText(f"{book.path.name} holds nothing that can be spoken; `--list` shows it")
    first = spoken[0]
    is_named = is_stated(book.language) and options.language is None
    manifest = Manifest(
        title=book.title,
        author=book.author,
        language=book.language if is_named else Narrator(first.voice, first.language).tag,
        source=book.path.name,
        format=options.format,
        loudness_lufs=options.loudness_lufs,
        has_captions=options.has_captions and options.format != "epub",
        cover=book.cover and COVER_NAMES[book.cover.media_type],
        cover_sha256=hashlib.sha256(book.cover.data).hexdigest() if book.cover else "",
        chapters=tuple(
            BookChapter(title=chapter.title, parts=parts) for chapter, parts in cut if parts
        ),
        outputs=tuple(_name_outputs(book, spoken, options)),
        pages_key=_hash_pages(book.path) if options.format == "epub" else "",
        **asdict(book.publication),
    )
    return PreparedBook(
        book,
        manifest,
        book.cover,
        is_split=options.is_split and not options.is_preview,
        unspeakable=tuple(chapter.title for chapter, parts in cut if not parts),
        warnings=(
            *(warning for chapter in chosen for warning in find_wrong_tags(chapter)),
            *_find_silent_roles(chosen, [part for _, parts in cut for part in parts]),
        ),
        chapters=tuple((chapter, parts) for chapter, parts in cut if parts),
    )


def cut_preview(text: str) -> str:
    """Return about the first minute of a text, up to the end of a sentence or else of a word."""
    if len(text) <= PREVIEW_CHARACTERS:
        return text
    start = text[: PREVIEW_CHARACTERS + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(start)]
    places = [end for end in ends if 0 < end <= PREVIEW_CHARACTERS]
    end = max(places, default=start.rfind(" "))
    return text[: end if end > 0 else PREVIEW_CHARACTERS].rstrip()


def _hash_pages(path: Path) -> str:
    """Return a hash of a book's file and of the rules by which its pages are marked."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}") from exc
    digest.update(MARKS_VERSION)
    return digest.hexdigest()


def _find_silent_roles(
    chapters: Sequence[PlannedChapter], parts: Sequence[BookPart]
) -> Iterator[str]:
    """Yield a sentence for each role that nothing is given to: its name may be written wrongly."""
    speaking = {part.speaker for part in parts}
    for name in sorted({name for chapter in chapters for name, _ in chapter.roles} - speaking):
        yield f"role {name!r} speaks nothing of it; names are those of a play or in [voice:NAME]"


def _name_outputs(
    book: Book, chapters: Sequence[PlannedChapter], options: BookOptions
) -> Iterator[BookOutput]:
    if not options.is_split or options.is_preview:
        name = f"{safe_name(book.title)}.{options.format}"
        yield BookOutput(name=name, title=book.title, chapters=tuple(range(len(chapters))))
        return
    # The whole book decides the digits, so that a selection of it gets the same names.
    digits = max(MIN_NUMBER_DIGITS, len(str(len(book.chapters))))
    for index, chapter in enumerate(chapters):
        name = f"{chapter.index:0{digits}} - {safe_name(chapter.title)}.{options.format}"
        yield BookOutput(name=name, title=chapter.title, chapters=(index,))

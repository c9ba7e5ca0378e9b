"""What became of books: for people where something is missing, for machines in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jobs.request import SpeechStatus
from scripts.audiobook.making import MadeBook
from scripts.audiobook.tally import BookTally
from scripts.progress import count


def describe_failures(books: Sequence[BookTally]) -> Iterator[str]:
    """Yield a line for each book that is not wholly there, and what to do about all of them."""
    missing = [book for book in books if book.facts.status is not SpeechStatus.FINISHED]
    for book in missing:
        chapters = book.chapters
        done = sum(chapter.status is SpeechStatus.FINISHED for chapter in chapters)
        state = f"{book.manifest.title}: {done} of {count(len(chapters), 'chapter')} done"
        problem = "" if book.facts.is_cancelled else book.facts.problem
        yield f"{state}; {problem or book.facts.status}"
    if missing:
        yield "the same command again makes only what is missing"


def write_made(book: MadeBook) -> dict[str, Any]:
    """Return what the command's document says of a book."""
    manifest, tally = book.prepared.manifest, book.tally
    done = len(manifest.chapters)
    if tally:
        done = sum(chapter.status is SpeechStatus.FINISHED for chapter in tally.chapters)
    return {
        "title": manifest.title,
        "source": manifest.source,
        "batch_id": manifest.batch_id,
        "status": tally.facts.status if tally else SpeechStatus.FINISHED,
        "files": [str(path) for path in book.files],
        "audio_seconds": tally.audio_seconds if tally else None,
        "chapters": len(manifest.chapters),
        "chapters_done": done,
        "problem": tally.facts.problem if tally else "",
    }

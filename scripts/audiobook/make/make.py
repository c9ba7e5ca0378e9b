"""Books that are ready become files in the user's directory."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.books.batch import open_batch
from jobs.books.batch_status import OutputFacts
from jobs.books.manifest import batch_dir
from jobs.queue.overview import find_workers
from jobs.request import SpeechStatus
from jobs.settings import QueueSettings
from scripts.audiobook.make.batches import open_batches
from scripts.audiobook.make.book_progress import BookProgress
from scripts.audiobook.make.output_folder import Place, Shelf
from scripts.audiobook.make.watch import Watched, watch
from scripts.audiobook.plan.write_manifest import Prepared
from scripts.console.progress import count
from scripts.console.screen import NO_WORKER, Screen
from scripts.local_stack.embedded import Workplace, open_workplace
from scripts.local_stack.stack import local_settings, stop_signals


@dataclass(frozen=True, slots=True)
class MadeBook:
    """A book and how it ended."""

    prepared: Prepared
    files: tuple[Path, ...]
    """Where its audio is, as far as it is made."""
    progress: BookProgress | None
    """None where nothing was missing before."""


def make_books(
    books: Sequence[Prepared],
    args: argparse.Namespace,
    screen: Screen,
    announce: Callable[[Path], None],
) -> list[MadeBook]:
    """Make what is missing of `books` and deliver it.

    Args:
        books: All of a call, checked.
        args: Of the command: output, overwrite, embedded, data, workers.
        screen: Shows how it goes.
        announce: Gets each audio file when it is in its place.

    Raises:
        OutputExists: a file of the user's stands where one is to go; nothing was started.
        OutputError: the directory cannot be used.
        QueueUnavailable: there is no server.
        KeyboardInterrupt: the user has seen enough; what to do next was said.
    """
    settings = local_settings(args.data, "") if args.embedded else QueueSettings()
    shelf = Shelf(args.output, overwrite=args.overwrite)
    places = [shelf.reserve(book.manifest, book.name, is_split=book.is_split) for book in books]
    for place in places:
        shelf.check(place, batch_dir(settings.output_dir, place.manifest.batch_id))
    missing = [
        (book, place)
        for book, place in zip(books, places, strict=True)
        if not all(shelf.has(place, output) for output in place.manifest.outputs)
    ]
    for place in places:
        if all(place is not other for _, other in missing):
            screen.say(f"{place.manifest.title}: all of it is in {args.output} already")
            for path in _audio_files(shelf, place):
                announce(path)
    made = _make_missing(missing, shelf, args, screen, announce) if missing else {}
    return [
        MadeBook(
            book,
            tuple(path for path in _audio_files(shelf, place) if path.is_file()),
            made.get(place.manifest.batch_id),
        )
        for book, place in zip(books, places, strict=True)
    ]


def _make_missing(
    missing: Sequence[tuple[Prepared, Place]],
    shelf: Shelf,
    args: argparse.Namespace,
    screen: Screen,
    announce: Callable[[Path], None],
) -> dict[str, BookProgress]:
    with (
        stop_signals(),
        open_workplace(args, screen.say, workers=args.workers) as workplace,
    ):
        queue = workplace.queue
        shelf.open()
        if not workplace.has_own_workers and not find_workers(queue.connection):
            screen.say(NO_WORKER)
        watched: list[Watched] = []
        try:
            for book, place in missing:
                batch = open_batch(book.manifest, book.cover.data if book.cover else None, queue)
                delivery = _Delivery(shelf, place, queue.settings.output_dir, announce, screen)
                watched.append(Watched(batch, delivery))
            _meet_other_versions(watched, workplace, screen)
            ended = watch(watched, queue, screen, workplace.check)
        except KeyboardInterrupt:
            _say_goodbye(watched, screen, has_own_workers=workplace.has_own_workers)
            raise
    return {progress.manifest.batch_id: progress for progress in ended}


def _meet_other_versions(watched: Sequence[Watched], workplace: Workplace, screen: Screen) -> None:
    """Do not let what an earlier call wanted of the same books delay this one unnoticed."""
    sources = {book.batch.manifest.source for book in watched}
    ids = {book.batch.id for book in watched}
    for other in open_batches(workplace.queue):
        if other.id in ids or other.manifest.source not in sources:
            continue
        title = f"another version of {other.manifest.source} ({other.id})"
        if workplace.has_own_workers:  # nobody else can be waiting for it
            other.cancel()
            screen.say(f"{title} was left unfinished; it rests until it is asked for again")
        else:
            screen.say(f"{title} is being made as well; `ktts cancel {other.id}` ends it")


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Hands over the finished files of one book."""

    shelf: Shelf
    place: Place
    output_dir: Path
    announce: Callable[[Path], None]
    screen: Screen

    def __call__(self, finished: OutputFacts) -> None:
        manifest, result = self.place.manifest, finished.result
        if result is None:
            raise AssertionError(f"{finished.name} is finished without a result")
        output = next(output for output in manifest.outputs if output.name == finished.name)
        made = batch_dir(self.output_dir, manifest.batch_id)
        audio = made / output.name
        beside = [made / name for name in result.files]
        delivered = self.shelf.deliver(
            self.place, output, audio, sha256=result.sha256, beside=beside
        )
        self.screen.clear()
        self.announce(delivered[-1])


def _audio_files(shelf: Shelf, place: Place) -> list[Path]:
    return [
        shelf.directory / place.locate(output, output.name) for output in place.manifest.outputs
    ]


def _say_goodbye(watched: Sequence[Watched], screen: Screen, *, has_own_workers: bool) -> None:
    if has_own_workers:
        screen.say("stopping the workers; the same command goes on where they stopped")
        return
    if not watched:
        return
    screen.say("the workers go on; the same command watches them again, and so does")
    for book in watched:
        screen.say(f"  ktts status {book.batch.id} --watch")
    screen.say("the same command with --cancel stops them")


def describe_failures(books: Sequence[BookProgress]) -> Iterator[str]:
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
    manifest, progress = book.prepared.manifest, book.progress
    done = len(manifest.chapters)
    if progress:
        done = sum(chapter.status is SpeechStatus.FINISHED for chapter in progress.chapters)
    return {
        "title": manifest.title,
        "source": manifest.source,
        "batch_id": manifest.batch_id,
        "status": progress.facts.status if progress else SpeechStatus.FINISHED,
        "files": [str(path) for path in book.files],
        "audio_seconds": progress.audio_seconds if progress else None,
        "chapters": len(manifest.chapters),
        "chapters_done": done,
        "problem": progress.facts.problem if progress else "",
    }

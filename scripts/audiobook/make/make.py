"""Makes audiobooks from prepared books: submits their jobs, watches them, delivers the files."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.books.batch import open_batch
from jobs.books.batch_status import BatchStatus, OutputStatus
from jobs.books.manifest import batch_dir
from jobs.books.open_books import OpenBooks
from jobs.books.spoken_parts import find_spoken
from jobs.queue.overview import find_workers
from jobs.request import SpeechStatus
from jobs.settings import QueueSettings
from scripts.audiobook.make.book_progress import count_finished
from scripts.audiobook.make.library_name import fill_template, has_own_folder
from scripts.audiobook.make.output_folder import OutputFolder, Place
from scripts.audiobook.make.watch import WatchedBook, watch
from scripts.audiobook.plan.write_manifest import PreparedBook
from scripts.audiobook.read_along.marked_book import place_pages
from scripts.console.progress import count
from scripts.console.screen import NO_WORKER, Screen
from scripts.local_stack.embedded import Workplace, open_workplace
from scripts.local_stack.stack import local_settings, stop_signals


@dataclass(frozen=True, slots=True)
class MadeBook:
    """A book and how it ended."""

    prepared: PreparedBook
    files: tuple[Path, ...]
    """Its audio files, as far as they are made."""
    status: BatchStatus | None
    """None if all files were delivered before."""
    begun: dict[str, Any] | None
    """What of it was spoken before; None if nothing was, or all files were delivered before."""


def make_books(
    books: Sequence[PreparedBook],
    args: argparse.Namespace,
    screen: Screen,
    announce: Callable[[Path], None],
) -> list[MadeBook]:
    """Make and deliver every file of `books` that is not delivered yet.

    Args:
        books: All books of a call.
        args: The command's options output, name, overwrite, keep_parts, embedded, data and workers.
        screen: Shows the progress.
        announce: Called with the path of each delivered audio file.

    Raises:
        OutputExists: a file of the user's is where one is to go; nothing was started.
        OutputError: the directory cannot be used.
        QueueUnavailable: there is no queue server.
        KeyboardInterrupt: the user pressed Ctrl-C; the screen has said what goes on.
    """
    settings = local_settings(args.data, "") if args.embedded else QueueSettings()
    folder = OutputFolder(args.output, overwrite=args.overwrite)
    places = [_reserve(folder, book, args.name) for book in books]
    for place in places:
        folder.check(place, batch_dir(settings.output_dir, place.manifest.batch_id))
    missing = []
    begun: dict[str, dict[str, Any] | None] = {}
    for book, place in zip(books, places, strict=True):
        if all(folder.has(place, output) for output in place.manifest.outputs):
            screen.say(f"{place.manifest.title}: all of it is in {args.output} already")
            for path in folder.audio_files(place):
                announce(path)
        else:
            missing.append((book, place))
            spoken = find_spoken(place.manifest, settings)
            begun[place.manifest.batch_id] = spoken.document(is_kept=args.keep_parts)
            if found := spoken.describe(is_kept=args.keep_parts):
                screen.say(f"{place.manifest.title}: {found}")
    ended = _make_missing(missing, folder, args, screen, announce) if missing else {}
    return [
        MadeBook(
            book,
            tuple(path for path in folder.audio_files(place) if path.is_file()),
            ended.get(place.manifest.batch_id),
            begun.get(place.manifest.batch_id),
        )
        for book, place in zip(books, places, strict=True)
    ]


def _reserve(folder: OutputFolder, book: PreparedBook, template: str | None) -> Place:
    if template is None:
        return folder.reserve(book.manifest, book.name, is_split=book.is_split)
    return folder.reserve(
        book.manifest,
        fill_template(template, book.manifest),
        is_split=book.is_split,
        has_cover=True,
        has_own_folder=has_own_folder(template),
    )


def _make_missing(
    missing: Sequence[tuple[PreparedBook, Place]],
    folder: OutputFolder,
    args: argparse.Namespace,
    screen: Screen,
    announce: Callable[[Path], None],
) -> dict[str, BatchStatus]:
    with (
        stop_signals(),
        open_workplace(args, screen.say, workers=args.workers) as workplace,
    ):
        queue = workplace.queue
        folder.create()
        if not workplace.has_own_workers and not find_workers(queue.connection):
            screen.say(NO_WORKER)
        watched: list[WatchedBook] = []
        try:
            for book, place in missing:
                place_pages(book, queue.settings.output_dir)
                cover = book.cover.data if book.cover else None
                batch = open_batch(
                    book.manifest,
                    cover,
                    queue,
                    keeps_parts=args.keep_parts,
                    callback_url=args.callback_url,
                    metadata=dict(args.metadata),
                )
                deliver = _Deliverer(folder, place, queue.settings.output_dir, announce, screen)
                watched.append(WatchedBook(batch, deliver))
            _end_other_versions(watched, workplace, screen)
            statuses = watch(watched, queue, screen, workplace.check)
        except KeyboardInterrupt:
            _say_what_goes_on(watched, screen, has_own_workers=workplace.has_own_workers)
            raise
    return {status.batch_id: status for status in statuses}


def _end_other_versions(
    watched: Sequence[WatchedBook], workplace: Workplace, screen: Screen
) -> None:
    """Cancel open batches of the same book files with other options, or tell the user of them."""
    sources = {book.batch.manifest.source for book in watched}
    ids = {book.batch.id for book in watched}
    for other in OpenBooks(workplace.queue).find():
        if other.id in ids or other.manifest.source not in sources:
            continue
        title = f"another version of {other.manifest.source} ({other.id})"
        if workplace.has_own_workers:  # no other command can be waiting for it
            other.cancel()
            screen.say(f"{title} was left unfinished; it is cancelled until you ask for it again")
        else:
            screen.say(f"{title} is being made as well; `ktts cancel {other.id}` ends it")


@dataclass(frozen=True, slots=True)
class _Deliverer:
    """Copies each finished file of one book to the user's folder."""

    folder: OutputFolder
    place: Place
    output_dir: Path
    announce: Callable[[Path], None]
    screen: Screen

    def __call__(self, finished: OutputStatus) -> None:
        manifest, result = self.place.manifest, finished.result
        if result is None:
            raise AssertionError(f"{finished.name} is finished without a result")
        output = next(output for output in manifest.outputs if output.name == finished.name)
        made = batch_dir(self.output_dir, manifest.batch_id)
        delivered = self.folder.deliver(
            self.place,
            output,
            made / output.name,
            sha256=result.sha256,
            beside=[made / name for name in result.files],
        )
        self.screen.clear()
        self.announce(delivered[-1])


def _say_what_goes_on(
    watched: Sequence[WatchedBook], screen: Screen, *, has_own_workers: bool
) -> None:
    if has_own_workers:
        screen.say("stopping the workers; the same command goes on where they stopped")
    elif watched:
        screen.say("the workers go on; the same command watches them again, and so does")
        for book in watched:
            screen.say(f"  ktts status {book.batch.id} --watch")
        screen.say("the same command with --cancel stops them")


def describe_failures(books: Sequence[BatchStatus]) -> Iterator[str]:
    """Yield a line for each unfinished book, and one that says what to do."""
    missing = [book for book in books if book.status is not SpeechStatus.FINISHED]
    for book in missing:
        done = f"{count_finished(book)} of {count(len(book.chapters), 'chapter')} done"
        problem = "" if book.is_cancelled else book.problem
        yield f"{book.manifest.title}: {done}; {problem or book.status}"
    if missing:
        yield "the same command again makes only what is missing"


def write_made(book: MadeBook) -> dict[str, Any]:
    """Return the entry for a book in the command's JSON document."""
    manifest, status = book.prepared.manifest, book.status
    return ({"begun": book.begun} if book.begun else {}) | {
        "title": manifest.title,
        "source": manifest.source,
        "batch_id": manifest.batch_id,
        "status": status.status if status else SpeechStatus.FINISHED,
        "files": [str(path) for path in book.files],
        "audio_seconds": status.audio_seconds if status else None,
        "chapters": len(manifest.chapters),
        "chapters_done": count_finished(status) if status else len(manifest.chapters),
        "problem": status.problem if status else "",
    }

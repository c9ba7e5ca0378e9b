"""``ktts audiobook``: turn books into audiobooks, by all workers together.

Books are EPUB, PDF, Markdown, HTML or text files, or folders of them. All are read and checked
before anything is started. The same command again makes only what is missing. Ctrl-C ends the
watching, and the workers go on; with ``--embedded`` they end with the command.

Standard output has the path of each audio file once it is delivered; messages go to standard
error. With ``--json`` the last line of standard output is one document instead: ``{"status",
"books": [{"title", "source", "batch_id", "status", "files", "audio_seconds", "chapters",
"chapters_done", "problem"}]}``; with ``--list`` it is ``{"title", "author", "language", "chapters":
[{"index", "title", "characters"}], "left_out": [{"title", "reason"}], "warnings"}``, of several
books a list of these. Both have ``"begun": {"parts", "spoken", "outdated", "change", "kept"}`` for
a book of which parts were spoken before: outdated ones under other rules, which differ in what
``change`` says. With ``--cancel`` it is a list of ``{"batch_id", "title", "status"}``, the status
before.

Exit codes: 0 every file is in its place, 1 cancelled, 2 wrong command line, 3 some chapters are
done and others failed, 65 an option, a plan or a book is wrong, 66 a file cannot be read, 68
(``--cancel``) no such batch, 69 no queue server, 70 nothing could be made, 73 a file of yours
stands where one is to go, 74 a file cannot be written, 78 (``--embedded``) device, model or server
cannot be used, 130 interrupted. A full queue is waited for.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jobs.books.spoken_parts import SpokenParts, find_spoken
from jobs.errors import Cancelled, EmptyText, InputError, InvalidRequest, UnknownBatch
from jobs.settings import QueueSettings, default_cache_dir
from jobs.voices import parse_language
from scripts.audiobook.book import Book
from scripts.audiobook.book_options import parse_arguments, read_options
from scripts.audiobook.make.book_progress import PARTLY_DONE, choose_exit_code
from scripts.audiobook.make.cancel_book import cancel_book, describe_cancelled
from scripts.audiobook.make.listing import draw_book, write_listing
from scripts.audiobook.make.make import describe_failures, make_books, write_made
from scripts.audiobook.make.watch import LINE_SECONDS
from scripts.audiobook.open_book import find_books, open_book
from scripts.audiobook.plan.choose import BookOptions, choose, list_skipped, rename
from scripts.audiobook.plan.inline_tags import find_wrong_tags
from scripts.audiobook.plan.narrator import choose_narrator
from scripts.audiobook.plan.passages import propose_roles
from scripts.audiobook.plan.plan_file import write_plan
from scripts.audiobook.plan.write_manifest import PreparedBook, prepare_book
from scripts.console.screen import Screen, tell
from scripts.diagnosis.state import read_speed
from scripts.local_stack.embedded import open_workplace
from scripts.local_stack.stack import local_settings


def main(argv: Sequence[str] | None = None) -> int:
    """Make audiobooks, or list, plan or cancel them."""
    args = parse_arguments(argv)
    options = read_options(args)
    books = _read_books(args.books)
    if len(books) > 1 and (args.plan or args.write_plan):
        raise InvalidRequest("a plan is for one book; name one")
    if args.list:
        return _list(books, options, args)
    if args.write_plan:
        return _write_plan(books[0], options, args)
    if args.cancel:
        return _cancel(books, options, args)
    return _make(_prepare(books, options), args)


def _read_books(paths: Sequence[Path]) -> list[Book]:
    """Read all books before anything is started; name every book that cannot be read."""
    found = find_books(paths)
    books, errors = [], []
    for path in found:
        try:
            books.append(open_book(path))
        except InputError as exc:
            errors.append(exc)
    if len(found) == 1 and errors:
        raise errors[0]
    for error in errors:
        tell(f"ktts: {error}")
    if errors:
        raise InputError(f"{len(errors)} of {len(found)} books cannot be read; nothing was started")
    return books


def _list(books: Sequence[Book], options: BookOptions, args: argparse.Namespace) -> int:
    measured = read_speed(default_cache_dir())
    settings = local_settings(args.data, "") if args.embedded else QueueSettings()
    documents = []
    for book in books:
        chosen, named = choose(book, options), rename(book, options.plan)
        wrong = (warning for chapter in chosen for warning in find_wrong_tags(chapter))
        named = replace(named, warnings=(*named.warnings, *wrong))
        skipped = list_skipped(book, options)
        spoken = _find_spoken(book, options, settings)
        begun = spoken.describe(is_kept=args.keep_parts) if spoken else ""
        Screen(sys.stdout).write(draw_book(named, chosen, skipped, measured, begun))
        document = spoken.document(is_kept=args.keep_parts) if spoken else None
        documents.append(write_listing(named, chosen, skipped, document))
    if args.json:
        print(json.dumps(documents if len(documents) > 1 else documents[0], ensure_ascii=False))
    return 0


def _find_spoken(book: Book, options: BookOptions, settings: QueueSettings) -> SpokenParts | None:
    try:
        return find_spoken(prepare_book(book, options).manifest, settings)
    except EmptyText:  # the list shows what is in it all the same
        return None


def _write_plan(book: Book, options: BookOptions, args: argparse.Namespace) -> int:
    narrator = choose_narrator(book.language, voice=options.voice, language=options.language)
    letter = parse_language(narrator.language, narrator.voice)
    write_plan(
        args.write_plan,
        book,
        roles=propose_roles(book, narrator.voice, letter),
        voice=options.voice,
        speed=options.speed,
        language=options.language,
        include_all=options.include_all,
        overwrite=args.overwrite,
    )
    print(args.write_plan)
    return 0


def _prepare(books: Sequence[Book], options: BookOptions) -> list[PreparedBook]:
    """Cut all books into parts; a book that is named twice counts once."""
    prepared: dict[str, PreparedBook] = {}
    for book in books:
        ready = prepare_book(book, options)
        prepared.setdefault(ready.manifest.batch_id, ready)
        for title in ready.unspeakable:
            tell(f"{book.path.name}: {title!r} holds nothing to speak")
        is_chosen = options.voice or options.language or options.plan
        for note in ("" if is_chosen else book.language_note, *book.warnings, *ready.warnings):
            if note:
                tell(f"{book.path.name}: {note}")
    return list(prepared.values())


def _cancel(books: Sequence[Book], options: BookOptions, args: argparse.Namespace) -> int:
    """Cancel the books that are being made; one that is not changes the exit code only."""
    cancelled = []
    unknown = None
    with open_workplace(args, tell, workers=0) as workplace:
        for book in books:
            try:
                cancelled += cancel_book(book, options, workplace.queue)
            except UnknownBatch as exc:
                unknown = exc
                tell(f"ktts: {exc}")
    for batch in cancelled:
        tell(describe_cancelled(batch))
    if args.json:
        names = ("batch_id", "title", "status")
        print(json.dumps([{name: getattr(batch, name) for name in names} for batch in cancelled]))
    return unknown.exit_code if unknown else 0


def _make(books: Sequence[PreparedBook], args: argparse.Namespace) -> int:
    def announce(path: Path) -> None:
        if not args.json:
            print(path, flush=True)

    with Screen(sys.stderr, seconds=LINE_SECONDS) as screen:
        made = make_books(books, args, screen, announce)
    ended = [book.status for book in made if book.status]
    code = choose_exit_code(ended, has_more=len(ended) < len(made))
    for line in describe_failures(ended):
        tell(line)
    if args.json:
        words = {0: "finished", PARTLY_DONE: "partial", Cancelled.exit_code: "cancelled"}
        document = {"status": words.get(code, "failed"), "books": [write_made(b) for b in made]}
        print(json.dumps(document, ensure_ascii=False))
    return code

"""``ktts audiobook``: turn books into audiobooks, by all workers together.

Books are EPUB, PDF, Markdown, HTML or text files, or folders of them. All are read and checked
before anything is started. The same command again does only what is missing. Ctrl-C ends the
watching, and the workers go on; with ``--embedded`` they end with the command.

Standard output has the path of each audio file when it is in its place; talk goes to standard
error. With ``--json`` the last line of standard output is one document instead: ``{"status",
"books": [{"title", "source", "batch_id", "status", "files", "audio_seconds", "chapters",
"chapters_done", "problem"}]}``; with ``--list`` it is ``{"title", "author", "language", "chapters":
[{"index", "title", "characters"}]}``, of several books a list of these; with ``--cancel`` a list of
``{"batch_id", "title", "status"}``, the status before.

Exit codes: 0 every file is in its place, 1 cancelled, 2 wrong command line, 3 some chapters are
done and others failed, 65 an option, a plan or a book is wrong, 66 a file cannot be read, 68
(``--cancel``) no such batch, 69 no queue server, 70 nothing could be made, 73 a file of yours
stands where one is to go, 74 a file cannot be written, 78 (``--embedded``) device, model or server
cannot be used, 130 interrupted. A full queue is waited for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from jobs.errors import Cancelled, InputError, InvalidRequest, UnknownBatch
from jobs.language_tags import is_stated
from jobs.settings import default_cache_dir
from scripts.audiobook.book import Book
from scripts.audiobook.book_options import parse_arguments, read_wishes
from scripts.audiobook.make.book_progress import PARTLY_DONE, judge
from scripts.audiobook.make.cancel_book import cancel_book, describe_ended
from scripts.audiobook.make.listing import draw_book, write_listing
from scripts.audiobook.make.make import describe_failures, make_books, write_made
from scripts.audiobook.make.watch import LINE_SECONDS
from scripts.audiobook.open_book import find_books, open_book
from scripts.audiobook.plan.choose import Wishes, choose, left_out, rename
from scripts.audiobook.plan.plan_file import write_plan
from scripts.audiobook.plan.write_manifest import Prepared, prepare
from scripts.console.screen import Screen, tell, write
from scripts.diagnosis.state import read_speed
from scripts.local_stack.embedded import open_workplace


def main(argv: Sequence[str] | None = None) -> int:
    """Make audiobooks, or do what else the options ask for."""
    args = parse_arguments(argv)
    wishes = read_wishes(args)
    books = _read_books(args.books)
    if len(books) > 1 and (args.plan or args.write_plan):
        raise InvalidRequest("a plan is for one book; name one")
    if args.list:
        return _list(books, wishes, args)
    if args.write_plan:
        return _write_plan(books[0], wishes, args)
    if args.cancel:
        return _cancel(books, wishes, args)
    return _make(_prepare(books, wishes), args)


def _read_books(paths: Sequence[Path]) -> list[Book]:
    """Read all books before anything is started; all that cannot be read are named."""
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


def _list(books: Sequence[Book], wishes: Wishes, args: argparse.Namespace) -> int:
    measured = read_speed(default_cache_dir())
    documents = []
    for book in books:
        chosen, named = choose(book, wishes), rename(book, wishes.plan)
        draw = partial(draw_book, book=named, chapters=chosen, left_out=left_out(book, wishes))
        write(partial(draw, measured=measured), sys.stdout)
        documents.append(write_listing(named, chosen))
    if args.json:
        print(json.dumps(documents if len(documents) > 1 else documents[0], ensure_ascii=False))
    return 0


def _write_plan(book: Book, wishes: Wishes, args: argparse.Namespace) -> int:
    write_plan(
        args.write_plan,
        book,
        voice=wishes.voice,
        speed=wishes.speed,
        language=wishes.language,
        include_all=wishes.include_all,
        overwrite=args.overwrite,
    )
    print(args.write_plan)
    return 0


def _prepare(books: Sequence[Book], wishes: Wishes) -> list[Prepared]:
    """Cut all books; the same book twice is one."""
    prepared: dict[str, Prepared] = {}
    for book in books:
        ready = prepare(book, wishes)
        prepared.setdefault(ready.manifest.batch_id, ready)
        for title in ready.unspeakable:
            tell(f"{book.path.name}: {title!r} holds nothing to speak")
        if not (is_stated(book.language) or wishes.voice or wishes.language or wishes.plan):
            tell(
                f"{book.path.name}: no language is stated; it is read as English, "
                "and --lang names another"
            )
    return list(prepared.values())


def _cancel(books: Sequence[Book], wishes: Wishes, args: argparse.Namespace) -> int:
    """Cancel all that are being made; one that is not costs the exit code, not the others."""
    ended = []
    unknown = None
    with open_workplace(args, tell, workers=0) as workplace:
        for book in books:
            try:
                ended += cancel_book(book, wishes, workplace.queue)
            except UnknownBatch as exc:
                unknown = exc
                tell(f"ktts: {exc}")
    for batch in ended:
        tell(describe_ended(batch))
    if args.json:
        names = ("batch_id", "title", "status")
        print(json.dumps([{name: getattr(batch, name) for name in names} for batch in ended]))
    return unknown.exit_code if unknown else 0


def _make(books: Sequence[Prepared], args: argparse.Namespace) -> int:
    def announce(path: Path) -> None:
        if not args.json:
            print(path, flush=True)

    with Screen(sys.stderr, seconds=LINE_SECONDS) as screen:
        made = make_books(books, args, screen, announce)
    ended = [book.progress for book in made if book.progress]
    code = judge(ended, has_more=len(ended) < len(made))
    for line in describe_failures(ended):
        tell(line)
    if args.json:
        words = {0: "finished", PARTLY_DONE: "partial", Cancelled.exit_code: "cancelled"}
        document = {"status": words.get(code, "failed"), "books": [write_made(b) for b in made]}
        print(json.dumps(document, ensure_ascii=False))
    return code

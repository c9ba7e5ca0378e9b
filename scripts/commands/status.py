"""``ktts status``: the queue, one job, or a book by chapters; ``--watch`` follows it.

With ``--json`` the last line of standard output is one document: of a job, all its facts; of a
book, ``{"batch_id", "title", "status", "audio_seconds", "fraction", "speed", "remaining_seconds",
"problem", "chapters", "files"}``; of the queue, ``{"waiting", "waiting_characters", "running",
"finished", "failed", "cancelled", "workers", "owners", "jobs", "books"}``, by ``--owner`` the jobs
and books of one owner alone.

Exit codes: 0; of one job that has ended without a file, that of its error (1 cancelled); of a book
that cannot be finished, 3 where some chapters are done, else 70 (1 cancelled); 65 several ids
begin so, 68 there is no such job or book, 69 no queue server. ``--watch`` of the queue ends with
Ctrl-C (130).
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from jobs import Cancelled, JobInfo, SpeechQueue, SpeechStatus
from jobs.books.batch import find_batch
from jobs.books.batch_status import BatchStatus
from jobs.books.open_books import OpenBooks
from jobs.books.store import has_book
from jobs.errors import find_error
from jobs.queue.overview import Overview, find_places, read_jobs, read_workers
from scripts.audiobook.make.book_progress import choose_exit_code, write_status
from scripts.audiobook.make.table import draw_books, draw_head
from scripts.audiobook.make.watch import LINE_SECONDS, WatchedBook, watch
from scripts.console.job_ids import complete_id
from scripts.console.screen import Screen
from scripts.console.tables import MAX_FAILED_ROWS, MAX_ROWS, draw_job, draw_queue
from scripts.local_stack.stack import stop_signals
from scripts.parsers import queue_parsers

WATCH_SECONDS = 0.5


def main(argv: Sequence[str] | None = None) -> int:
    """Show the queue, one job or one book, once or for as long as it changes."""
    args = queue_parsers.status().parse_args(argv)
    queue = SpeechQueue()
    if args.id is not None:
        args.id = complete_id(queue, args.id)
    with stop_signals():  # the cursor comes back, however the watching ends
        if args.id is None:
            _show_queue(queue, args)
            return 0
        if has_book(queue.settings.output_dir, args.id):
            return choose_exit_code([_show_book(queue, args)])
        return _exit_code(_show_job(queue, args))


def _show_queue(queue: SpeechQueue, args: argparse.Namespace) -> None:
    open_books = OpenBooks(queue)
    with Screen(sys.stdout, keeps_last=True) as screen:
        while True:
            overview, workers = queue.overview(), read_workers(queue.connection)
            known = [job.id for job in queue.jobs(owner=args.owner)]
            # A week's finished jobs are many: what is not shown is not read.
            wanted = known if args.json else _choose_shown(known, overview)
            jobs = list(read_jobs(queue.connection, wanted).values())
            books = [
                batch.read_status()
                for batch in open_books.find()
                if args.owner in {None, batch.manifest.owner}
            ]
            drawn = draw_queue(
                overview,
                jobs,
                workers,
                columns=screen.columns,
                lines=screen.lines if args.watch else sys.maxsize,
                books=[draw_head(book, screen.columns) for book in books],
                unread=len(known) - len(wanted),
            )
            if not args.watch:
                screen.write(drawn)
                break
            screen.show(drawn)
            time.sleep(WATCH_SECONDS)
    if args.json:
        lists = {
            "jobs": [asdict(facts) for facts in jobs],
            "books": [write_status(book) for book in books],
        }
        print(json.dumps(asdict(overview) | lists, default=_plain))


def _choose_shown(known: Sequence[str], overview: Overview) -> list[str]:
    """Return the jobs to show; what waits leaves some rows to what has failed."""
    begun = overview.running + sum(overview.waiting.values())
    ended = known[begun:]
    return [*known[:begun][: MAX_ROWS - min(len(ended), MAX_FAILED_ROWS)], *ended][:MAX_ROWS]


def _show_job(queue: SpeechQueue, args: argparse.Namespace) -> JobInfo:
    job = queue.job(args.id)
    with Screen(sys.stdout, keeps_last=True) as screen:
        while True:
            facts = job.facts()
            if not args.watch:
                screen.write(draw_job(facts))
                break
            screen.show(draw_job(facts))
            if facts.status.is_terminal:
                break
            time.sleep(WATCH_SECONDS)
    if args.json:
        print(json.dumps(asdict(facts), default=_plain))
    return facts


def _show_book(queue: SpeechQueue, args: argparse.Namespace) -> BatchStatus:
    batch = find_batch(args.id, queue)
    book = batch.read_status()
    if args.watch:
        watched = WatchedBook(batch, deliver=lambda _output: None, is_submitted=True)
        with Screen(sys.stderr, seconds=LINE_SECONDS) as screen:
            (book,) = watch([watched], queue, screen, check=lambda: None)
    screen = Screen(sys.stdout)
    screen.write(draw_books([book], find_places(queue.connection), columns=screen.columns))
    if args.json:
        print(json.dumps(write_status(book)))
    return book


def _plain(value: datetime | BaseModel) -> Any:
    """Return what JSON has no form for in one that it has."""
    return value.isoformat() if isinstance(value, datetime) else value.model_dump(mode="json")


def _exit_code(facts: JobInfo) -> int:
    if facts.status is SpeechStatus.CANCELLED:
        return Cancelled.exit_code
    if facts.status in {SpeechStatus.FAILED, SpeechStatus.UNREADABLE}:
        return find_error(facts.error_name).exit_code
    return 0

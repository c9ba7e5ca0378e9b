"""``ktts cancel``: end jobs and books, at once where they wait, at their next chunk where they run.

What is spoken of a book is kept. With ``--json`` the last line of standard output is
``{id: status before}``.

Exit codes: 0 all asked to end, 65 several ids begin so, 68 there is no job or book of an id (the
others are still cancelled), 69 no queue server.
"""

import argparse
import json
from collections.abc import Sequence

from jobs import InvalidRequest, SpeechQueue, SpeechStatus, UnknownJob
from jobs.books.batch import find_batch
from jobs.books.store import has_book
from scripts.console.job_ids import complete_id
from scripts.console.screen import tell
from scripts.parsers import queue_parsers

_ANSWERS = {
    SpeechStatus.QUEUED: "cancelled",
    SpeechStatus.RUNNING: "ends at its next chunk",
    SpeechStatus.FINISHED: "had finished already",
    SpeechStatus.FAILED: "had failed already",
    SpeechStatus.CANCELLED: "was cancelled already",
    SpeechStatus.UNREADABLE: "has a record that cannot be read; nothing is to be cancelled",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Cancel every job and every book that is named."""
    args = queue_parsers.cancel().parse_args(argv)
    queue = SpeechQueue()
    before: dict[str, SpeechStatus] = {}
    code = 0
    for given in args.ids:
        try:
            job_id = complete_id(queue, given)
            before[job_id] = _cancel(job_id, queue, args)
        except (InvalidRequest, UnknownJob) as exc:  # no reason to let the others go on
            code = exc.exit_code
            tell(f"ktts: {exc}")
        else:
            tell(f"{job_id} {_answer(before[job_id], force=args.force)}")
    if args.json:
        print(json.dumps(before))
    return code


def _cancel(job_id: str, queue: SpeechQueue, args: argparse.Namespace) -> SpeechStatus:
    if not has_book(queue.settings.output_dir, job_id):
        return queue.job(job_id).cancel(force=args.force, keep_partial=args.keep_partial)
    batch = find_batch(job_id, queue)
    before = batch.read_status().status
    batch.cancel(force=args.force)
    return before


def _answer(before: SpeechStatus, *, force: bool) -> str:
    if before is SpeechStatus.RUNNING and force:
        return "ends now"
    return _ANSWERS[before]

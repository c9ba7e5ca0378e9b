"""``ktts cancel``: end jobs and books, at once where they wait, at their next chunk where they run.

What is spoken of a book is kept. With ``--json`` the last line of standard output is
``{id: status before}``.

Exit codes: 0 all asked to end, 68 there is no job or book of an id (the others are still
cancelled), 69 no queue server.
"""

import argparse
import json
from collections.abc import Sequence

from jobs import SpeechQueue, SpeechStatus, UnknownJob
from jobs.books.batch import find_batch
from jobs.books.store import has_book
from scripts.console.options import add_json_option
from scripts.console.screen import tell

_ANSWERS = {
    SpeechStatus.QUEUED: "cancelled",
    SpeechStatus.RUNNING: "ends at its next chunk",
    SpeechStatus.FINISHED: "had finished already",
    SpeechStatus.FAILED: "had failed already",
    SpeechStatus.CANCELLED: "was cancelled already",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Cancel every job and every book that is named."""
    args = _parse(argv)
    queue = SpeechQueue()
    before: dict[str, SpeechStatus] = {}
    unknown = None
    for job_id in args.ids:
        try:
            before[job_id] = _cancel(job_id, queue, args)
        except UnknownJob as exc:
            unknown = exc
            tell(f"ktts: {exc}")
        else:
            tell(f"{job_id} {_answer(before[job_id], force=args.force)}")
    if args.json:
        print(json.dumps(before))
    return unknown.exit_code if unknown else 0


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


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ktts cancel", description="End jobs and books.")
    parser.add_argument("ids", nargs="+", metavar="ID", help="of jobs or books")
    parser.add_argument("--force", action="store_true", help="do not wait for the chunk to end")
    parser.add_argument(
        "--keep-partial", action="store_true", help="keep what is done for a later submit"
    )
    add_json_option(parser)
    return parser.parse_args(argv)

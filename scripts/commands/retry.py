"""``ktts retry``: submit failed or cancelled jobs once more; prints their ids.

Of a book that is named, all is submitted that failed, was cancelled or is damaged. ``--failed``
takes all jobs that have failed, but for wrong requests, which would fail again; what is cancelled
was meant to be, and is named by id. With ``--json`` the last line of standard output is the list of
ids.

Exit codes: 0 all submitted, 65 a job has not failed, or several ids begin so, 68 there is no such
job or book (the others are still submitted), 69 no queue server, 75 queue full.
"""

import argparse
import json
from collections.abc import Iterator, Sequence

from jobs import InvalidRequest, JobInfo, SpeechQueue, SpeechStatus, UnknownJob
from jobs.books.batch import find_batch
from jobs.books.store import has_book
from jobs.errors import find_error
from scripts.console.job_ids import complete_id
from scripts.console.screen import tell
from scripts.parsers import queue_parsers


def main(argv: Sequence[str] | None = None) -> int:
    """Submit every job or book that is named, or all jobs that have failed."""
    args = _parse(argv)
    queue = SpeechQueue()
    job_ids = []
    code = 0
    for job_id in _failed(queue) if args.failed else args.ids:
        try:
            submitted = _retry(complete_id(queue, job_id), queue)
        except (InvalidRequest, UnknownJob) as exc:  # no reason to keep the others waiting
            code = exc.exit_code
            tell(f"ktts: {exc}")
            continue
        job_ids += submitted
        for submitted_id in () if args.json else submitted:
            print(submitted_id, flush=True)
    if args.json:
        print(json.dumps(job_ids))
    return code


def _retry(job_id: str, queue: SpeechQueue) -> list[str]:
    if not has_book(queue.settings.output_dir, job_id):
        return [queue.retry(job_id).id]
    return [job.id for job in find_batch(job_id, queue).retry()]


def _failed(queue: SpeechQueue) -> Iterator[str]:
    for job in queue.jobs():
        try:
            info = job.facts()
            if info.status is SpeechStatus.FAILED and not _is_hopeless(info):
                yield job.id
        except UnknownJob:  # its record has expired meanwhile
            continue


def _is_hopeless(info: JobInfo) -> bool:
    """Tell, with a line, whether the request itself was wrong: it would only fail again."""
    if find_error(info.error_name).exit_code != InvalidRequest.exit_code:
        return False
    tell(f"{info.job_id} is left out, it can never be spoken: {info.error_message}")
    return True


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = queue_parsers.retry()
    args: argparse.Namespace = parser.parse_args(argv)
    if bool(args.ids) == args.failed:
        parser.error("name jobs by id, or give --failed")
    return args

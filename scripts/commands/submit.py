"""``ktts submit``: put texts into the queue and go; prints one job id per line.

On a terminal that is the beginning of the id, which every command takes, and the file's name. With
``--json`` the last line of standard output is the list of ids.

Exit codes: 0 all submitted, 65 a request is wrong, 66 a file cannot be read, 69 no queue server,
75 queue full; what was submitted before the error stays and its ids are printed.
"""

import json
import sys
from collections.abc import Sequence

from jobs import InvalidRequest, QueueSettings, SpeechQueue, SpeechRequest
from scripts.audiobook.plan.word_list import apply_lexicon
from scripts.console.job_ids import ID_CHARACTERS
from scripts.console.options import build_request
from scripts.parsers import speech_parsers


def main(argv: Sequence[str] | None = None) -> int:
    """Submit every text that is named."""
    args = speech_parsers.submit().parse_args(argv)
    if args.name and len(args.sources) > 1:
        raise InvalidRequest("--name is for one text; several would stand under the same name")
    settings = QueueSettings()
    # All are checked before the first is submitted: half a command is hard to repeat.
    requests = [
        apply_lexicon(build_request(args, source, settings), args.lexicon)
        for source in args.sources
    ]
    queue = SpeechQueue(settings=settings)
    job_ids = []
    try:
        for request in requests:
            job = queue.submit(
                request, queue=args.queue, again=args.again, overwrite=args.overwrite
            )
            job_ids.append(job.id)
            if not args.json:
                print(_describe(job.id, request), flush=True)
    finally:
        if args.json:
            print(json.dumps(job_ids))
    return 0


def _describe(job_id: str, request: SpeechRequest) -> str:
    """Return the id alone for a program that reads it, with the file's name for a person."""
    if not sys.stdout.isatty():
        return job_id
    return f"{job_id[:ID_CHARACTERS]}  {request.metadata.get('source', '')}".rstrip()

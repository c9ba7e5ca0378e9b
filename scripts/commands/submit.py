"""``ktts submit``: put texts into the queue and go; prints one job id per line.

With ``--json`` the last line of standard output is the list of ids.

Exit codes: 0 all submitted, 65 a request is wrong, 66 a file cannot be read, 69 no queue server,
75 queue full; what was submitted before the error stays and its ids are printed.
"""

import argparse
import json
from collections.abc import Sequence

from jobs import InvalidRequest, QueueSettings, SpeechQueue
from scripts.console.options import add_request_options, build_request


def main(argv: Sequence[str] | None = None) -> int:
    """Submit every text that is named."""
    args = _parse(argv)
    if args.name and len(args.sources) > 1:
        raise InvalidRequest("--name is for one text; several would stand under the same name")
    settings = QueueSettings()
    # All are checked before the first is submitted: half a command is hard to repeat.
    requests = [build_request(args, source, settings) for source in args.sources]
    queue = SpeechQueue(settings=settings)
    job_ids = []
    try:
        for request in requests:
            job = queue.submit(
                request, queue=args.queue, again=args.again, overwrite=args.overwrite
            )
            job_ids.append(job.id)
            if not args.json:
                print(job.id, flush=True)
    finally:
        if args.json:
            print(json.dumps(job_ids))
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ktts submit", description="Put texts into the queue; prints their job ids."
    )
    parser.add_argument(
        "sources", nargs="+", metavar="TEXT|FILE|-", help="texts, text files, or - for stdin"
    )
    add_request_options(parser, queue="default")
    return parser.parse_args(argv)

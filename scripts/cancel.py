"""``ktts cancel``: end jobs, at once where they wait, at their next chunk where they run.

With ``--json`` the last line of standard output is ``{job id: status before}``.

Exit codes: 0 all asked to end, 68 there is no job of an id (the others are still cancelled),
69 no queue server.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from jobs import SpeechQueue, SpeechStatus, UnknownJob

_ANSWERS = {
    SpeechStatus.QUEUED: "cancelled",
    SpeechStatus.RUNNING: "ends at its next chunk",
    SpeechStatus.FINISHED: "had finished already",
    SpeechStatus.FAILED: "had failed already",
    SpeechStatus.CANCELLED: "was cancelled already",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Cancel every job that is named."""
    args = _parse(argv)
    queue = SpeechQueue()
    before: dict[str, SpeechStatus] = {}
    unknown = None
    for job_id in args.ids:
        try:
            before[job_id] = queue.job(job_id).cancel(
                force=args.force, keep_partial=args.keep_partial
            )
        except UnknownJob as exc:
            unknown = exc
            print(f"ktts: {exc}", file=sys.stderr)
        else:
            print(f"{job_id} {_answer(before[job_id], force=args.force)}", file=sys.stderr)
    if args.json:
        print(json.dumps(before))
    return unknown.exit_code if unknown else 0


def _answer(before: SpeechStatus, *, force: bool) -> str:
    if before is SpeechStatus.RUNNING and force:
        return "ends now"
    return _ANSWERS[before]


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ktts cancel", description="End jobs.")
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--force", action="store_true", help="do not wait for the chunk to end")
    parser.add_argument(
        "--keep-partial", action="store_true", help="keep what is done for a later submit"
    )
    parser.add_argument(
        "--json", action="store_true", help="last line of standard output is a JSON document"
    )
    return parser.parse_args(argv)

"""``ktts webhooks``: those that are still to be sent, and those that were given up after a day.

``ktts webhooks resend ID...`` or ``--all`` sends them again, as if they were new; any beginning of
an id that only one of them has will do. With ``--json`` the last line of standard output is a list:
``[{"id", "state", "event", "subject", "url", "attempts", "error", "next_at"}]``, where ``state`` is
waiting or dead and ``url`` has no query; with ``resend`` it holds the ids.

Exit codes: 0, 2 nothing is named, 68 there is none of an id (the others are still sent), 69 no
queue server.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from jobs import SpeechQueue, UnknownJob
from jobs.queue.connection import queue_errors
from jobs.queue.webhooks import Delivery, read_dead, read_open, resend
from scripts.console.screen import Screen, make_table, make_text, tell
from scripts.parsers import queue_parsers

HEADER = ("id", "state", "event", "job or batch", "receiver", "attempts", "next", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Show the deliveries, or send again those that are named."""
    parser = queue_parsers.webhooks()
    args = parser.parse_args(argv)
    if (args.action == "resend") != bool(args.ids or args.all):
        parser.error("resend takes ids or --all, list takes neither")
    queue = SpeechQueue()
    with queue_errors():
        if args.action == "list":
            return _list(queue, as_json=args.json)
        return _resend(queue, args.ids, as_json=args.json)


def _list(queue: SpeechQueue, *, as_json: bool) -> int:
    found = [("waiting", one) for one in read_open(queue.connection)]
    found += [("dead", one) for _, one in read_dead(queue.connection)]
    table = make_table(*HEADER)
    for state, one in found:
        table.add_row(*map(make_text, _draw(state, one)))
    Screen(sys.stdout).write(table if found else make_text("nothing is to be sent"))
    if as_json:
        print(json.dumps([_write(state, one) for state, one in found]))
    return 0


def _resend(queue: SpeechQueue, ids: Sequence[str], *, as_json: bool) -> int:
    dead = list(read_dead(queue.connection))
    code, sent = 0, []
    for given in ids or [one.id for _, one in dead]:
        fitting = [(found, one) for found, one in dead if one.id.startswith(given)]
        if len({one.id for _, one in fitting}) != 1:
            code = UnknownJob.exit_code
            tell(f"ktts: {len(fitting) or 'no'} webhooks that were given up begin with {given!r}")
            continue
        found, one = fitting[0]
        if resend(queue.connection, found, one):
            sent.append(one.id)
            tell(f"{one.id} is sent again to {one.place}")
    if as_json:
        print(json.dumps(sent))
    return code


def _draw(state: str, one: Delivery) -> tuple[str, ...]:
    due = datetime.fromtimestamp(one.next_at, UTC).strftime("%d %b %H:%M UTC")
    next_at = due if state == "waiting" and one.next_at else ""
    return (
        *(one.id, state, one.event, one.subject, one.place),
        *(str(one.attempts), next_at, one.error),
    )


def _write(state: str, one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": state,
        "event": one.event,
        "subject": one.subject,
        "url": one.place,
        "attempts": one.attempts,
        "error": one.error,
        "next_at": one.next_at if state == "waiting" else None,
    }

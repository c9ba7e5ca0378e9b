"""Ids of jobs and books as people type them: any beginning that only one of them has."""

from __future__ import annotations

from jobs.books.store import has_book, list_books
from jobs.errors import InvalidRequest, UnknownJob
from jobs.queue.queue import SpeechQueue

ID_CHARACTERS = 8
"""Shown of an id to people."""

FEWEST_CHARACTERS = 4


def complete_id(queue: SpeechQueue, text: str) -> str:
    """Return the whole id of the job or the book whose id begins with `text`; else `text` itself.

    Raises:
        InvalidRequest: several ids begin so.
        QueueUnavailable: Redis does not answer.
    """
    if has_book(queue.settings.output_dir, text):
        return text
    try:
        return queue.job(text).id
    except UnknownJob:
        if len(text) < FEWEST_CHARACTERS:
            return text
    known = [job.id for job in queue.jobs()]
    known += [name for name, _ in list_books(queue.settings.output_dir)]
    found = sorted({each for each in known if each.startswith(text)})
    if len(found) > 1:
        raise InvalidRequest(
            f"{text!r} is the beginning of {', '.join(found[:4])}; type more of it"
        )
    return found[0] if found else text

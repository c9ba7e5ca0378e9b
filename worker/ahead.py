"""Prepares the next item while the present one is at work."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")


def look_ahead(items: Iterator[Item]) -> Generator[Item]:
    """Yield `items`, drawing the next one in a thread while the caller has this one.

    Never more than one is drawn ahead. An error in drawing an item comes where that item would
    have. Close the generator when leaving early: it waits for the item that is being drawn.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="look-ahead") as thread:
        # In the caller's context, so that what is logged there belongs to the same job.
        drawn = thread.submit(copy_context().run, _draw, items)
        while item := drawn.result():
            drawn = thread.submit(copy_context().run, _draw, items)
            yield item[0]


def _draw(items: Iterator[Item]) -> tuple[Item] | None:
    """Return the next item in a tuple of one, or None at the end."""
    for item in items:
        return (item,)
    return None

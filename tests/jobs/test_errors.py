"""The tree of errors: drawn as it is, each class documented, each with its exit code."""

from __future__ import annotations

import re

import pytest

from jobs import errors
from jobs.errors import JobFailed, SpeechError, find_error


def all_errors() -> list[type[SpeechError]]:
    """Return the classes of jobs.errors, a parent before its children."""
    found = [SpeechError]
    for known in found:
        found.extend(
            child for child in known.__subclasses__() if child.__module__ == SpeechError.__module__
        )
    return found


def drawn_errors() -> dict[str, tuple[str, bool]]:
    """Return name to (parent, retryable) as the module's docstring draws them."""
    drawing = (errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0]
    parents = {-1: "SpeechError"}
    drawn = {}
    for line in drawing.splitlines()[1:]:
        match = re.match(r"([ │├└─]+)(\w+)(\s+retryable)?", line)
        assert match, line
        depth = len(match[1])
        parent = parents[max(known for known in parents if known < depth)]
        parents = {known: name for known, name in parents.items() if known < depth}
        parents[depth] = match[2]
        drawn[match[2]] = (parent, bool(match[3]))
    return drawn


def test_the_drawing_shows_the_tree():
    """The docstring's drawing names every class, its parent and whether a retry can help."""
    real = {
        known.__name__: (known.__mro__[1].__name__, known.retryable) for known in all_errors()[1:]
    }

    assert drawn_errors() == real


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.__name__)
def test_every_error_is_documented_and_has_an_exit_code(error: type[SpeechError]):
    """Each class says in one sentence what it means and ends a command with a code of its own."""
    assert (error.__doc__ or "").strip().endswith(".")
    assert "__doc__" in vars(error)
    assert 1 <= error.exit_code <= 78
    assert error.exit_code != 2


def test_an_error_is_found_by_its_name():
    """What a worker wrote down by name becomes the class again."""
    assert all(find_error(known.__name__) is known for known in all_errors())
    assert find_error("SomethingElse") is JobFailed


def test_invalid_requests_are_value_errors():
    """A web framework that turns ValueError into 400 needs no special case."""
    assert issubclass(errors.InvalidRequest, ValueError)

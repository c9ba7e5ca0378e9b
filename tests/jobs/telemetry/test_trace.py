"""Which book and which web request a job belongs to, read from what anybody may have written."""

from __future__ import annotations

import pytest

from jobs.telemetry.trace import read_trace, read_traceparent

VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("text", [VALID, f"cc{VALID[2:]}", f"01{VALID[2:]}-more-to-come"])
def test_a_traceparent_is_taken_as_it_is(text: str) -> None:
    """Of this version, and of later ones that append fields."""
    assert read_traceparent(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        VALID.upper(),
        VALID[:-1],
        f"{VALID}-more",
        f"ff{VALID[2:]}",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        f"{VALID}\nlevel=ERROR",
    ],
    ids=[
        "empty",
        "none",
        "upper-case",
        "short",
        "longer-than-version-00",
        "version-ff",
        "trace-of-zeros",
        "parent-of-zeros",
        "two-lines",
    ],
)
def test_what_is_no_traceparent_is_ignored(text: str) -> None:
    """As W3C has it: the request goes on, without a trace."""
    assert read_traceparent(text) == ""


def test_batch_and_trace_come_from_the_metadata() -> None:
    """A part of a book carries both; an assembly names its batch itself."""
    part = {"request": {"text": "x", "metadata": {"batch": "b" * 32, "traceparent": VALID}}}

    assert read_trace(part) == {"batch_id": "b" * 32, "traceparent": VALID}
    assert read_trace({"request": {"batch_id": "c" * 32, "output": "x.m4b"}}) == {
        "batch_id": "c" * 32
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"request": None},
        {"request": {"metadata": None}},
        {"request": {"metadata": {}}},
        {"request": {"metadata": {"batch": 7, "traceparent": 7}}},
    ],
)
def test_arguments_of_any_kind_are_read_without_harm(arguments: dict[str, object]) -> None:
    """What has neither, or something else in their place, has no trace."""
    assert read_trace(arguments) == {}

"""One table has all pauses, and one factor changes them."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from jobs.text.pauses import PAUSES, scale_pauses
from jobs.text.source_text import read_source
from jobs.text.text_version import text_version


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0])
def test_every_pause_is_scaled_but_the_longest_that_a_text_may_ask_for(factor: float) -> None:
    """No length of the table stays behind; a bound is no pause."""
    lengths = asdict(PAUSES)
    bound = lengths.pop("longest_seconds")

    assert asdict(scale_pauses(factor)) == {
        **{name: pytest.approx(seconds * factor) for name, seconds in lengths.items()},
        "longest_seconds": bound,
    }


def test_the_text_version_changes_with_the_factor_alone() -> None:
    """At the usual factor the version is what it was without one."""
    assert scale_pauses(1.0) == PAUSES
    assert text_version(pause_scale=1.0) == text_version()
    assert text_version(pause_scale=1.5)["pauses"] != text_version()["pauses"]


def test_breaks_of_ssml_are_scaled_where_they_say_no_time() -> None:
    """A strength is as long as the request makes it, a time as long as it says."""
    text = '<speak><break strength="weak"/>a<break time="2s"/><s>b</s></speak>'

    assert read_source(text).text == "[pause:0.35s]a[pause:2s] b[pause:0.35s]"
    assert read_source(text, pause_scale=2).text == "[pause:0.7s]a[pause:2s] b[pause:0.7s]"


def test_a_tiny_factor_writes_no_pause_that_would_be_read_out() -> None:
    """3.5e-06 is no amount of the markup."""
    assert read_source("<speak><s>b</s></speak>", pause_scale=1e-5).text == "b[pause:0s]"

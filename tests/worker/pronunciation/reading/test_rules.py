"""How rules are applied to a line, whatever their language."""

from __future__ import annotations

import logging
import re

import pytest

from worker.pronunciation.reading.rules import NO_WORDS, Replacement, Rule, RuleTable


def make_table(*rules: Rule, signs: str = "") -> RuleTable:
    """Return a table of `rules`."""
    return RuleTable(rules, signs)


DOZEN = Rule("dozen", re.compile(r"\b12\b"), lambda _: "a dozen", "1")
NUMBER = Rule("number", re.compile(r"\d{1,9}"), lambda _: "some")


def test_the_first_rule_wins_and_closes_its_stretch() -> None:
    """What an earlier rule has read is closed to later ones."""
    found = make_table(DOZEN, NUMBER).find("12 of 90")

    assert [(one.start, one.end, one.words, one.kind) for one in found] == [
        (0, 2, "a dozen", "dozen"),
        (6, 8, "some", "number"),
    ]


def test_settled_stretches_are_left_alone() -> None:
    """A lexicon entry or inline markup wins over the rules."""
    assert make_table(NUMBER).find("12 of 90", taken=[(0, 3)])[0].start == 6


def test_a_kind_can_be_switched_off() -> None:
    """The text of that kind goes to the next rule."""
    (found,) = make_table(DOZEN, NUMBER).find("12", off={"dozen"})

    assert found.words == "some"


def test_a_sign_that_no_rule_reads_is_unspoken() -> None:
    """Each is listed with its own place."""
    (found,) = make_table(signs="~").find("a ~ b")

    assert (found.start, found.end, found.unspoken) == (2, 3, NO_WORDS)


@pytest.mark.parametrize(
    "said",
    [
        [Replacement(0, 9, "too long")],
        [Replacement(1, 1, "empty")],
        [Replacement(1, 2, "b"), Replacement(0, 1, "a")],
        [Replacement(0, 2, "a"), Replacement(1, 2, "b")],
    ],
)
def test_parts_outside_the_match_are_refused(
    said: list[Replacement], caplog: pytest.LogCaptureFixture
) -> None:
    """A rule that misplaces its parts is passed over, and the fault is logged."""
    caplog.set_level(logging.DEBUG)
    broken = Rule("broken", re.compile(r"\d\d"), lambda _: said)

    assert [one.kind for one in make_table(broken, DOZEN).find("12")] == ["dozen"]
    assert "broken" in caplog.text


def test_a_rule_that_raises_costs_nothing_but_itself(caplog: pytest.LogCaptureFixture) -> None:
    """The text is read as it was without that rule."""
    caplog.set_level(logging.DEBUG)
    broken = Rule("broken", re.compile(r"\d"), lambda match: str(int(match["none"])))

    assert [one.words for one in make_table(broken, NUMBER).find("12")] == ["some"]
    assert "broken" in caplog.text

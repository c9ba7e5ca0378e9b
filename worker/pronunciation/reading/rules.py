"""Finds what the rules of a language read otherwise than it is written.

Rules act in the order of their table: a stretch that one of them has read is closed to the later
ones, and so is what the producer's lexicon or inline markup settles. A rule that fails is passed
over, so that its text is read as it was before there were rules.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

NO_WORDS = "no rule of this language reads the sign here"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A stretch of the line and what is said for it."""

    start: int
    """First character in the line."""
    end: int
    """Character after the last; greater than `start`."""
    words: str
    """What is said, in words that the language's pronunciation reads by itself."""
    kind: str = ""
    """What the stretch is, for example ``money``; the rule's kind if empty."""
    phonemes: str = ""
    """How it is said, where no words give that sound."""
    unspoken: str = ""
    """Why it has no sound; it is then listed as unspoken."""


Said = str | Sequence[Replacement] | None
"""Words for the whole match; or the parts of it that are said otherwise; None: not meant here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of writing something, and how it is said."""

    kind: str
    """The kind that a setting switches off and the documents list."""
    pattern: re.Pattern[str]
    """Bounded: the time it takes grows no faster than the text."""
    read: Callable[[re.Match[str]], Said]
    needs: str = ""
    """Characters of which the line must hold one; empty if any line may match."""


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The rules of a language, the first one first."""

    rules: tuple[Rule, ...]
    signs: str = ""
    """Characters that are listed as unspoken where no rule has read them."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds in the order of the table."""
        return tuple(dict.fromkeys(rule.kind for rule in self.rules))

    def find(
        self, line: str, taken: Iterable[tuple[int, int]] = (), off: Collection[str] = ()
    ) -> list[Replacement]:
        """Return what is said otherwise than it is written, in order, none overlapping.

        Args:
            line: One line of normalised text.
            taken: Stretches that are settled and must be left alone.
            off: Kinds that are switched off.
        """
        closed = bytearray(len(line))
        for start, end in taken:
            closed[start:end] = b"\1" * (end - start)
        found: list[Replacement] = []
        letters = set(line)
        for rule in self.rules:
            if rule.kind not in off and (not rule.needs or not letters.isdisjoint(rule.needs)):
                found.extend(_apply(rule, line, closed))
        found.extend(
            Replacement(at, at + 1, char, "unspoken", unspoken=NO_WORDS)
            for at, char in enumerate(line)
            if char in self.signs and not closed[at]
        )
        return sorted(found, key=lambda replacement: replacement.start)


def _apply(rule: Rule, line: str, closed: bytearray) -> Iterator[Replacement]:
    for match in rule.pattern.finditer(line):
        start, end = match.span()
        if start == end or 1 in closed[start:end]:
            continue
        try:
            said = rule.read(match)
            parts = _check(said, match, rule.kind)
        except Exception:  # noqa: BLE001  # a rule must never cost a text its reading
            _log.debug("rule %r failed at %d of a line", rule.kind, start, exc_info=True)
            continue
        if parts:
            closed[start:end] = b"\1" * (end - start)
            yield from parts


def _check(said: Said, match: re.Match[str], kind: str) -> list[Replacement]:
    """Return the parts of a match that are said otherwise.

    Raises:
        ValueError: they overlap or lie outside the match.
    """
    if said is None:
        return []
    start, end = match.span()
    if isinstance(said, str):
        return [Replacement(start, end, said, kind)]
    parts = [
        part if part.kind else Replacement(part.start, part.end, part.words, kind, part.phonemes)
        for part in said
    ]
    at = start
    for part in parts:
        if not at <= part.start < part.end <= end:
            raise ValueError(f"part {part.start}-{part.end} does not fit into {start}-{end}")
        at = part.end
    return parts

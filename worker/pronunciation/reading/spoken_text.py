"""A line as it is said, and the way back from it to the line as it is written.

Pronunciation sees the whole line in words, so that each word keeps the neighbours that decide how
it is read. Its tokens are then carried back: tokens inside one replacement become one token of
the stretch that it stands for.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.reading.rules import Replacement

_SPELLED = re.compile(r"[^\W\d]\.[^\W\d]\Z")
_UNSPACED = "\u2e80"
"""Chinese and Japanese begin here; a space would change how their neighbours are read."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A replacement's place in the line as it is said, and in the line as it is written."""

    start: int
    first: int
    """Where its words begin, after a space that parts them from what is before."""
    end: int
    source_start: int
    source_end: int


class SpokenText:
    """A line with its replacements in place."""

    def __init__(self, line: str, replacements: Sequence[Replacement]) -> None:
        """Put `replacements`, which are in order and do not overlap, into `line`."""
        self._length = len(line)
        self._links: list[_Link] = []
        self.given: list[GivenSound] = []
        """What of it has settled phonemes, or none."""
        parts: list[str] = []
        size = at = 0
        last = ""  # the end of what is put together so far
        for replacement in (*replacements, None):
            plain = line[at : replacement.start if replacement else len(line)]
            if plain:
                if self._links and self._links[-1].end == size and _touch(last, plain):
                    parts.append(" ")
                    size += 1
                    self._links[-1] = replace(self._links[-1], end=size)
                parts.append(plain)
                size += len(plain)
                last = plain[-4:]
            if replacement:
                words = replacement.words or " "
                gap = " " * _touch(last, words)
                link = _Link(
                    size,
                    size + len(gap) + len(words) - len(words.lstrip()),
                    size + len(gap) + len(words),
                    replacement.start,
                    replacement.end,
                )
                self._links.append(link)
                parts.append(gap + words)
                size, last, at = link.end, words[-4:], replacement.end
                if replacement.phonemes or replacement.unspoken:
                    self.given.append(
                        GivenSound(link.first, size, replacement.phonemes, replacement.unspoken)
                    )
        self.text = "".join(parts)
        self._starts = [link.start for link in self._links]

    def place(self, tokens: Iterable[PhonemeToken]) -> Iterator[PhonemeToken]:
        """Carry `tokens`, which tile the line as it is said, to the line as it is written."""
        pending: PhonemeToken | None = None
        for token in tokens:
            start = 0 if pending is None else self._find_source(token.start)
            if pending and (start is None or start <= pending.start):
                pending = replace(
                    pending,
                    phonemes=pending.phonemes + token.phonemes,
                    unspoken=pending.unspoken or token.unspoken,
                )
                continue
            if pending and start is not None:
                yield replace(pending, end=start)
            pending = replace(token, start=start or 0)
        if pending:
            yield replace(pending, end=self._length)

    def _find_source(self, at: int) -> int | None:
        """Return the place in the line that `at` stands for; None inside a replacement."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return at
        link = self._links[index]
        if at <= link.first and at < link.end:
            return link.source_start
        return None if at < link.end else link.source_end + at - link.end


def _touch(before: str, after: str) -> bool:
    """Say whether two pieces would run into one word, in a script that parts words by spaces.

    The stop of a sentence behind spelled letters, as A.M, would be taken for one of theirs.
    """
    if after[0] == "." and _SPELLED.search(before):
        return True
    if before[-1:] >= _UNSPACED and after[:1] >= _UNSPACED:
        return False
    return before[-1:].isalnum() and after[:1].isalnum()

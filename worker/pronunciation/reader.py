"""What every language's pronunciation has in common: what it must deliver, and run by run reading.

A *run* is text between two punctuation marks. Runs are pronounced by the language's own package;
the marks go to the model as they are, because they carry its pauses and melody.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from jobs.text.characters import PUNCTUATION
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken

NO_PRONUNCIATION = "this language has no pronunciation for it"

PRONUNCIATION_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    StopIteration,
    TypeError,
    ValueError,
)
"""What the pronunciation packages are known to raise on text that they did not expect."""

LATIN = r"A-Za-z\u00c0-\u024f"
"""The letters of Latin words, for use inside a character class."""

# Not a mark: the point in a decimal, a clock time or an address.
_MARK = re.compile(
    rf"(?!(?<=[0-9{LATIN}])\.(?=[0-9{LATIN}]))(?!(?<=\d)[,:](?=\d))"
    r"[;:,.!?—…\"“”()\[\]{}¡¿]"
)
_MARKS = str.maketrans({"[": "(", "]": ")", "{": "(", "}": ")", "¡": None, "¿": None})


class Reader(Protocol):
    """Pronounces one language, by means of a package that knows it."""

    fingerprint: dict[str, str]
    """What its phonemes depend on."""

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        """Pronounce one line of normalised text; the tokens tile it in order."""

    def reads(self, letter: str) -> bool:
        """Say whether `letter` belongs to what this language reads."""

    def spell(self, word: str) -> str:
        """Pronounce a word or symbol that stands alone; empty if it has no sound."""


def package_versions(*names: str) -> dict[str, str]:
    """Return the installed versions of `names`, leaving out what is not installed."""
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def read_runs(
    text: str,
    given: Sequence[GivenSound],
    pronounce: Callable[[str], Iterator[tuple[str, str]]],
    *,
    is_spaced: bool = True,
) -> Iterator[PhonemeToken]:
    """Pronounce `text` run by run.

    Args:
        text: One line.
        given: Stretches whose phonemes are settled.
        pronounce: Splits a run without outer space into (text, phonemes), tiling it.
        is_spaced: The language writes spaces; if not, they are put after punctuation.
    """
    at = 0
    for sound in (*given, GivenSound(len(text), len(text), "")):
        yield from _read_plain(text, at, sound.start, pronounce, is_spaced=is_spaced)
        if sound.end > sound.start:
            phonemes = sound.phonemes if is_spaced or not sound.phonemes else f" {sound.phonemes} "
            yield PhonemeToken(sound.start, sound.end, phonemes, sound.unspoken)
        at = sound.end


def _read_plain(
    text: str,
    start: int,
    end: int,
    pronounce: Callable[[str], Iterator[tuple[str, str]]],
    *,
    is_spaced: bool,
) -> Iterator[PhonemeToken]:
    at = start
    while at < end:
        mark = _MARK.search(text, at, end)
        run_end = mark.start() if mark else end
        yield from _read_run(text, at, run_end, pronounce)
        at = run_end
        if mark:
            at = mark.end()
            sound = mark.group().translate(_MARKS)
            if not is_spaced and sound:
                goes_on = at < end and text[at] not in PUNCTUATION
                sound = f" {sound}" if sound in "“(" else sound + " " * goes_on
            yield PhonemeToken(run_end, at, sound)


def _read_run(
    text: str, start: int, end: int, pronounce: Callable[[str], Iterator[tuple[str, str]]]
) -> Iterator[PhonemeToken]:
    run = text[start:end]
    words = run.strip()
    if not words:
        if run:
            yield PhonemeToken(start, end, " ")
        return
    first = start + run.index(words[0])
    if first > start:
        yield PhonemeToken(start, first, " ")
    at = first
    for written, phonemes in pronounce(words):
        yield PhonemeToken(at, at + len(written), phonemes)
        at += len(written)
    if at < end:
        yield PhonemeToken(at, end, " ")

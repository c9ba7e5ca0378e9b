"""Where a text may be cut: after a sentence, else a clause, else a word, else between letters.

A cut depends only on the text and the place where the search starts, never on how the search got
there: that is what lets a reader start again at any cut and find the same ones after it. Markup
is never cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from .abbreviations import find_last_word, is_short_before_number, is_short_form
from .characters import (
    CLAUSE_MARKS,
    CLOSING_MARKS,
    FINAL_CLAUSE_MARKS,
    FINAL_STOPS,
    STOPS,
    extends_previous,
)
from .line_breaks import NEWLINES, SPACE, Break, find_break
from .markup import PAUSE, SOUND, SPEAKER, SPEED, unnamed

_CLOSING = f"[{re.escape(CLOSING_MARKS)}]*"
_GAP = rf"\s|{unnamed(SPEED)}|{unnamed(SPEAKER)}"
_BOUNDARY = re.compile(
    rf"(?P<sound>{unnamed(SOUND)})"
    rf"|(?P<pause>{unnamed(PAUSE)})"
    rf"|(?P<speed>{unnamed(SPEED)})"
    rf"|(?P<speaker>{unnamed(SPEAKER)})"
    rf"|(?P<stop>[{STOPS}]+{_CLOSING}(?={_GAP}|$)|[{FINAL_STOPS}]+[{STOPS}。！？]*{_CLOSING})"
    rf"|(?P<clause>[{CLAUSE_MARKS}]{_CLOSING}(?={_GAP})"
    rf"|(?:--+|(?<!\d)(?<!\d )[—–―]|[—–―](?! ?\d)){_CLOSING}"
    rf"|[{FINAL_CLAUSE_MARKS}]+)"
    r"|(?P<space>\s+)",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(rf"(?:\A|[{NEWLINES}])[ \t]?\d{{1,3}}\Z")
_WORD_CHARACTERS = 24
"""How far back an abbreviation is looked for."""

_LONGEST_BOUNDARY = 500
"""Characters; markup has less than 430."""

_MIN_SHARE = 0.2
"""A cut that leaves less than this share of what fits is no good one."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The place where a stretch of text ends."""

    end: int
    pause: re.Match[str] | None = None
    """The stretch is this pause and nothing else."""
    speed: re.Match[str] | None = None
    """The stretch is this change of speed and nothing else."""
    speaker: re.Match[str] | None = None
    """The stretch is this change of speaker and nothing else."""
    is_forced: bool = False
    """There was no better place than between two words or letters."""


@dataclass(slots=True)
class _Scan:
    """The boundaries that a look ahead from `begin` has found, each as (end of words, cut)."""

    begin: int
    reach: int
    """Characters from `begin` on that are looked at."""
    weights: list[int] = field(default_factory=list)
    """Running sum over the characters from `begin` to the end of the sentence."""
    sentence: tuple[int, int] | None = None
    clauses: list[tuple[int, int]] = field(default_factory=list)
    words: list[tuple[int, int]] = field(default_factory=list)
    markup: list[tuple[int, int]] = field(default_factory=list)
    """Spans that must not be cut."""

    def weigh(self, end: int) -> float:
        """Weigh the text from `begin` to `end`; infinite beyond the look ahead."""
        length = end - self.begin
        if length > self.reach:
            return float("inf")
        return self.weights[length - 1] if length else 0


def find_sentence_ends(text: str) -> Iterator[int]:
    """Yield where each sentence of `text` ends, the space after it included.

    A pause is one too, and so is a change of speaker. `find_cut` cuts at these places, where the
    speed changes, and inside the sentences that are too long for it.
    """
    at = 0
    while at < len(text):
        mark = PAUSE.match(text, at) or SPEAKER.match(text, at)
        at = mark.end() if mark else _find_sentence_end(text, _skip_space(text, at))
        yield at


def find_cut(text: str, start: int, max_weight: int) -> Cut:
    """Find the end of the sentence, or part of one, that begins at `start`.

    Weight is a cheap estimate of the phonemes; the stretch weighs `max_weight` at most, unless
    markup that must not be cut weighs more.
    """
    pause = PAUSE.match(text, start)
    if pause:
        return Cut(pause.end(), pause=pause)
    begin = _skip_space(text, start)
    if begin == len(text):
        return Cut(begin)
    speed, speaker = SPEED.match(text, begin), SPEAKER.match(text, begin)
    if change := speed or speaker:
        return Cut(change.end(), speed=speed, speaker=speaker)
    scan = _look_ahead(text, begin, 2 * max_weight + 1)
    if scan.sentence and scan.weigh(scan.sentence[0]) <= max_weight:
        return Cut(scan.sentence[1])
    # A sentence that is a little too long is halved, not robbed of its last word.
    whole = scan.weigh(scan.sentence[0]) if scan.sentence else float("inf")
    ideal = whole / 2 if whole <= 2 * max_weight else max_weight
    for options, is_forced in ((scan.clauses, False), (scan.words, True)):
        good = [
            (abs(scan.weigh(end) - ideal) + _weigh_figures(text, end, cut, max_weight), cut)
            for end, cut in options
            if max_weight * _MIN_SHARE <= scan.weigh(end) <= max_weight
        ]
        if good:
            return Cut(min(good)[1], is_forced=is_forced)
    fits = max(1, sum(weight <= max_weight for weight in scan.weights))
    return Cut(_cut_word(text, scan, begin + fits), is_forced=True)


def _skip_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at


def _find_sentence_end(text: str, begin: int) -> int:
    for match in _BOUNDARY.finditer(text, begin):
        kind, (_, cut) = _classify(text, match)
        if kind == "sentence":
            return cut
    return len(text)


def _weigh_figures(text: str, end: int, cut: int, max_weight: int) -> float:
    """Put a cut beside a figure off: 5 kg and March 4 are read together."""
    return max_weight if text[end - 1].isdigit() or text[cut].isdigit() else 0.0


def _look_ahead(text: str, begin: int, distance: int) -> _Scan:
    scan = _Scan(begin, min(distance, len(text) - begin))
    # No further than the longest markup, or a text without spaces takes the square of its length.
    for match in _BOUNDARY.finditer(text, begin, begin + scan.reach + _LONGEST_BOUNDARY):
        if match.start() - begin >= scan.reach:
            break
        kind, boundary = _classify(text, match)
        if match["speed"]:
            kind, boundary = "sentence", (match.start(), match.start())
        if kind == "sentence":
            scan.sentence = boundary
            break
        found = {"clause": scan.clauses, "word": scan.words, "sound": scan.markup}
        found[kind].append(boundary if kind != "sound" else match.span())
    else:
        if begin + scan.reach == len(text):
            scan.sentence = (len(text), len(text))
    end = scan.sentence[0] if scan.sentence else begin + scan.reach
    scan.weights = list(accumulate(map(_weigh, text[begin : min(end, begin + scan.reach)])))
    return scan


def _classify(text: str, match: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """Return what kind of boundary `match` is, where its words end and where to cut."""
    kind = match.lastgroup or ""
    if kind in {"pause", "speaker"}:
        return "sentence", (match.start(), match.start())
    if kind == "sound":
        return kind, match.span()
    if match.group() == " " and match.end() < len(text):
        return "word", match.span()  # most of them, and none ends a line
    words_end = match.start() if kind in {"space", "speed"} else match.end()
    cut = match.end() if kind == "speed" else _skip_space(text, words_end)
    if cut == len(text) or find_break(text, words_end, cut) is not Break.NONE:
        return "sentence", (words_end, cut)
    if kind == "stop":
        kind = _classify_stop(text, match, cut)
    return kind.replace("space", "word"), (words_end, cut)


def _classify_stop(text: str, match: re.Match[str], cut: int) -> str:
    following = text[cut]
    if following == "&":
        return "word"
    if match.group()[0] == ".":
        word = find_last_word(text[max(0, match.start() - _WORD_CHARACTERS) : match.start()])
        is_list_number = _LIST_NUMBER.search(text[max(0, match.start() - 5) : match.start()])
        is_number = is_short_before_number(word, text, cut)
        if is_list_number or is_number or (match.group() == "." and is_short_form(word)):
            return "word"
    return "clause" if following.islower() else "sentence"


def _cut_word(text: str, scan: _Scan, at: int) -> int:
    """Cut between two letters near `at`, never between a letter and its marks, nor in markup."""
    for start, end in scan.markup:
        if start < at < end:
            return end if start == scan.begin else start
    if at == len(text):
        return at
    earlier = at
    while at - earlier < _WORD_CHARACTERS and extends_previous(text, earlier):
        earlier -= 1
    if earlier > scan.begin:
        return earlier
    later = at
    while later < len(text) and later - at < _WORD_CHARACTERS and extends_previous(text, later):
        later += 1
    return later


def _weigh(char: str) -> int:
    """Estimate the phonemes of one character, a little too high."""
    if char < "\u3040":
        return 6 if char.isdigit() else 1
    if char < "\u3100":
        return 3
    return 5 if char < "\ua000" or "\uac00" <= char <= "\ufaff" else 1

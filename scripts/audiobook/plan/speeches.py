"""Finds who speaks in a play, where it says so: ``LANE. I did not hear.``, or the name alone."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jobs.text.markup import BARE_PAUSE
from scripts.audiobook.plan.dialogue import Span, find_paragraphs

_TITLE = r"(?:(?:Mr|Mrs|Ms|Dr|St|Mme|Mlle|Sr|Sra|Srta|Sig|Don|Fr|Jr|M)\.[^\S\n]+)?"
_WORD = r"[^\W\d_][^\W_]*(?:['’.-][^\W_]+)*"
_NAME = rf"(?:THE |The )?{_TITLE}{_WORD}(?:[^\S\n]+(?:[^\W\d_]\.|{_WORD}|&|\d)){{0,3}}"
_ASIDE = r"(?:[^\S\n]*(?:\[[^\[\]\n]{1,200}\]|\([^()\n]{1,200}\)))"
_POINT = r"[^\S\n]*(?:[.:：]|[—–]|--)"
_HEAD = re.compile(
    rf"(?P<name>{_NAME}){_ASIDE}?"
    rf"(?:(?:{_POINT})?{_ASIDE}?[^\S\n]*(?P<stop>\n|\Z)|{_POINT}{_ASIDE}?[^\S\n]*(?=\S))",
    re.IGNORECASE,
)
_QUOTED = tuple('“„«「『‘"')
_DIRECTION = re.compile(r"\[(?!(?:voice|speed|lang):\S)[^\[\]]{1,2000}\]")
"""What is in brackets and no inline tag."""
_ONLY_DIRECTION = re.compile(r"[_*]*(?:\[[^\[\]]*\]|\([^()]*\))[_*.]*")
MAX_NAME_CHARACTERS = 60
MIN_SHARE = 0.3
"""Two people at least, and this share of paragraphs is theirs: then it is a play."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What a play gives one person to say."""

    name: str
    """As it is written."""
    spans: tuple[Span, ...]
    """Its words, without name and stage directions; empty where the next paragraph has them."""


def find_speeches(text: str, names: Collection[str]) -> Iterator[Speech]:
    """Yield the speeches of `names`, in small letters, with the paragraphs that belong to each.

    Where a name stands alone, all paragraphs up to the next name or pause do.
    """
    speaking = ""
    for start, end in find_paragraphs(text):
        head = _HEAD.match(text, start, end)
        name = head["name"].strip() if head else ""
        if head and name.casefold() in names:
            speaking = name if head.end() == end or head["stop"] else ""
            if head.end() < end:
                yield Speech(name, tuple(_cut_directions(text, head.end(), end)))
        elif BARE_PAUSE.fullmatch(text, start, end) or is_bare_name(text[start:end]):
            speaking = ""
        elif speaking and not _ONLY_DIRECTION.fullmatch(text, start, end):
            yield Speech(speaking, tuple(_cut_directions(text, start, end)))


def find_names(text: str) -> Counter[str]:
    """Return who speaks in a play and how often; nobody if `text` is no play.

    Of names that are not in capitals those count that are there twice.
    """
    names: Counter[str] = Counter()
    written: dict[str, str] = {}
    paragraphs = [span for span in find_paragraphs(text) if not BARE_PAUSE.fullmatch(text, *span)]
    theirs = 0
    for start, end in paragraphs:
        head = _HEAD.match(text, start, end)
        # Prose: He said: “No.”
        if head is None or text.startswith(_QUOTED, head.end()) or _is_heading(text, end):
            continue
        name, is_alone = head["name"].strip(), head.end() == end
        has_point = not is_alone or name.isupper() or text[end - 1] in ".:：)]"
        if len(name) <= MAX_NAME_CHARACTERS and name[0] == name[0].upper() and has_point:
            names[written.setdefault(name.casefold(), name)] += 1
            theirs += 1 + is_alone
    spoken = Counter({name: n for name, n in names.items() if n > 1 or name.isupper()})
    is_play = len(spoken) > 1 and theirs >= MIN_SHARE * len(paragraphs)
    return spoken if is_play else Counter()


def _is_heading(text: str, end: int) -> bool:
    return BARE_PAUSE.match(text, end + 2) is not None


def is_bare_name(paragraph: str) -> bool:
    """Return whether a paragraph is nothing but a name in capitals, of whomever."""
    return paragraph.isupper() and len(paragraph) <= MAX_NAME_CHARACTERS and paragraph[-1] in ".:："


def _cut_directions(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a speech without the stage directions in brackets."""
    at = start
    for direction in _DIRECTION.finditer(text, start, end):
        if BARE_PAUSE.fullmatch(direction.group()):
            continue
        if any(map(str.isalnum, text[at : direction.start()])):
            yield at, direction.start()
        at = direction.end()
    if any(map(str.isalnum, text[at:end])):
        yield at, end

"""Recognises chapter headings in lines of plain text, in the languages of Kokoro.

A heading is *plain* if it names its kind ("Chapter IV", "Kapitel 3", "第三章"), or a *name*
("Epilogue"). A number alone, or before a title, is a heading only if others like it count up from
one: `keep_counted` checks that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MAX_HEADING_CHARACTERS = 100

PART_LEVEL = 1
CHAPTER_LEVEL = 2
NUMBER_LEVEL = 3

ROMAN = r"(?=[MDCLXVI])M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})(?<=[MDCLXVI])"
"""A Roman numeral in capitals, for use inside a regular expression."""

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    "|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ]\\w+)?"
    "|(?:one|two|three) hundred(?: and)?(?: \\w+(?:-\\w+)?)?"
    "|(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
    "|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
    "|une?|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|premi(?:er|ère)"
    "|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|primer[oa]?"
    "|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|prim[oa]"
    "|uma?|dois|três|quatro|sete|oito|dez|primeir[oa]"
)
_ORDINALS = (
    "(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
    "|(?:erst|zweit|dritt|viert|fünft|sechst|siebt|siebent|acht|neunt|zehnt|elft|zwölft)e[rs]?"
    "|premi(?:er|ère)|deuxième|seconde?|troisième|quatrième|cinquième|sixième|septième|dernière?"
    "|primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]"
    "|prim[oa]|second[oa]|terz[oa]|quart[oa]"
    "|primeir[oa]|terceir[oa]"
)
_PARTS = (
    "part|book|volume|teil|buch|band|partie|livre|tome|parte|libro|livro|tomo|act|akt|acte|atto"
)
_CHAPTERS = (
    "chapter|chap\\.?|kapitel|chapitre|cap[ií]tulo|capitolo|cap\\.|adventure|letter|stave|canto|scene"
    "|szene|scène|escena|scena|cena"
)
_NAMES = (
    "prologue|epilogue|introduction|preface|foreword|afterword|interlude|conclusion|postscript"
    "|prolog|epilog|vorwort|nachwort|einleitung|zwischenspiel"
    "|épilogue|avant-propos|préface|postface|intermède"
    "|prólogo|epílogo|prefacio|introducción|epilogo|prefazione|introduzione|prefácio|introdução"
    "|प्रस्तावना|उपसंहार|序章|终章|終章|楔子|序言|前言|尾声|后记|後記|プロローグ|エピローグ|あとがき"
)
_CJK_NUMBER = r"[〇零一二三四五六七八九十百千两\d０-９]"
_END = r"(?:\s*(?P<mark>[.:：—–-])\s*(?P<title>\S.*)|(?P<gap>\s+)(?P<name>\S.*)|\s*[.:]?\s*)"

_PLAIN = (
    (PART_LEVEL, rf"(?:the\s+)?(?:{_PARTS})\s+(?P<number>\d+|{ROMAN}|{_NUMBER_WORDS})\b{_END}"),
    (PART_LEVEL, rf"(?P<number>{_ORDINALS})\s+(?:{_PARTS})\b{_END}"),
    (PART_LEVEL, rf"第(?P<number>{_CJK_NUMBER}+)[卷部篇幕]{_END}"),
    (CHAPTER_LEVEL, rf"(?:{_CHAPTERS})\s+(?P<number>\d+|{ROMAN}|{_NUMBER_WORDS})\b{_END}"),
    (CHAPTER_LEVEL, rf"(?P<number>{_ORDINALS})\s+(?:{_CHAPTERS}){_END}"),
    (CHAPTER_LEVEL, rf"第(?P<number>{_CJK_NUMBER}+)[章回节節话話]{_END}"),
    (CHAPTER_LEVEL, rf"(?:अध्याय|भाग)\s+(?P<number>\S+){_END}"),
    (CHAPTER_LEVEL, rf"(?P<name_alone>{_NAMES}){_END}"),
)
_PATTERNS = [(level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _PLAIN]
_COUNTED = re.compile(
    rf"(?P<digits>\d{{1,3}})(?:[.:)]\s+(?P<title>\S.*)|\.?)|(?P<roman>{ROMAN})(?:[.:)]\s+(?P<name>\S.*)|\.?)"
)

Kind = Literal["plain", "name", "digits", "roman", "digits and title", "roman and title"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may be a heading."""

    text: str
    level: int
    kind: Kind
    number: int = 0
    """Its number, for the kinds with digits or roman numerals."""
    has_title: bool = False
    """A title follows the number."""


def read_heading(line: str) -> Heading | None:
    """Return the heading that a line may be; None if it cannot be one."""
    text = line.strip()
    if not text or len(text) > MAX_HEADING_CHARACTERS or text[-1] in ",;":
        return None
    for level, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match and _is_title(match["name"]):
            kind: Kind = "name" if "name_alone" in match.groupdict() else "plain"
            return Heading(text, level, kind, has_title=bool(match["title"] or match["name"]))
    match = _COUNTED.fullmatch(text)
    if not match:
        return None
    title = match["title"] or match["name"]
    if title and (not _is_title(title) or title[-1] in ".!?:"):
        return None
    number = int(match["digits"]) if match["digits"] else read_roman(match["roman"])
    kind = "digits" if match["digits"] else "roman"
    if title:
        kind = "digits and title" if match["digits"] else "roman and title"
    return Heading(text, NUMBER_LEVEL, kind, number, has_title=bool(title))


def keep_counted(headings: Sequence[Heading]) -> set[int]:
    """Return the indexes of the headings that are plain or count up from one."""
    sure = {"plain", "name"}
    kept = {place for place, heading in enumerate(headings) if heading.kind in sure}
    for kind in {heading.kind for heading in headings} - sure:
        kept.update(_find_counts(place for place in enumerate(headings) if place[1].kind == kind))
    return kept


def read_roman(numeral: str) -> int:
    """Return the value of a well-formed Roman numeral in capitals."""
    from roman_numerals import RomanNumeral

    return int(RomanNumeral.from_string(numeral))


def _find_counts(headings: Iterable[tuple[int, Heading]]) -> set[int]:
    kept: set[int] = set()
    run: list[int] = []
    last = 0
    for place, heading in headings:
        if heading.number == last + 1:
            run.append(place)
        elif heading.number == 1:
            kept.update(run if len(run) > 1 else ())
            run = [place]
        else:
            continue
        last = heading.number
    return kept | set(run if len(run) > 1 else ())


def _is_title(name: str | None) -> bool:
    """Return whether the text after a number is a title and not the rest of a sentence."""
    return not name or not name[0].isalpha() or not name[0].islower()

"""Roman figures, as English says them: kings, wars, chapters."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    look_ahead,
    look_behind,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_plural,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_ROMAN = r"(?P<roman>[IVXLCDM]{1,12})"
_VALID = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_HEADWORDS = frozenset(DATA["roman_headwords"]["words"])
_REGNAL = frozenset(DATA["regnal"]["names"])
_ROMAN_AFTER = re.compile(
    rf"(?P<head>\b[^\W\d_]{{1,20}})(?P<gap>\.? |-){_ROMAN}"
    r"(?:(?P<joint>[-—]| and | or | & |, | to )(?P<last>[IVXLC]{1,12})(?!\w))?(?![\w'-]|\.\w)"
    rf"|(?P<head2>\b[^\W\d_]{{1,20}}) (?P<owned>[IVX]{{1,12}})(?='s?\b)"
)
_ROMAN_PLURAL = re.compile(r"\bMk (?P<roman>[IVX]{1,6})s\b")
_BOOK = any_of([*DATA["scripture"]["books"], *DATA["scripture"]["short"]])
_SMALL_CHAPTER = re.compile(
    rf"\b(?P<book>{_BOOK})\.? (?P<chapter>[ivxlc]{{2,8}}|[vx])\b(?!['-])(?P<end>\.(?= \d))?"
)
_ROMAN_CENTURY = re.compile(
    r"\b(?P<roman>[IVX]{1,6})(?:th|st|nd|rd)?"
    r"(?= (?:[Cc]entur(?:y|ies)|[Dd]ynasty|Olympiad|Corps|Army|Legion)\b)"
    r"|(?<=\b[Tt]he )(?P<edition>(?!IV )[IVX]{2,8})(?= [A-Z][a-z])"
)
# A row of X alone is kisses, films or chromosomes, unless it is a heading.
_ROMAN_ALONE = re.compile(r"(?<![\w.'&/-])(?P<roman>(?!X+\b)[IVX]{2,9})(?![\w&/]|\.\w|-\w|')")
# MCMXCIX: a year, as under a film.
_ROMAN_YEAR = re.compile(r"(?<![\w.'&/-])(?P<roman>M[MCDLXVI]{3,14})(?![\w&/]|-\w|')")
_ROMAN_HEADING = re.compile(r"\A(?P<roman>[IVXL]{1,9})(?=\.?\Z|[:.] [A-Z“](?!\.))")
_ROMAN_SMALL = re.compile(
    r"(?<![A-Za-z]\()(?<=\()(?P<list>i{1,3}|iv|vi{0,3}|ix|x)(?=\))"
    r"|(?<=\bp\. )(?P<page>[ivxl]{1,8})\b"
    r"|(?<=\bpp\. )(?P<first>[ivxl]{1,8})(?P<dash>[-—])(?P<second>[ivxl]{1,8})\b"
)
_PAGE_WORDS = re.compile(
    r"\b(?i:page|act|scene|chapter|part|book|verse|canto) (?P<page>[ivxl]{1,8})\b"
)
_ENGLISH_WORDS = frozenset({"MIX", "DIM", "MILD", "CIVIL", "LIVID", "MIMIC"})
_SMALL_HEADWORDS = frozenset(DATA["roman_headwords"]["small"])
_SHORT_HEADWORDS = frozenset(DATA["roman_headwords"]["short"])
_LETTERED = frozenset({"generation", "factor"})
_LONG_ROWS = frozenset({"chapter", "psalm", "canto", "sonnet", "sonnets", "stanza"})
_VERBS = "|".join(DATA["roman_headwords"]["after_pronoun"])
_PRONOUN = re.compile(rf" (?:{_VERBS})\b", re.IGNORECASE)
_TITLED = re.compile(
    rf"\b(?:{any_of(DATA['roman_headwords']['ruling'])}) (?:[A-Z]\w{{1,20}}[- ])?\Z"
)
_GRADED = frozenset(DATA["roman_headwords"]["graded"])
_RULERS = frozenset(map(str.lower, DATA["roman_headwords"]["rulers"]))
_AFTER_RULER = re.compile(rf",? (?:{'|'.join(DATA['roman_headwords']['after_ruler'])})\b")
_NAME_AFTER = re.compile(r"\. ([A-Z][a-z]{1,20})")
_PAST = re.compile(r" [a-z]{2,20}ed\b")
_CLAUSE = re.compile(r" (?!(?:of|and|in|to|for|is|or|by|with|from|at|on|the|through)\b)[a-z]")


def roman_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for Roman figures."""
    say = _RomanFigures(numbers)
    return [
        Rule("roman", _ROMAN_HEADING, say.read_roman, "IVXL"),
        Rule("roman", _ROMAN_YEAR, say.read_year, "M"),
        Rule("roman", _ROMAN_CENTURY, say.read_roman_ordinal, "IVX"),
        Rule("roman", _ROMAN_PLURAL, say.read_plural, "IVX"),
        Rule("roman", _ROMAN_AFTER, say.read_roman_after, "IVXLCDM"),
        Rule("roman", _ROMAN_ALONE, say.read_roman, "IVX"),
        Rule("roman", _ROMAN_SMALL, say.read_small_roman, "ivx"),
        Rule("roman", _PAGE_WORDS, say.read_small_roman, "ivx"),
        Rule("roman", _SMALL_CHAPTER, say.read_chapter, "ivxlc"),
    ]


class _RomanFigures:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_roman_ordinal(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"] or match["edition"])
        return self._numbers.ordinal(str(value)) if value else None

    def read_year(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"])
        return self._numbers.year(str(value)) if value else None

    def read_plural(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"])
        return f"Mark {say_plural(self._numbers.cardinal(str(value)))}" if value else None

    def read_chapter(self, match: re.Match[str]) -> Said:
        """Read a chapter of the Bible, as Rom. viii and Genesis xxii. 1."""
        value = find_roman(match["chapter"].upper())
        if not value:
            return None
        book = DATA["scripture"]["short"].get(match["book"], match["book"])
        return f"{book} {self._numbers.cardinal(str(value))}{',' * bool(match['end'])}"

    def read_roman(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"])
        is_after_name = re.search(r"(?<![.!?] )\b(?!The )[A-Z][a-z'-]{2,20} \Z", look_behind(match))
        if (
            match["roman"] == "IV"
            and not is_after_name
            and (
                re.match(r" [a-z]", look_ahead(match))
                or re.search(r"\b(?:an|the|by|via) \Z", look_behind(match))
            )
        ):
            return None  # intravenous
        return self._numbers.cardinal(str(value)) if value else None

    def read_roman_after(self, match: re.Match[str]) -> Said:
        head, roman = match["head"] or match["head2"], match["roman"] or match["owned"]
        group = "roman" if match["roman"] else "owned"
        value = find_roman(roman)
        if not value or roman in _ENGLISH_WORDS or _is_pronoun(roman, head, match):
            return None
        is_letter = roman in {"C", "D", "L", "M"} and head.lower() not in _LONG_ROWS
        if is_letter or (roman == "X" and head.lower() in _LETTERED):
            return None  # as in: Appendix C, Generation X
        if match["gap"] == ". " and head.lower() not in _SHORT_HEADWORDS:
            return None  # a sentence ends between them, as in: a letter. I read it.
        if {head.lower(), head.lower().removesuffix("s")} & _HEADWORDS and (
            head[0].isupper() or match["gap"] == ". " or head in _SMALL_HEADWORDS
        ):
            parts = [Replacement(*match.span(group), self._numbers.cardinal(str(value)))]
            if last := find_roman(match["last"] or ""):
                start, end = match.span("last")
                if match["joint"] in {"-", "—"}:
                    parts.append(Replacement(start - 1, start, " to "))
                parts.append(Replacement(start, end, self._numbers.cardinal(str(last))))
            return parts
        is_titled = _TITLED.search(look_behind(match)) is not None
        is_ruler = head in _REGNAL or is_titled or self._has_given_name(match)
        is_figure = set(roman) <= set("IVX") and (head, roman) != ("Malcolm", "X")
        if (
            match["gap"] in {" ", None}
            and is_ruler
            and is_figure
            and match["joint"] not in {"-", "—"}
        ):
            return [Replacement(*match.span(group), f"the {self._numbers.ordinal(str(value))}")]
        return None

    def _has_given_name(self, match: re.Match[str]) -> bool:
        """Say whether a given name stands before the last name, as in John Smith III."""
        if len(match["roman"] or match["owned"]) < len("II"):
            return False
        before = look_behind(match)
        words = re.findall(r"([A-Z][\w'-]*\.?) (?=(?:[A-Z][\w'-]*\.? )*\Z)", before)
        return any(word in _REGNAL for word in words)

    def read_small_roman(self, match: re.Match[str]) -> Said:
        parts = []
        for group, written in match.groupdict().items():
            if not written:
                continue
            if group == "dash":
                parts.append(Replacement(*match.span(group), " to "))
                continue
            value = find_roman(written.upper())
            if not value:
                return None
            parts.append(Replacement(*match.span(group), self._numbers.cardinal(str(value))))
        return parts


def _is_pronoun(roman: str, head: str, match: re.Match[str]) -> bool:
    """Say whether I is the person who speaks, or a letter, and no figure."""
    if head.lower() == "no" and len(roman) == 1:
        return True
    name = _NAME_AFTER.match(match.string, match.end())
    if roman == "I" and head in _REGNAL and name and name[1].lower() not in FUNCTION_WORDS:
        return True  # a middle name's first letter, as in James I. Smith
    if roman == "I" and _is_ruler_subject(head, match):
        return False
    if roman != "I" or head in _GRADED or (head == "War" and look_behind(match).endswith("World ")):
        return False
    if head.islower() or match["gap"] == ". ":
        return _CLAUSE.match(match.string, match.end()) is not None
    pattern = _PRONOUN if head in _REGNAL or _PRONOUN.match(match.string, match.end()) else _PAST
    return pattern.match(match.string, match.end()) is not None


def _is_ruler_subject(head: str, match: re.Match[str]) -> bool:
    """Say whether a sentence tells of a ruler, as in: Elizabeth I was queen."""
    is_ruler = head in _REGNAL or _TITLED.search(look_behind(match))
    if not is_ruler or not _AFTER_RULER.match(match.string, match.end()):
        return False
    before = look_behind(match).rstrip(" \"'“(")
    return not before or before[-1] in ".!?;:" or before.rsplit(" ", 1)[-1].lower() in _RULERS


def find_roman(letters: str) -> int:
    """Return the value of a Roman figure, 0 if it is none."""
    if not letters or not _VALID.fullmatch(letters):
        return 0
    values = [_VALUES[letter] for letter in letters]
    return sum(
        -v if v < following else v for v, following in zip(values, [*values[1:], 0], strict=True)
    )

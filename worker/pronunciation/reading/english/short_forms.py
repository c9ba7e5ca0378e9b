"""Short forms with a stop, as English says them: titles, initials, Fig. and approx."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    is_last,
    look_ahead,
    look_behind,
    may_end_sentence,
    spell,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_PHRASES: dict[str, str] = DATA["phrases"]
_PHRASE = re.compile(rf"(?<![\w./-])(?P<short>(?i:{any_of(_PHRASES)}))(?![\w/])")
_WITH_AND = re.compile(r"(?<!\w)(?P<first>[A-Z]{1,4}) ?& ?(?P<last>[A-Z]{1,4})(?!\w)")
_TITLES: dict[str, str] = DATA["titles"]
_TITLE = re.compile(rf"\b(?P<short>{any_of(_TITLES)})(?P<stop>\.)(?!\w)")
_RANK = re.compile(r"\b(?P<short>Lt|Col|Capt|Sgt|Cpl|Maj)(?= [A-Z][a-z])")
_SHORT_FORMS: dict[str, str] = DATA["short_forms"]
_NOT_LAST = frozenset(DATA["grammar"]["not_last"])
_BEFORE_NAMES = frozenset(DATA["grammar"]["before_names"])
_SHORT_FORM = re.compile(rf"(?<![\w.])(?P<short>{any_of(_SHORT_FORMS)})\.(?!\w)")
_FIGURES: dict[str, str] = DATA["before_figures"]
_BEFORE_FIGURE = re.compile(
    rf"(?<![\w.'-])(?P<short>{any_of(_FIGURES)})(?P<stop>\.? ?)"
    r"(?=#?(?:\d|[IVXLC]{1,8}\b|[ivxl]{1,6}\b(?![ .]?[a-z])))"
)
_NEEDS_STOP = frozenset(
    {
        "no",
        "art",
        "b",
        "d",
        "r",
        "l",
        "ll",
        "v",
        "c",
        "fl",
        "op",
        "ex",
        "sec",
        "p",
        "ref",
        "pt",
        "q",
        "ch",
    }
)
_COUNTRIES = frozenset({"U.S. ", "U.K. ", "U.N. ", "E.U. ", "D.C. ", "L.A. ", "P.O. "})
_DOTTED = re.compile(r"(?<![\w.])(?P<letters>(?:[A-Z]\.){2,6})(?!\w)")
_WORD_BEFORE = re.compile(r"([A-Za-z]{3,20}) \Z")
_INITIALS = re.compile(r"(?<![\w.'])(?P<initials>(?:[A-Z]\. ?){1,3})(?=[A-Z][a-z]{1,20})")


def phrase_rules() -> list[Rule]:
    """Return the rules for short forms that are read before anything else."""
    return [
        Rule("abbreviation", _PHRASE, _read_phrase),
        Rule("abbreviation", _WITH_AND, _read_with_and, "&"),
    ]


def title_rules() -> list[Rule]:
    """Return the rules for titles and ranks before names."""
    return [
        Rule("abbreviation", _TITLE, _read_title, "."),
        Rule("abbreviation", _RANK, lambda match: _TITLES[match["short"]]),
    ]


def short_form_rules() -> list[Rule]:
    """Return the rules for the other short forms."""
    return [
        Rule("abbreviation", _BEFORE_FIGURE, _read_before_figure),
        Rule("abbreviation", _SHORT_FORM, _read_short_form, "."),
        Rule("abbreviation", _DOTTED, _read_dotted, "."),
        Rule("abbreviation", _INITIALS, _read_initials, "."),
    ]


def _read_phrase(match: re.Match[str]) -> Said:
    short = match["short"]
    said = _PHRASES.get(short) or _PHRASES[short.lower()]
    if short == "AKA":
        return None
    return said


def _read_with_and(match: re.Match[str]) -> Said:
    return f"{spell(match['first'])} and {spell(match['last'])}"


_CLAUSE = re.compile(r" (?!(?:of|and|in|to|for|is|or|by|with|from|at|on|the|through)\b)[a-z]")


def _read_title(match: re.Match[str]) -> Said:
    return _TITLES[match["short"]] + "." * is_last(match)


def _read_short_form(match: re.Match[str]) -> Said:
    short = match["short"]
    if short == "ed" and re.search(r"\d(?:st|nd|rd|th) \Z", look_behind(match, 5)):
        return "edition" + "." * is_last(match)
    if short in _NOT_LAST and is_last(match):
        return None
    if short == "est" and not re.match(r" (?:in )?\d", look_ahead(match)):
        return "estimated"
    keeps_stop = is_last(match) or (may_end_sentence(match) and short not in _BEFORE_NAMES)
    return _SHORT_FORMS[short] + "." * keeps_stop


def _read_before_figure(match: re.Match[str]) -> Said:
    short, stop = match["short"], match["stop"]
    if "." not in stop and (short.lower() in _NEEDS_STOP or not stop):
        return None
    following = look_ahead(match, 8)
    is_year = re.match(r"(?:c\. ?)?\d{3,4}(?!\d)", following) is not None
    if short in {"c", "ca"} and not is_year:
        return None
    if short in {"b", "d", "fl", "r"}:
        bracket = match.string.rfind("(", max(0, match.start() - 30), match.start())
        if bracket < 0 or not re.match(r"(?:c\. ?)?\d", following):
            return None
    if (
        not following[0].isdigit()
        and following[0] != "#"
        and short in {"d", "l", "c", "b", "r", "v", "ex", "no", "No", "Art", "Ste"}
    ):
        return None
    if following.startswith("I ") and _CLAUSE.match(match.string, match.end() + 1):
        return None
    return _FIGURES[short] + " "


def _read_dotted(match: re.Match[str]) -> Said:
    """Keep the stop of U.S. where the sentence ends with it."""
    following = look_ahead(match).lstrip(" \"'“(").split(" ")[0]
    ends = is_last(match) or (following[:1].isupper() and following.lower() in FUNCTION_WORDS)
    return spell(match["letters"].replace(".", "")) + "." if ends else None


def _read_initials(match: re.Match[str]) -> Said:
    initials = match["initials"]
    if initials.startswith("I. ") or initials in _COUNTRIES or _ends_before(match):
        return None
    parts = []
    for at, letter in enumerate(initials):
        if letter.isupper():
            start = match.start() + at
            parts.append(
                Replacement(start, start + 2, letter, phonemes="ˈA" if letter == "A" else "")
            )
    return parts


def _ends_before(match: re.Match[str]) -> bool:
    """Say whether the letter ends the sentence before, as in vitamin C. He."""
    before = _WORD_BEFORE.search(look_behind(match, 24))
    if len(match["initials"]) > len("C. "):
        return False
    following = look_ahead(match, 20).split(" ")[0].strip(",.;:!?'”")
    is_thing = before and before[1].islower() and before[1] not in FUNCTION_WORDS
    is_list = before and before[1] == following  # as in Plan A. Plan B.
    return bool(is_thing or is_list) or following.lower() in FUNCTION_WORDS

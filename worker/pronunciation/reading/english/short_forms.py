"""Short forms with a stop, as English says them: titles, initials, Fig. and approx."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    ends_sentence,
    is_last,
    leave_stop,
    look_ahead,
    look_behind,
    may_end_sentence,
    spell,
)
from worker.pronunciation.reading.english.english_numbers import Numbers
from worker.pronunciation.reading.english.roman_figures import find_roman
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
    r"(?=#?(?:\d|[A-Z]{1,4}-?\d|[IVXLC]{1,8}\b|[ivxl]{2,6}\b|[ivxl]\b(?![ .]?[a-z])))"
    r"(?:(?P<roman>[IVX]{1,8}(?![\w'-]|\.\w))|(?<=[Ss]c\. )(?P<small>[ivx]{1,6}(?![\w'-])))?"
)
_GLUED = re.compile(
    rf"(?<![\w.'-])(?P<short>{any_of(_FIGURES)})\.(?P<figures>\d{{1,4}})(?!\w|[.,:/]\d)"
)
_NEEDS_STOP = frozenset(DATA["grammar"]["figures_need_stop"])
_FIGURES_ONLY = frozenset(DATA["grammar"]["figures_only"])
_IN_BRACKETS = frozenset({"b", "d", "fl", "r"})
_ANSWER = re.compile(rf"\b(?:{any_of(DATA['grammar']['before_answers'])}),? [\"'“]?\Z")
# No 5 Group and No 10 Downing Street, but: No 5 books.
_MID_SENTENCE = re.compile(r"[A-Za-z0-9,;(] ?\Z")
_NOT_COUNTED = re.compile(r"\d{1,4}(?![\w:]| [a-z]{1,20}s\b)")
_COUNTRIES = frozenset({"U.S. ", "U.K. ", "U.N. ", "E.U. ", "D.C. ", "L.A. ", "P.O. "})
_DOTTED = re.compile(r"(?<![\w.])(?:(?:[A-Z]\.){2,6}|(?:[A-Z][a-z]{0,4}\.){2})(?!\w)")
_VERSUS = re.compile(r"(?<=[\w.)\]] )v\.?(?= [A-Z\[(])")
# A row of years after them, which is read as one, as in (r. 1452-71).
_LIVED = re.compile(r"(?<=\()(?P<short>b|d|fl|r)\. ?(?=(?:c\. ?)?\d{1,4}[-–—])")
_BATTALION = re.compile(r"(?<=\d(?:st|nd|rd|th) )Bn\b\.?")
_GLOBE = re.compile(r"\b(?P<short>[Ll]at|[Ll]ong?)\.? (?=\d{1,3}(?:\.\d{1,6})?°)")
_POINTS = re.compile(r"(?<=\d-)pt\.?(?= [a-z])")
_WORD_BEFORE = re.compile(r"([A-Za-z]{3,20}) \Z")
# The note, which would be read as the article.
_KEY = re.compile(r"(?<=[a-z,(] )A(?=[♯♭]|[ -](?:flat |sharp )?(?:minor|major|flat|sharp)\b)")
_INITIALS = re.compile(r"(?<![\w.'])(?P<initials>(?:[A-Z]\. ?){1,3})(?=[A-Z][a-z]{1,20})")


def phrase_rules() -> list[Rule]:
    """Return the rules for short forms that are read before anything else."""
    return [
        Rule("abbreviation", _PHRASE, _read_phrase),
        Rule("abbreviation", _WITH_AND, _read_with_and, "&"),
        Rule("abbreviation", _VERSUS, _read_versus, "v"),
        Rule("abbreviation", _LIVED, lambda match: f"{_FIGURES[match['short']]} ", "("),
        Rule("abbreviation", _BATTALION, lambda _: "Battalion", "B"),
        Rule("abbreviation", _GLOBE, _read_globe, "°"),
        Rule("abbreviation", _POINTS, lambda _: "point", "-"),
    ]


def title_rules() -> list[Rule]:
    """Return the rules for titles and ranks before names."""
    return [
        Rule("abbreviation", _TITLE, _read_title, "."),
        Rule("abbreviation", _RANK, lambda match: _TITLES[match["short"]]),
    ]


def short_form_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for the other short forms."""
    say = _ShortForms(numbers)
    return [
        Rule("abbreviation", _GLUED, say.read_glued, "."),
        Rule("abbreviation", _BEFORE_FIGURE, say.read_before_figure),
        Rule("abbreviation", _SHORT_FORM, _read_short_form, "."),
        Rule("abbreviation", _DOTTED, _read_dotted, "."),
        Rule("abbreviation", _INITIALS, _read_initials, "."),
        Rule("sign", _KEY, _read_key, "A"),
    ]


class _ShortForms:
    """Reads short forms without a space before their figure, as p.48."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_glued(self, match: re.Match[str]) -> Said:
        short, figures = match["short"], match["figures"]
        is_year = short.lower() in {"c", "ca"} | _IN_BRACKETS
        if is_year and len(figures) < len("999"):
            return None
        said = self._numbers.year(figures) if is_year else self._numbers.number(figures)
        return f"{_FIGURES[short]} {said}"

    def read_before_figure(self, match: re.Match[str]) -> Said:
        short, stop = match["short"], match["stop"]
        following = match.string[match.end("stop") : match.end("stop") + 8]
        needs_stop = short.lower() in _NEEDS_STOP or not stop
        is_answer = short == "no" and _ANSWER.search(look_behind(match))
        is_letter = short in _FIGURES_ONLY and not re.match(r"[#\d]|[A-Z]{1,4}-?\d", following)
        is_person = following.startswith("I ") and _CLAUSE.match(
            match.string, match.end("stop") + 1
        )
        is_other = is_answer or is_letter or is_person or not _may_be_year(match, short)
        is_named = short == "No" and _MID_SENTENCE.search(look_behind(match)) and stop
        is_named = is_named and _NOT_COUNTED.match(match.string, match.end("stop"))
        if ("." not in stop and needs_stop and not is_named) or is_other:
            return None
        parts = [Replacement(match.start(), match.end("stop"), _FIGURES[short] + " ")]
        roman = "small" if match["small"] else "roman"
        if value := find_roman((match[roman] or "").upper()):
            parts.append(Replacement(*match.span(roman), self._numbers.cardinal(str(value))))
        return parts


def _read_phrase(match: re.Match[str]) -> Said:
    short = match["short"]
    said = _PHRASES.get(short) or _PHRASES[short.lower()]
    if short == "AKA":
        return None
    return said


def _read_with_and(match: re.Match[str]) -> Said:
    return f"{spell(match['first'])} and {spell(match['last'])}"


def _read_versus(match: re.Match[str]) -> Said:
    """Read the v between two names, as in Smith v. Jones."""
    before = look_behind(match).rstrip().rsplit(" ", 1)[-1].lstrip("([")
    is_game = match.group() == "v" and len(before) > len("v1")  # as in: his first goal v Spain
    return "versus" if before[:1].isupper() or is_game else None


def _read_globe(match: re.Match[str]) -> Said:
    """Read what stands before degrees of the globe."""
    return "latitude " if match["short"].lower() == "lat" else "longitude "


_CLAUSE = re.compile(r" (?!(?:of|and|in|to|for|is|or|by|with|from|at|on|the|through)\b)[a-z]")


def _read_title(match: re.Match[str]) -> Said:
    return leave_stop(match, _TITLES[match["short"]], ends=is_last(match))


def _read_short_form(match: re.Match[str]) -> Said:
    short = match["short"]
    if short == "ed" and re.search(r"\d(?:st|nd|rd|th) \Z", look_behind(match, 5)):
        return leave_stop(match, "edition", ends=may_end_sentence(match))
    if short in _NOT_LAST and is_last(match):
        return None
    if short == "est" and not re.match(r" (?:in )?\d", look_ahead(match)):
        return "estimated"
    ends = ends_sentence(match) or (may_end_sentence(match) and short not in _BEFORE_NAMES)
    return leave_stop(match, _SHORT_FORMS[short], ends=ends)


def _may_be_year(match: re.Match[str], short: str) -> bool:
    """Say whether what follows c. is a year, and what follows b. one in brackets."""
    figures = re.compile(r"(?:c\. ?)?\d{1,4}(?!\d)").match(match.string, match.end("stop"))
    if short in {"c", "ca"}:
        return figures is not None and len(figures.group()) >= len("999")
    bracket = match.string.rfind("(", max(0, match.start() - 30), match.start())
    return short not in _IN_BRACKETS or (bracket >= 0 and figures is not None)


def _read_dotted(match: re.Match[str]) -> Said:
    """Keep the stop of U.S. where the sentence ends with it."""
    return leave_stop(match, match.group()[:-1], ends=True) if ends_sentence(match) else None


def _read_key(match: re.Match[str]) -> Said:
    return [Replacement(match.start(), match.end(), "A", phonemes="ˈA")]


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

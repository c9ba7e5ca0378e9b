"""Telephone numbers, versions and names made of letters and figures, in English."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    look_behind,
    spell,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_digits,
    say_plural,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_VERSION = re.compile(r"(?<![\w.])(?P<v>v)?(?P<parts>\d{1,4}(?:\.\d{1,4}){2,4})(?!\w|\.\d)")
_SHORT_VERSION = re.compile(
    r"(?<![\w.])v(?:er)?\.? ?(?P<parts>\d{1,3}(?:\.\d{1,3}){0,3})(?!\w|\.\d)"
)
_NAMED_VERSION = re.compile(
    rf"\b(?i:{any_of(DATA['addresses']['programs'])}) "
    r"(?P<parts>\d{1,3}(?:\.\d{1,3}){1,3})(?!\w|\.\d)"
)
_TELEPHONE = re.compile(
    r"(?<![\w+.])(?:\+\d{1,3}(?: ?\(0\)(?=[ \d]))?(?:[ .-]{0,2}\(?\d{1,8}\)?(?!\d)){1,6}"
    r"|(?:1[ -])?\(\d{3}\)[ -]{0,2}\d{3}[ .-]\d{4}"
    r"|(?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}|(?<!\d )0\d{2,4}(?:[ -]\d{2,6}){1,4}"
    r"|1-\d{3}-[A-Z]{2,10})(?:-\d{1,4})?(?![\w]|[.-]\d)"
    r"(?:(?P<ext>,? ?(?:x|ext\.?|extension) ?)(?P<more>\d{1,6})(?!\w))?"
)
_LOCAL = re.compile(r"(?<![\w.,$-])(?P<first>\d{3})-(?P<last>\d{4})(?![\w%-]|[.,]\d)")
_CALLED = re.compile(
    r"\b(?i:call|phone|tel|telephone|dial|at|on|number|text|fax|ring|reach)\b[^.]{0,20}\Z"
)
_BOOK_NUMBER = re.compile(
    r"\b(?:ISBN|ISSN|DOI|OCLC|LCCN|EAN)(?:-1[03])?:? ?(?P<figures>[\dX][\dX-]{5,20})(?!\w)"
)
_SOCIAL = re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])")
_SPELLED = re.compile(
    rf"\b(?i:{any_of(DATA['addresses']['before_codes'])})"
    r":? (?:is |in )?(?P<figures>\d{3,12})(?!\w|[.,]\d)"
)
_ROOM = re.compile(
    r"(?i:(?<=room )|(?<=rm )|(?<=rm\. )|(?<=flight )|(?<=suite ))(?P<figures>\d{3})(?!\w|[.,]\d)"
)
_EMERGENCY = re.compile(
    r"\b(?i:(?:call|dial|phone|ring|text)(?:s|ed|ing)?|dialled|dialling|rang|rung)"
    r" (?P<figures>\d{3})(?: or (?P<other>\d{3}))?"
    r"(?!\w|[.,:]\d| [a-z]{2,20}s\b| (?:people|men|women|more)\b)"
)
_EMERGENCY_CALL = re.compile(
    r"(?<![\w.,$£€-])(?:\d11|999|112|000)(?= (?i:calls?|operators?|dispatch(?:ers?)?|emergency)\b)"
)
_SERIAL = re.compile(r"(?<![\w.-])(?P<letters>[A-Z]{1,5})(?P<figures>(?:-\d{2,8}){2,4})(?![\w-])")
# Letters and figures glued together, with hyphens: 109G-6, A380-800, but not 5th-6th.
_HYPHENATED = re.compile(
    r"(?<![\w.-])(?=[A-Za-z]{0,6}(?:\d{1,6}[A-Z]|[A-Z]\d))[A-Za-z\d]{2,12}"
    r"(?=-[A-Za-z]{0,5}\d)(?:-[A-Za-z\d]{1,12}){1,3}(?![\w-])"
)
_AIRLINER = re.compile(r"(?<![\w.,$-])(?P<figures>7[0-8]7)-(?P<other>\d{1,3})(?!\w|[.,-]\d)")
_STANDARD = re.compile(r"(?<![\w.])802\.(?P<part>\d{1,2})(?P<letters>[a-z]{0,2})(?!\w|\.\d)")
_SUBSCRIPT = re.compile(r"(?<![\w.])(?=[A-Za-z()]{0,12}[₀-₉])[A-Za-z()₀-₉]{2,40}(?!\w)")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉()", "0123456789  ")
# A figure that is part of a name, as in F-104 and Uranium-235.
_AFTER_HYPHEN = re.compile(r"(?<=[A-Za-z]-)(?P<figures>\d{3})(?!\w|[.,:-]\d)")
# Fine dust and other names: PM2.5.
_NAMED_DECIMAL = re.compile(
    r"(?<![\w.])(?P<letters>[A-Z]{1,3})(?P<figures>\d{1,2}\.\d{1,2})(?!\w|\.\d)"
)
# Addresses of network cards: 00:1B:44:11:3A:B7; a letter is among the figures.
_HEX_PAIRS = re.compile(
    r"(?<![\w:-])(?=[\d:-]{0,15}[A-Fa-f])[\dA-Fa-f]{2}(?P<joint>[:-])[\dA-Fa-f]{2}"
    r"(?:(?P=joint)[\dA-Fa-f]{2}){1,6}(?![\w:-])"
)
# Parts of a law: 501(c)(3), 401(k).
_LAW_PARTS = re.compile(
    r"(?<![\w.,$])(?P<figures>\d{1,4})(?P<parts>\([a-z]\)(?:\(\w{1,3}\)){0,3})(?!\w)"
)
_LAW_PART = re.compile(r"\((\w{1,3})\)")
_DOUBLE_ZERO = re.compile(r"(?<![\w.,:-])00(?P<last>[1-9])(?!\w|[.,:]\d)")
_CODE = re.compile(r"(?<![\w.,:/-])(?<!\d )0\d{1,15}(?!\w|[.,:/]\d| hours\b| hrs\b)")
_MIXED = re.compile(
    r"(?<![\w.])(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Za-z])[A-Za-z\d]{1,20}(?:-[A-Za-z\d]{1,20}){0,4}(?![\w])"
)
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Za-z][a-z]*|\d+|-")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)


def telephone_rules() -> list[Rule]:
    """Return the rules for telephone numbers."""
    return [
        Rule("code", _BOOK_NUMBER, _read_figures),
        Rule("code", _SOCIAL, lambda match: _say_groups(match.group()), "-"),
        Rule("telephone", _TELEPHONE, _read_telephone, DIGITS),
        Rule("telephone", _LOCAL, _read_local, "-"),
        Rule("telephone", _EMERGENCY, _read_emergency, DIGITS),
        Rule("telephone", _EMERGENCY_CALL, lambda match: say_digits(match.group()), DIGITS),
        Rule("code", _SPELLED, _read_figures, DIGITS),
    ]


def code_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for numbers that are read figure by figure."""
    say = _Codes(numbers)
    return [
        Rule("identifier", _HEX_PAIRS, say.read_hex_pairs, ":-"),
        Rule("identifier", _LAW_PARTS, say.read_law_parts, "("),
        Rule("identifier", _NAMED_DECIMAL, say.read_named_decimal, "."),
        Rule("identifier", _SERIAL, say.read_serial, "-"),
        Rule("identifier", _HYPHENATED, say.read_mixed, "-"),
        Rule("identifier", _AIRLINER, say.read_airliner, "-"),
        Rule("identifier", _STANDARD, say.read_standard, "8"),
        Rule("identifier", _SUBSCRIPT, say.read_formula, "₀₁₂₃₄₅₆₇₈₉"),
        Rule("identifier", _AFTER_HYPHEN, say.read_room, "-"),
        Rule("code", _ROOM, say.read_room, DIGITS),
        Rule("code", _DOUBLE_ZERO, say.read_double_zero, "0"),
        Rule("code", _CODE, lambda match: say_digits(match.group()), "0"),
    ]


def version_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for versions."""
    say = _Codes(numbers)
    return [
        Rule("version", _VERSION, say.read_version, DIGITS),
        Rule("version", _NAMED_VERSION, say.read_named_version, DIGITS),
        Rule("version", _SHORT_VERSION, say.read_short_version, DIGITS),
    ]


def identifier_rules(numbers: Numbers) -> list[Rule]:
    """Return the rule for names made of letters and figures."""
    return [Rule("identifier", _MIXED, _Codes(numbers).read_mixed, DIGITS)]


class _Codes:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_hex_pairs(self, match: re.Match[str]) -> Said:
        pairs = match.group().split(match["joint"])
        return ", ".join(
            " ".join(say_digits(one) if one.isdigit() else spell(one) for one in pair)
            for pair in pairs
        )

    def read_law_parts(self, match: re.Match[str]) -> Said:
        figures = match["figures"]
        is_room = len(figures) == len("501") and figures[1] == "0"
        said = [say_digits(figures) if is_room else self._numbers.cardinal(figures)]
        said.extend(
            self._numbers.cardinal(part) if part.isdigit() else spell(part)
            for part in _LAW_PART.findall(match["parts"])
        )
        return " ".join(said)

    def read_named_decimal(self, match: re.Match[str]) -> Said:
        return f"{spell(match['letters'])} {self._numbers.number(match['figures'])}"

    def _say_parts(self, parts: str) -> str:
        return " point ".join(
            "oh"
            if part == "0"
            else say_digits(part)
            if part[0] == "0"
            else self._numbers.cardinal(part)
            for part in parts.split(".")
        )

    def read_version(self, match: re.Match[str]) -> Said:
        return ("version " if match["v"] else "") + self._say_parts(match["parts"])

    def read_short_version(self, match: re.Match[str]) -> Said:
        return "version " + self._say_parts(match["parts"])

    def read_named_version(self, match: re.Match[str]) -> Said:
        return [Replacement(*match.span("parts"), self._say_parts(match["parts"]))]

    def read_room(self, match: re.Match[str]) -> Said:
        return [Replacement(*match.span("figures"), self._numbers.groups(match["figures"]))]

    def read_double_zero(self, match: re.Match[str]) -> Said:
        return f"double oh {self._numbers.cardinal(match['last'])}"

    def read_serial(self, match: re.Match[str]) -> Said:
        groups = match["figures"].strip("-").split("-")
        return f"{spell(match['letters'])} {' '.join(map(self._numbers.groups, groups))}"

    def read_airliner(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.groups(match['figures'])} {self._numbers.groups(match['other'])}"

    def read_standard(self, match: re.Match[str]) -> Said:
        part = self._numbers.cardinal(match["part"])
        return f"eight oh two dot {part} {spell(match['letters'])}".strip()

    def read_formula(self, match: re.Match[str]) -> Said:
        return self._say_mixed(match.group().translate(_LOWERED))

    def read_mixed(self, match: re.Match[str]) -> Said:
        written = match.group()
        if re.fullmatch(r"\d{1,4}-[a-z]{2,20}", written) or re.fullmatch(
            r"[A-Za-z][a-z]{2,20}-\d{1,4}", written
        ):
            return [
                Replacement(
                    match.start() + part.start(),
                    match.start() + part.end(),
                    self._numbers.groups(part.group()),
                )
                for part in re.finditer(r"\d+", written)
            ]
        return self._say_mixed(written)

    def _say_mixed(self, written: str) -> str:
        said: list[str] = []
        for piece in _PIECE.findall(written):
            if piece == "-":
                continue
            if piece.isdecimal():
                said.append(self._numbers.groups(piece))
            elif piece == "s" and said and written.endswith("s"):
                said[-1] = say_plural(said[-1])
            else:
                said.append(
                    spell(piece)
                    if piece.isupper() or len(piece) == 1 or not _VOWEL.search(piece)
                    else piece
                )
        return " ".join(said)


def _say_groups(written: str) -> str:
    """Say figures digit by digit, group by group."""
    plus = "plus " if written.startswith("+") else ""
    groups = re.findall(r"\d+|[A-Z]+", written.replace("(0)", ""))
    said = []
    for place, group in enumerate(groups, 1):
        if not group.isdecimal():
            said.append(group.capitalize())
        elif (
            place < len(groups)
            and group.strip("0")
            and group.endswith("00")
            and len(group) > len("99")
        ):
            hundreds = group[:-2]
            said.append(f"{say_digits(hundreds)} hundred")
        else:
            said.append(say_digits(group))
    return plus + ", ".join(said)


def _read_emergency(match: re.Match[str]) -> Said:
    return [
        Replacement(*match.span(group), say_digits(match[group]))
        for group in ("figures", "other")
        if match[group]
    ]


def _read_figures(match: re.Match[str]) -> Said:
    figures = match["figures"]
    said = ", ".join(
        " ".join("X" if char == "X" else say_digits(char) for char in part)
        for part in figures.split("-")
        if part
    )
    return [Replacement(*match.span("figures"), said)]


def _read_telephone(match: re.Match[str]) -> Said:
    end = match.start("ext") if match["ext"] else match.end()
    written = match.string[match.start() : end]
    if sum(char.isalnum() for char in written) < len("555000") and written[0] != "0":
        return None
    said = _say_groups(written)
    if match["ext"]:
        said += f", extension {say_digits(match['more'])}"
    return said


def _read_local(match: re.Match[str]) -> Said:
    first, last = match["first"], match["last"]
    is_called = _CALLED.search(look_behind(match))
    if not (
        first == "555" or last[0] == "0" or is_called or len(match.group()) == len(match.string)
    ):
        return None
    return f"{say_digits(first)}, {say_digits(last)}"

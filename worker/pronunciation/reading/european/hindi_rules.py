"""What only Hindi writes: addresses, years before a postposition, ordinals with their endings."""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.hindi_numbers import HindiNumbers
from worker.pronunciation.reading.rules import Rule, Said

_DIGITS = "0123456789०१२३४५६७८९"
_END = r"(?![\w\u0900-\u0963])"
"""Vowel signs are no word characters for `re`, but belong to the word."""


def hindi_rules(numbers: HindiNumbers) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    say = _Hindi(numbers)
    data = numbers.data
    after = "|".join(map(re.escape, data["year_after"]))
    before = "|".join(f"(?<={re.escape(word)} )" for word in data["year_before"])
    return {
        "first": [
            Rule(
                "ordinal",
                re.compile(r"(?<![\w.,])(?P<figures>\d{1,2})(?:st|nd|rd|th)(?!\w)"),
                say.read_latin_ordinal,
                _DIGITS,
            ),
            Rule(
                "address",
                re.compile(
                    r"(?<![\w.,/₹$£€-])\d{1,6}"
                    r"(?:(?P<sign> ?- ?|/)(?:\d{1,6}|(?=[^\W\d])))?(?![\w.]|:\d|,\d)"
                ),
                say.read_house_number,
                _DIGITS,
            ),
            Rule(
                "address",
                re.compile(
                    r"(?:(?<=नंबर )|(?<=नम्बर )|(?<=पिन कोड )|(?<=, [^\W\d]))\d{2,6}(?![\w.,/:-])"
                ),
                lambda match: numbers.digits(match.group()),
                _DIGITS,
            ),
            Rule(
                "address",
                re.compile(r"(?<=[^\d\s.,।] )[1-9१-९]\d{5}(?=\.?\Z)"),
                say.read_postcode,
                _DIGITS,
            ),
        ],
        "date": [
            Rule(
                "date",
                re.compile(
                    r"(?<![\w.,/:-])(?P<first>\d{2})-(?P<second>\d{4}|\d{2})(?![\w/]|-\d|[.,]\d)"
                ),
                say.read_short_date,
                "-",
            ),
            Rule(
                "date",
                re.compile(
                    rf"(?<![\w.,/₹$-])(?P<year>1[1-9]\d\d|१[१-९]\d\d)(?= (?:{after}){_END})"
                ),
                lambda match: numbers.year(match["year"]),
                _DIGITS,
            ),
            Rule(
                "date",
                re.compile(rf"(?:{before})(?P<year>\d{{4}})(?![\w.,/-])"),
                lambda match: numbers.year(match["year"]),
                _DIGITS,
            ),
        ],
        "ordinal": [
            Rule(
                "ordinal",
                re.compile(
                    rf"(?<![\w.,])(?P<figures>\d{{1,12}})(?P<end>वा[ँं]?|वीं?|वें?|[लरथठ][ाीे]){_END}"
                ),
                say.read_ordinal,
                _DIGITS,
            )
        ],
    }


class _Hindi:
    """The readings that only Hindi has."""

    def __init__(self, numbers: HindiNumbers) -> None:
        self.numbers = numbers
        self.data = numbers.data
        self._address = re.compile("|".join(map(re.escape, self.data["address_words"])))
        words = "|".join(map(re.escape, self.data["sentence_words"]))
        self._sentence = re.compile(rf"(?<![\w\u0900-\u0963])(?:{words}){_END}")

    def read_latin_ordinal(self, match: re.Match[str]) -> Said:
        """Say "2nd" in the English words that Hindi uses."""
        number = int(match["figures"])
        names: list[str] = self.data["latin_ordinals"]
        return names[number - 1] if 0 < number <= len(names) else self.numbers.ordinal(number)

    def read_house_number(self, match: re.Match[str]) -> Said:
        """Say the numbers of an address, which is no sentence, figure by figure."""
        line = match.string[:400]
        if not self._address.search(line) or self._sentence.search(line):
            return None
        sign = match["sign"]
        if not sign:
            return self.numbers.digits(match.group())
        first, second = match.group().split(sign)
        joint = " बटा " if sign == "/" else " हाइफ़न "
        return self.numbers.digits(first) + joint + self.numbers.digits(second)

    def read_postcode(self, match: re.Match[str]) -> Said:
        """Say a postcode that ends a line with a comma in it."""
        return self.numbers.digits(match.group()) if "," in match.string[:400] else None

    def read_short_date(self, match: re.Match[str]) -> Said:
        """Say a month and year, a day and month, or a month and day."""
        first, second = int(match["first"]), int(match["second"])
        if int(match["first"][0]) and int(match["second"][0]) and len(match["second"]) == len("12"):
            return None
        months: list[str] = self.data["months"]
        if match["first"].isdigit() and len(match["second"]) == len("2010"):
            return (
                f"{months[first - 1]} {self.numbers.year(match['second'])}" if first > 0 else None
            )
        if 1 <= second <= len(months) and first:
            return f"{self.numbers.cardinal(first)} {months[second - 1]}"
        if 1 <= first <= len(months) and second <= 31:  # noqa: PLR2004  # the days of a month
            return f"{months[first - 1]} {self.numbers.cardinal(second)}"
        return None

    def read_ordinal(self, match: re.Match[str]) -> Said:
        """Say an ordinal with the ending that is written."""
        number, end = int(match["figures"]), match["end"]
        special: dict[str, str] = self.data["ordinals"]
        if f"{number}{end}" in special:
            return special[f"{number}{end}"]
        if end[0] != "व":
            return None
        in_hundreds = len(match["figures"]) == len("1981") and match["figures"][1] not in "0०"
        if in_hundreds:
            hundreds, rest = divmod(number, 100)
            words = f"{self.numbers.cardinal(hundreds)} सौ"
            return words + (f" {self.numbers.cardinal(rest)}" if rest else "") + end
        return self.numbers.cardinal(number) + end

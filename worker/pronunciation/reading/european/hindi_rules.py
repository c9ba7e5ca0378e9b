"""What only Hindi writes: addresses, years before a postposition, ordinals with their endings."""

import re

from worker.pronunciation.reading.european.european_language import FIGURES, EuropeanLanguage
from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.european.hindi_numbers import HindiNumbers
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_BEGIN, _END = r"(?<![\w\u0900-\u0963])", r"(?![\w\u0900-\u0963])"
"""Vowel signs are no word characters for `re`, but belong to the word."""
_CENTURY = r"1[1-9]\d\d"
_POSTCODE = r"(?<=[^\d\s.,।] )[1-9१-९]\d{5}(?=\.?\Z)"
_COMPARISON = r"(?P<sign><=|>=|[<>≤≥]) ?(?P<amount>\d{1,15}(?:\.\d{1,9})?)(?!\w)"
_LINE = 400
"""Characters of a line that are searched for the words of an address."""


def hindi_rules(language: EuropeanLanguage) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    data, rule = language.data, language.rule
    after = any_of(data["year_after"])
    before = "|".join(f"(?<={re.escape(word)} )" for word in data["year_before"])
    numbered = "|".join(f"(?<={re.escape(word)} )" for word in data["numbered"])
    span = (
        rf"(?<![\w.,/₹$-])(?P<year>{_CENTURY})(?P<dash> ?[-—] ?)(?P<to>{_CENTURY})(?![\w/-]|[.,]\d)"
    )
    halves = rf"(?<![\w.,₹$€£])(?P<whole>\d{{1,3}})\.5 (?={any_of(data['halved_words'])}{_END})"
    return {
        "first": [
            rule("ordinal", r"(?<![\w.,])(?P<figures>\d{1,2})(?:st|nd|rd|th)(?!\w)", _read_latin),
            rule(
                "address",
                r"(?<![\w.,/₹$£€-])\d{1,6}"
                r"(?:(?P<sign> - |-|/)(?:\d{1,6}|(?=[^\W\d]))(?!\w{0,9}[.:]\d)|(?![\w.]|:\d|,\d))",
                _read_house_number,
                FIGURES,
            ),
            rule(
                "address",
                rf"(?:{numbered})\d{{2,6}}(?![\w/:-]|[.,]\d)",
                _read_figures,
                FIGURES,
            ),
            rule("address", _POSTCODE, _read_postcode, FIGURES),
        ],
        "date": [
            rule(
                "date",
                r"(?<![\w.,/:-])(?P<first>\d{2})-(?P<second>\d{4}|\d{2})(?![\w/]|-\d|[.,]\d)",
                _read_short_date,
                "-",
            ),
            rule(
                "date",
                rf"(?<![\w.,/₹$-])(?P<year>1[1-9]\d\d|१[१-९]\d\d)(?= (?:{after}){_END})",
                _read_year,
                FIGURES,
            ),
            rule("date", rf"(?:{before})(?P<year>\d{{4}})(?![\w/-]|[.,]\d)", _read_year, FIGURES),
            rule("date", span, _read_span, "-—"),
            rule("sign", _COMPARISON, _read_comparison, "<>≤≥"),
            rule("measure", halves, _read_halves, "5५"),
        ],
        "ordinal": [
            rule(
                "ordinal",
                rf"(?<![\w.,])(?P<figures>\d{{1,12}})(?P<end>वा[ँं]?|वीं?|वें?|[लरथठ][ाीे]){_END}",
                _read_ordinal,
                FIGURES,
            ),
            rule(
                "roman",
                rf"{_BEGIN}(?:{any_of(data['counted'])}) (?P<roman>[IVXLC]{{1,8}})(?!\w)",
                _read_counted,
                "IVXLC",
            ),
            rule(
                "roman",
                r"(?<=[\u0900-\u0963] )(?P<roman>[IVX]{2,7})(?!\w)",
                _read_king,
                "IVX",
            ),
        ],
    }


def _read_latin(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say "2nd" in the English words that Hindi uses."""
    number = int(match["figures"])
    names: list[str] = language.data["latin_ordinals"]
    return names[number - 1] if 0 < number <= len(names) else language.numbers.ordinal(number)


def _read_house_number(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say the numbers of an address, which is no sentence, figure by figure."""
    line, data, numbers = match.string[:_LINE], language.data, language.numbers
    is_address = re.search(f"{_BEGIN}(?:{any_of(data['address_words'])})", line)
    if not is_address or re.search(f"{_BEGIN}(?:{any_of(data['sentence_words'])}){_END}", line):
        return None
    sign = match["sign"]
    if not sign:
        return numbers.digits(match.group())
    first, second = match.group().split(sign)
    joint = " बटा " if sign == "/" else " हाइफ़न "
    return numbers.digits(first) + joint + numbers.digits(second)


def _read_figures(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return language.numbers.digits(match.group())


def _read_postcode(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say a postcode that ends a line with a comma in it."""
    return language.numbers.digits(match.group()) if "," in match.string[:_LINE] else None


def _read_year(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return language.numbers.year(match["year"])


def _read_span(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    numbers = language.numbers
    return f"{numbers.year(match['year'])} {language.data['range']} {numbers.year(match['to'])}"


def _read_comparison(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say the sign behind the number: fewer than five is "five than fewer"."""
    sign = {"<=": "≤", ">=": "≥"}.get(match["sign"], match["sign"])
    return f"{language.say_amount(match['amount'])} {language.data['signs'][sign]}"


def _read_halves(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    numbers = language.numbers
    return (
        numbers.half_more(int(match["whole"])) + " " if isinstance(numbers, HindiNumbers) else None
    )


def _read_short_date(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say a month and year, a day and month, or a month and day."""
    numbers = language.numbers
    first, second = int(match["first"]), int(match["second"])
    if int(match["first"][0]) and int(match["second"][0]) and len(match["second"]) == len("12"):
        return None
    months: list[str] = language.data["months"]
    if match["first"].isdecimal() and len(match["second"]) == len("2010"):
        return (
            f"{months[first - 1]} {numbers.year(match['second'])}"
            if 0 < first <= len(months)
            else None
        )
    if 1 <= second <= len(months) and first:
        return f"{numbers.cardinal(first)} {months[second - 1]}"
    if 1 <= first <= len(months) and second <= 31:  # noqa: PLR2004  # the days of a month
        return f"{months[first - 1]} {numbers.cardinal(second)}"
    return None


def _read_ordinal(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say an ordinal with the ending that is written."""
    number, end, numbers = int(match["figures"]), match["end"], language.numbers
    special: dict[str, str] = language.data["ordinals"]
    if f"{number}{end}" in special:
        return special[f"{number}{end}"]
    if end[0] != "व":
        return None
    in_hundreds = len(match["figures"]) == len("1981") and match["figures"][1] not in "0०"
    if in_hundreds:
        hundreds, rest = divmod(number, 100)
        words = f"{numbers.cardinal(hundreds)} सौ"
        return words + (f" {numbers.cardinal(rest)}" if rest else "") + end
    return numbers.cardinal(number) + end


def _read_counted(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    words = language.numbers.cardinal(read_roman(match["roman"]))
    return [Replacement(match.start("roman"), match.end(), words)]


def _read_king(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say a ruler's number: up to ten in the words of Sanskrit."""
    number = read_roman(match["roman"])
    ranks: list[str] = language.data["ranks"]
    if not number:
        return None
    return ranks[number - 1] if number <= len(ranks) else f"{language.numbers.cardinal(number)}वें"

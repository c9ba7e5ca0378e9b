"""Telephone numbers, said in the groups that they are written in."""

import re

from worker.pronunciation.reading.european.european_language import FIGURES, EuropeanLanguage
from worker.pronunciation.reading.european.european_numbers import EuropeanNumbers
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_SHORTEST = 7
"""Figures of what only the words or the plus before it make a telephone number."""
_KEY = (
    r"(?<!\w)(?P<key>(?i:tel|tél|tfno|t[eé]l[eé]f?ono|telefone|téléphone|fax|फ़ोन|फोन))"
    r"(?P<mark>\.? ?:? ?)(?P<plus>\+)?(?P<number>\(?\d[\d ().-]{4,20}\d)(?!\w)"
)
_CALLED = (
    r"(?<!\w)(?i:ll[aá]m[aeoéó]\w{0,5}|m[óo]vil|celular|cellulare|whatsapp|marque|marca[dr]?|ligue\w{0,2}"
    r"|ligar|chiam\w{1,4}|appel\w{1,3}|portable|contact\w{1,3}|नंबर|नम्बर|कॉल)(?!\w)"
    r"[^\d.+]{0,40}(?P<number>\d{2,5}(?:[ .-]\d{2,7}){1,4})(?![\w/]|[.,]\d)"
)
_NUMBER = (
    r"(?<![\w.,/:-])(?<!\d )(?P<plus>\+ ?)?"
    r"(?:(?<=\+)\d{1,3}(?:[ .-]?\(\d{1,4}\))?(?:[ .-]?\d{1,10}){1,6}"
    r"|\d{1,4} ?\(\d{2,4}\) ?\d{3,10}(?:[ .-]\d{3,5})?"
    r"|\(\d{2,5}\) ?\d{3,6}[ .-]?\d{3,5}"
    r"|\d{3}-\d{3}-\d{3,4}|\d{4,5}-\d{4,6}|\d{3}\.\d{7,8}"
    r"|0\d(?:[ .]\d\d){4}|0\d{2,4}[ /-]\d{3}[ -]?\d{3,5}|0\d{1,3} \d{6,8}|3\d\d \d{6,7}"
    r"|\d{3} \d{2} \d{2} \d{2}(?! ?\d)|9\d \d{3} \d{2} \d{2}(?! ?\d)"
    r"|\d{5}-\d{3}|[01]-\d{3}(?=-)|[6789]\d{9}|[6789]\d{4} \d{5}(?!\d)"
    r")(?P<more> \d{3,5}(?!\d))?(?![\d/]|-\d|[.,]\d)"
)
_TAX = r"(?<![\w.])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2})(?!\w)"
_EXTENSION = (
    r"(?<!\w)(?P<key>(?i:ext\.?|ramal|anexo|interno|poste)) (?P<number>\d{2,5})(?![\w%]|[.,]\d)"
)


def telephone_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``telephone``, which is also that of a taxpayer's number."""
    rules = [
        language.rule("telephone", _KEY, _read_key),
        language.rule("telephone", _NUMBER, _read_number, FIGURES),
        language.rule("telephone", _CALLED, _read_called, FIGURES),
        language.rule("telephone", _EXTENSION, _read_extension, FIGURES),
    ]
    if language.code == "pt_BR":
        rules.insert(0, language.rule("telephone", _TAX, _read_number, "-"))
    return rules


def _say_groups(language: EuropeanLanguage, written: str) -> str:
    """Say each group: figure by figure, in French as numbers."""
    say = _say_french if language.code == "fr" else EuropeanNumbers.digits
    return ", ".join(say(language.numbers, group) for group in re.findall(r"\d+", written))


def _say_french(numbers: EuropeanNumbers, group: str) -> str:
    figures = group.lstrip("0")
    if not figures or len(figures) > len("999"):
        return numbers.digits(group)
    noughts = [numbers.cardinal(0)] * (len(group) - len(figures))
    return " ".join((*noughts, numbers.cardinal(int(figures))))


def _read_key(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    key = match["key"].lower()
    plus = f"{language.data['signs']['+']} " if match["plus"] else ""
    start = match.start("plus") if match["plus"] else match.start("number")
    full = language.data["abbreviations"].get(f"{key}.", match["key"])
    mark = ", " if ":" in match["mark"] else " "
    return [
        Replacement(match.start("key"), match.end("mark"), full + mark),
        Replacement(start, match.end(), plus + _say_groups(language, match["number"])),
    ]


def _read_called(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    figures = len(re.sub(r"\D", "", match["number"]))
    is_count = re.fullmatch(r"\d{1,3}(?: \d{3})+", match["number"]) and re.match(
        r" [^\W\d_]{3}", match.string[match.end() : match.end() + 4]
    )
    if figures < _SHORTEST or is_count:
        return None
    return _read_extension(language, match)


def _read_extension(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    number = Replacement(*match.span("number"), _say_groups(language, match["number"]))
    key = match.groupdict().get("key") or ""
    full = language.short_forms.get(key)
    return [Replacement(*match.span("key"), full), number] if full else [number]


def _read_number(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    text = match.group()
    years = re.fullmatch(r"(1\d{3}|20\d\d)-(1\d{3}|20\d\d)", text)
    if years and int(years[1]) < int(years[2]):
        return None
    if "+" in text and len(re.findall(r"\d", text)) < _SHORTEST:
        return None
    if re.fullmatch(r"[01]-[89]00", text) and language.code == "es":
        return f"{language.numbers.digits(text[0])} {language.numbers.cardinal(int(text[2:]))}"
    plus = f"{language.data['signs']['+']} " if "+" in text else ""
    return plus + _say_groups(language, text)

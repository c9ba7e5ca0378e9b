"""Short forms with their stop, and Roman numerals that are numbers."""

import re

from worker.pronunciation.reading.european.european_language import EuropeanLanguage
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\Z")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_RANK = (
    r"(?<!\w)(?P<roman>I(?=er|ère|re|[ºª°])|[IVX]{1,8}(?!er|ère|re)|[LC][XVI]{1,6}(?!er))"
    r"(?P<end>er|ère|re|ème|e|ᵉ|[ºª°])(?P<end2>s?)(?!\w)(?P<century> s\.(?= [a-z]|[,;)]|\Z))?"
)
_RANK_BEFORE = (
    r"(?<!\w)(?P<roman>[IVX]{1,6})"
    r"(?= (?P<next>[A-ZÀ-Ý][a-zà-ÿ]{2,20}|secoli?|século|siglo|guerra mond|guerra mund))(?<!\AI)"
)
_KING = r"(?<!\w)(?P<name>[A-ZÀ-Ý][a-zà-ÿ]{2,20}) (?P<roman>[IVX]{1,7})(?![\w'’/+#&-]|\.\w)"
_BEFORE_NAME = re.compile(r"(?: et| y| e)?[ -][A-ZÀ-Ý]| (?:le|la|les) (?=\w)| l'")
_NOT_NAMES = ("ción", "sión", "ção", "são", "tion", "sion", "zione", "mento", "ment", "dad", "dade")
"""Ends of nouns that a capital begins a sentence with."""
_FEMININE_NEXT = ("a", "a mond", "a mund", "ade", "ción", "ção", "zione")


def name_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of the kinds ``roman`` and ``abbreviation``."""
    short = language.rule(
        "abbreviation",
        rf"(?<![\w.\u0900-\u0963])(?P<short>{_short_pattern(language)})",
        _read_short,
    )
    if language.code == "hi":
        return [short]
    centuries, counted = any_of(language.data["centuries"]), any_of(language.data["counted"])
    return [
        language.rule(
            "roman",
            rf"(?<!\w)(?P<key>(?i:{centuries})) (?P<roman>[IVXivx]{{1,6}})"
            r"(?:(?P<joint> ?[-—] ?| (?:e|y|et|al|a|au|ao) )(?P<other>[IVX]{1,6}))?(?!\w)",
            _read_century,
        ),
        language.rule(
            "roman",
            rf"(?<!\w)(?P<key>(?i:{counted})) (?P<roman>[IVX]|[IVXLCDM]{{2,9}})(?![\w+#])",
            _read_counted,
        ),
        language.rule("roman", _RANK, _read_rank),
        language.rule("roman", _RANK_BEFORE, _read_rank_before),
        language.rule("roman", _after_article(language), _read_rank_after),
        language.rule("roman", _KING, _read_king),
        short,
    ]


def _short_pattern(language: EuropeanLanguage) -> str:
    """Return a pattern for the short forms; figures may touch those that end in a sign."""
    kinds: dict[str, list[str]] = {"(?![^\\W\\d_])": [], "(?!/)": [], "(?!\\w)": []}
    for short in language.short_forms:
        is_word = short[-1].isalnum() and short[-1] not in "ºª"
        after = "(?!\\w)" if is_word else "(?!/)" if short[-1] == "/" else "(?![^\\W\\d_])"
        kinds[after].append(short)
    return "|".join(f"(?:{any_of(shorts)}){after}" for after, shorts in kinds.items() if shorts)


def read_roman(letters: str) -> int:
    """Return what a Roman numeral stands for; 0 if it is none."""
    letters = letters.upper()
    if not letters or not _ROMAN.match(letters):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))


def _read_short(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data = language.data
    short, end, line = match["short"], match.end(), match.string
    words = language.short_forms[short]
    if short == "D." and not re.match(r" [A-ZÁÉÍÓÚ][a-zà-ÿ]", line[end:]):
        return None
    is_before_figure = short.rstrip(".").lower() in data.get("before_figure", ())
    if is_before_figure and not re.match(r" ?[\dIVXLC]", line[end:]):
        return None
    if short in data.get("before_name", ()) and not _BEFORE_NAME.match(line, end):
        return None
    if words in data.get("saints", ()) and re.match(r" [A-ZÀ-Ý]\w{1,20}a\b", line[end : end + 24]):
        words = data["saints"][words]
    if short.endswith(".") and not line[end:].strip() and len(line.split()) > 1:
        return [Replacement(match.start(), end - 1, words)]
    return words


def _read_century(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    key, number = match["key"], read_roman(match["roman"])
    other = read_roman(match["other"] or "")
    if not number or (match["other"] and not other):
        return None
    full = language.data["centuries"][0] if key.endswith(".") else key
    century = language.numbers.century
    found = [
        Replacement(match.start("key"), match.end("key"), full),
        Replacement(*match.span("roman"), century(number)),
    ]
    if match["other"]:
        joint = match["joint"].strip()
        words = language.data["range"] if joint in ("-", "—") else joint
        found.append(Replacement(*match.span("joint"), f" {words} "))
        found.append(Replacement(*match.span("other"), century(other)))
    return found


def _read_counted(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    key, value = match["key"], read_roman(match["roman"])
    if not value:
        return None
    words = language.numbers.cardinal(value)
    number = Replacement(match.start("roman"), match.end(), words)
    full = language.short_forms.get(key.lower()) or language.short_forms.get(key)
    return [Replacement(match.start("key"), match.end("key"), full), number] if full else [number]


def _read_rank(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    number = read_roman(match["roman"])
    if not number or (match["end"] == "e" and language.code != "fr"):
        return None
    gender = "f" if match["end"] in ("ère", "re", "ª") else "m"
    century = " siècle" if match["century"] and language.code == "fr" else ""
    return language.numbers.ordinal(number, gender) + match["end2"] + century


def _read_rank_before(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    following = match["next"]
    number = read_roman(match["roman"])
    is_letter = len(match["roman"]) == 1 and not (following.islower() and match["roman"] in "VX")
    if not number or is_letter:
        return None
    gender = "f" if following.endswith(_FEMININE_NEXT) else "m"
    words = language.numbers.ordinal(number, gender)
    return "primer" if words == "primero" else words


def _after_article(language: EuropeanLanguage) -> str:
    """Return a pattern for a numeral between an article and a noun: la I República."""
    articles = language.data.get("articles_before_places", "-")
    return (
        rf"(?<!\w)(?P<article>(?i:{articles}) |l')(?P<roman>[IVX]{{1,6}})"
        r" (?=(?P<next>[^\W\d_]{3,30}))"
    )


def _read_rank_after(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    noun, number = match["next"], read_roman(match["roman"])
    if not number or language.code == "fr" or noun in language.data["small_words"]:
        return None
    is_feminine = match["article"].lower().rstrip().endswith(("a", "à"))
    words = language.numbers.ordinal(number, "f" if is_feminine else "m")
    words = re.sub(r"(primer|tercer)o\Z", r"\1", words) if language.code == "es" else words
    return [Replacement(*match.span("roman"), words)]


def _read_king(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data, numbers, name = language.data, language.numbers, match["name"]
    number = read_roman(match["roman"])
    if not number or name in data.get("not_kings", ()) or name.endswith(_NOT_NAMES):
        return None
    is_queen = name.endswith("a") and not name.endswith(("ca", "ia"))
    words = numbers.king(number)
    if (is_queen or name in data.get("queens", ())) and words != numbers.cardinal(number):
        words = numbers.ordinal(number, "f")
    return [Replacement(match.start("roman"), match.end(), words)]

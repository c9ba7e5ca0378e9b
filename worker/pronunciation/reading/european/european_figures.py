"""Ordinals, plain numbers, versions, years of two figures, ratios."""

import re

from worker.pronunciation.reading.european.european_language import (
    FIGURES,
    START,
    EuropeanLanguage,
)
from worker.pronunciation.reading.european.european_nouns import find_gender
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_VERSION = r"(?<!\w)(?<!\d[.,])(?P<number>\d{1,3}(?:\.\d{1,4}){2,4})(?!\w|[.,]\d)"
_VERSION_NAMED = (
    r"(?<!\w)[vV]\.? ?(?P<number>\d{1,2}(?![\d.])|\d{1,3}(?:\.\d{1,4}){1,4})(?![\w%]|[.,]\d)"
)
_ENDS_BY_FIGURE = {
    "1": "r[oa]s?|era?", "2": "d[oa]s?", "3": "r[oa]s?|era?", "4": "t[oa]s?", "5": "t[oa]s?",
    "6": "t[oa]s?", "7": "m[oa]s?", "8": "v[oa]s?", "9": "n[oa]s?", "0": "m[oa]s?",
}  # fmt: skip
_SPANISH_END = "|".join(f"(?<={figure})(?:{end})" for figure, end in _ENDS_BY_FIGURE.items())


def version_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``version``."""
    rules = [language.rule("version", _VERSION, _read_version, ".")]
    return [language.rule("version", _VERSION_NAMED, _read_version, "vV"), *rules]


def place_rules(language: EuropeanLanguage) -> list[Rule]:
    """Read as an ordinal what may be something else: 3° and 1a, around which a noun stands."""
    articles = language.data.get("articles_before_places", "")
    if not articles:
        return []
    noun = r"(?= (?P<noun>[^\W\d_]{3,30}))"
    degree = rf"(?i:(?<!\w)(?:{articles})) ?(?P<figures>\d{{1,2}})(?P<end>°){noun}"
    rules = [language.rule("ordinal", degree, _read_place, "°")]
    if language.code != "fr":
        letter = r"(?<![\w.,/-])(?P<figures>\d{1,2})(?P<end>[ao])" + noun
        rules.append(language.rule("ordinal", letter, _read_place, "ao"))
    return rules


def ordinal_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``ordinal``; those of Hindi are its own."""
    if language.code == "hi":
        return []
    group = rf"[{re.escape(language.data['thousands'])}]\d{{3}}"
    ends = language.data["ordinal_ends"]
    if language.code == "es":
        ends += f"|{_SPANISH_END}"
    pattern = (
        rf"(?<![\w.,])(?P<figures>\d{{1,3}}(?:{group}){{1,6}}|\d{{1,30}})"
        rf"(?P<end>{ends})(?P<plural>s?)(?!\w)(?= (?P<noun>[^\W\d_]{{3,30}}))?"
    )
    return [language.rule("ordinal", pattern, _read_ordinal)]


def number_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``cardinal``, and of years and ratios that have a sign to drop."""
    noun = r"(?=(?P<next> [^\W\d_]{1,30})?(?: (?P<noun>[^\W\d_]{3,30}))?)"
    ratio = r"(?<![\w.,:/-])(?P<one>\d{1,3}):(?P<two>\d{1,5})(?![\w:]|[.,]\d)"
    elided = rf"{START}(?P<amount>{language.amount}) (?=[aeiouhéèêâ][^\W\d_]{{2,30}}s(?!\w))"
    return [
        *(
            [language.rule("cardinal", elided, _read_elided_millions, FIGURES)]
            if "elide" in language.data
            else []
        ),
        language.rule("date", r"(?<!\w)'(?P<year>\d\d)(?![\w'])", _read_short_year, "'"),
        language.rule("ratio", ratio, _read_ratio, ":"),
        language.rule(
            "cardinal", rf"{START}(?P<amount>{language.amount}){noun}", _read_number, FIGURES
        ),
    ]


def _read_version(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    parts = match["number"].split(".")
    is_grouped = len(parts) > 1 and all(len(part) == len("000") for part in parts[1:])
    if is_grouped or (len(parts) == 1 and match.string[match.start("number") - 1] == " "):
        return None
    data = language.data
    point = data.get("version_point", data["point"]["."])
    words = f" {point} ".join(map(language.numbers.whole, parts))
    named = match.start("number") > match.start()
    before = match.string[max(0, match.start() - 12) : match.start()].lower()
    is_said = before.rstrip().endswith(data["version"])
    return f"{data['version']} {words}" if named and not is_said else words


def _read_place(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    noun, end = match["noun"], match["end"]
    if noun in language.data["small_words"] or not noun[0].islower():
        return None
    article = match.string[match.start() : match.start("figures")].strip().lower()
    is_feminine = end == "a" or (end == "°" and article.endswith(("a", "à")))
    words = language.numbers.ordinal(int(match["figures"]), "f" if is_feminine else "m")
    words = _shorten(language, words, noun)
    return [Replacement(match.start("figures"), match.end("end"), words)]


def _shorten(language: EuropeanLanguage, words: str, noun: str) -> str:
    """Say primer and tercer in front of a noun, as Spanish does."""
    if language.code != "es" or not noun or noun in language.data["small_words"]:
        return words
    return re.sub(r"(primer|tercer)o\Z", r"\1", words) if noun[0].islower() else words


def _read_ordinal(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    numbers = language.numbers
    figures = re.sub(r"\D", "", match["figures"])
    end = match["end"].lstrip(".").replace("ᵉʳ", "er").replace("ᵉ", "e")
    is_alone = match.span() == (0, len(match.string))
    if end == "°" and (len(figures) > len("99") or not is_alone):
        return None
    is_feminine = end in language.data["feminine_ends"] or (
        language.code == "es" and end.rstrip("s").endswith("a")
    )
    if language.code == "fr" and figures == "2" and end in ("nd", "nde", "d", "de"):
        return "seconde" if is_feminine else "second"
    words = numbers.ordinal(int(figures), "f" if is_feminine else "m")
    if end == "er" and language.code == "es":
        words = "decimoprimero" if figures == "11" else words
        words = re.sub(r"(primer|tercer)o\Z", r"\1", words)
    words = _shorten(language, words, match["noun"] or "")
    is_many = match["plural"] or (end.endswith("s") and language.code == "es")
    return words + ("s" if is_many and not words.endswith("s") else "")


def _read_short_year(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return language.numbers.whole(match["year"])


def _read_ratio(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    numbers = language.numbers
    if len(match["one"]) > 1 and match["one"][0] == "0":
        return None
    before = match.string[max(0, match.start() - 12) : match.start()].lower().rstrip()
    is_scale = before.endswith(tuple(language.data["before_ratio"]))
    joint = (
        language.data.get("scale", language.data["ratio"]) if is_scale else language.data["ratio"]
    )
    return f"{numbers.whole(match['one'])} {joint} {numbers.whole(match['two'])}"


def _read_number(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    line, numbers = match.string, language.numbers
    following = (match["next"] or "").strip()
    whole, _, part = language.split(match["amount"])
    noun = match["noun"] or "" if following in ("mil", "mila") else following
    is_score = line[max(0, match.start() - 2) : match.start()].strip("0123456789") in ("-", "—")
    gender = ""
    if not is_score:
        gender = find_gender(
            language, line, match.start(), noun, 0 if noun != following else int(whole)
        )
    if part and gender:
        gender = "m"
    words = language.say_amount(match["amount"], gender)
    if gender and not part:
        words = numbers.before_noun(words, following)
    if not part and whole.strip("0") and whole.endswith("0" * 6):
        words += _join_millions(language, following)
    return language.say_minus(match["minus"]) + words


def _join_millions(language: EuropeanLanguage, noun: str) -> str:
    """Return the "of" that whole millions have before what is counted: un millón de casas."""
    end = "aei" if language.code == "it" else "s"
    is_counted = noun[:1].islower() and len(noun) > len("los") and noun.endswith(tuple(end))
    if language.code == "hi" or not is_counted or noun in language.data["small_words"]:
        return ""
    return str(language.data["of"]).rstrip()


def _read_elided_millions(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Read un million d'abeilles; the space goes with the figures, since d' has none behind it."""
    whole, _, part = language.split(match["amount"])
    if part or not whole.strip("0") or not whole.endswith("0" * 6):
        return None
    return f"{language.say_minus(match['minus'])}{language.say_amount(match['amount'])} d'"

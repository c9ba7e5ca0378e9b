"""Roman figures, short forms, capitals and noises, as English says them."""

from __future__ import annotations

import re
from collections.abc import Callable

from worker.pronunciation.reading.english.codes import spell
from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    is_last,
    look_ahead,
    look_behind,
    may_end_sentence,
)
from worker.pronunciation.reading.english.english_numbers import Numbers, say_digits
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
_ROMAN_CENTURY = re.compile(
    r"\b(?P<roman>[IVX]{1,6})(?:th|st|nd|rd)?"
    r"(?= (?:[Cc]entur(?:y|ies)|[Dd]ynasty|Olympiad|Corps|Army|Legion)\b)"
)
_ROMAN_ALONE = re.compile(r"(?<![\w.'&/-])(?P<roman>[IVX]{2,9})(?![\w&/]|\.\w|-\w|')")
_ROMAN_HEADING = re.compile(r"\A(?P<roman>[IVXL]{1,9})(?=\.?\Z|[:.] [A-Z“](?!\.))")
_ROMAN_SMALL = re.compile(
    r"(?<![A-Za-z]\()(?<=\()(?P<list>i{1,3}|iv|vi{0,3}|ix|x)(?=\))"
    r"|(?<=\bp\. )(?P<page>[ivxl]{1,8})\b"
    r"|(?<=\bpp\. )(?P<first>[ivxl]{1,8})(?P<dash>[-—])(?P<second>[ivxl]{1,8})\b"
)
_PAGE_WORDS = re.compile(
    r"\b(?i:page|act|scene|chapter|part|book|verse|canto) (?P<page>[ivxl]{1,8})\b"
)

_TITLES: dict[str, str] = DATA["titles"]
_TITLE = re.compile(rf"\b(?P<short>{any_of(_TITLES)})(?P<stop>\.)(?!\w)")
_RANK = re.compile(r"\b(?P<short>Lt|Col|Capt|Sgt|Cpl|Maj)(?= [A-Z][a-z])")
_DOCTOR = re.compile(r"\b(?P<short>Dr|St)(?P<stop>\.)?(?!\w|'s\b)")
_STREETS: dict[str, str] = {
    short: word for short, word in DATA["streets"].items() if short not in {"Dr", "St"}
}
_STREET = re.compile(rf"(?<=[a-z\d]) (?P<short>{any_of(_STREETS)})\b(?P<stop>\.)?(?!\w)")
_BEFORE_STREET = re.compile(r"(?:[A-Z][\w'-]{1,30}|\d{1,3}(?:st|nd|rd|th))\Z")
_SHORT_FORMS: dict[str, str] = DATA["short_forms"]
_NOT_LAST = frozenset(DATA["grammar"]["not_last"])
_BEFORE_NAMES = frozenset(DATA["grammar"]["before_names"])
_ADDRESS_BEFORE = re.compile(
    r"(?:\d[\w ]{1,30}|\b(?:on|at|down|along|up|off) [A-Z][\w' -]{1,30})\Z"
)
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
_PHRASES: dict[str, str] = DATA["phrases"]
_PHRASE = re.compile(rf"(?<![\w./-])(?P<short>(?i:{any_of(_PHRASES)}))(?![\w/])")
_SLASH = re.compile(r"(?<=\w) ?/ ?(?=\w)")
_COUNTRIES = frozenset({"U.S. ", "U.K. ", "U.N. ", "E.U. ", "D.C. ", "L.A. ", "P.O. "})
_DOTTED = re.compile(r"(?<![\w.])(?P<letters>(?:[A-Z]\.){2,6})(?!\w)")
_WORD_BEFORE = re.compile(r"([A-Za-z]{3,20}) \Z")
_INITIALS = re.compile(r"(?<![\w.'])(?P<initials>(?:[A-Z]\. ?){1,3})(?=[A-Z][a-z]{1,20})")
_COMPASS = re.compile(r"(?<=\d )(?P<way>[NSEW])\.?(?= (?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]))")

_CAPITALS = re.compile(
    r"(?<![\w.&@/])(?P<word>[A-Z]{2,30}(?:'[A-Z]{1,2}(?![\w]))?)(?P<tail>'?s(?!\w))?(?![\w&]|\.\w)"
)
_WITH_AND = re.compile(r"(?<!\w)(?P<first>[A-Z]{1,4}) ?& ?(?P<last>[A-Z]{1,4})(?!\w)")
_HAS_VOWEL = re.compile(r"[AEIOUY]")
_CLUSTER = re.compile(
    r"[B-DF-HJ-NP-TV-XZ]{4}|^(?![BCDFGKPST]?[LR]|S[CHKMNPTWQ]|[CGPTSW]H|TW|DW|KN|WR|[BCDFGHJKLMNPRSTVWYZ][AEIOUY]|[AEIOUY]|QU|PS|SCH|THR|SHR|SPR|STR|SCR)[A-Z]{2}"
)
_ONE_SOUND = re.compile(r"(?<!^)(?:TH|CH|SH|PH|GH|CK|([B-DF-HJ-NP-TV-XZ])\1)")
_LETTERS_ONLY = frozenset(DATA["letters_only"]["words"])
_PLAIN_WORDS = frozenset(DATA["plain_words"]["words"])
_SHORTEST_NAME = 5
_THREE_CONSONANTS = re.compile(r"[B-DF-HJ-NP-TV-XZ]{3}")

_NOISES: dict[str, list[str]] = DATA["noises"]
_NOISE = re.compile(
    r"\b(?P<word>(?:" + "|".join("".join(f"{c}+" for c in key) for key in DATA["noises"]) + r")"
    r"|[a-z]{0,20}(?P<letter>[a-z])(?P=letter){2}[a-z]{0,20})\b(?!')",
    re.IGNORECASE,
)
_STRETCHED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_REPEATED = re.compile(r"([a-z])\1+", re.IGNORECASE)
_LAUGHTER = re.compile(
    r"\b(?:(?:ha){3,10}h?|(?:he){3,10}h?|(?:ho){3,10}|(?:hi){3,10}|b?w[ae](?:ha){2,10})\b",
    re.IGNORECASE,
)


def name_rules(numbers: Numbers, is_word: Callable[[str], bool]) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    say = _Names(numbers, is_word)
    return {
        "phrase": [
            Rule("abbreviation", _PHRASE, say.read_phrase),
            Rule("abbreviation", _WITH_AND, say.read_with_and, "&"),
        ],
        "roman": [
            Rule("roman", _ROMAN_HEADING, say.read_roman, "IVXL"),
            Rule("roman", _ROMAN_CENTURY, say.read_roman_ordinal, "IVX"),
            Rule("roman", _ROMAN_AFTER, say.read_roman_after, "IVXLCDM"),
            Rule("roman", _ROMAN_ALONE, say.read_roman, "IVX"),
            Rule("roman", _ROMAN_SMALL, say.read_small_roman, "ivx"),
            Rule("roman", _PAGE_WORDS, say.read_small_roman, "ivx"),
        ],
        "abbreviation": [
            Rule("abbreviation", _TITLE, _read_title, "."),
            Rule("abbreviation", _RANK, lambda match: _TITLES[match["short"]]),
            Rule("abbreviation", _DOCTOR, _read_doctor, "DS"),
            Rule("address", _STREET, _read_street),
            Rule("abbreviation", _BEFORE_FIGURE, _read_before_figure),
            Rule("abbreviation", _SHORT_FORM, _read_short_form, "."),
            Rule("address", _COMPASS, lambda match: DATA["compass"][match["way"]], "NSEW"),
            Rule("abbreviation", _DOTTED, _read_dotted, "."),
            Rule("abbreviation", _INITIALS, _read_initials, "."),
        ],
        "noise": [
            Rule("noise", _LAUGHTER, _read_laughter),
            Rule("noise", _NOISE, say.read_noise),
        ],
        "capitals": [
            Rule("capitals", _CAPITALS, say.read_capitals),
        ],
        "slash": [Rule("sign", _SLASH, lambda _: " slash ", "/")],
    }  # fmt: skip


class _Names:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers, is_word: Callable[[str], bool]) -> None:
        self._numbers = numbers
        self._is_word = is_word

    def read_phrase(self, match: re.Match[str]) -> Said:
        short = match["short"]
        said = _PHRASES.get(short) or _PHRASES[short.lower()]
        if short == "AKA":
            return None
        return said

    def read_with_and(self, match: re.Match[str]) -> Said:
        return f"{spell(match['first'])} and {spell(match['last'])}"

    def read_roman_ordinal(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"])
        return self._numbers.ordinal(str(value)) if value else None

    def read_roman(self, match: re.Match[str]) -> Said:
        value = find_roman(match["roman"])
        if match["roman"] in {"XX", "XXX"} and match.start() > 0:
            return None  # kisses, films, chromosomes
        if match["roman"] == "IV" and (
            re.match(r" [a-z]", look_ahead(match))
            or re.search(r"\b(?:an|the|by|via) \Z", look_behind(match))
        ):
            return None
        return self._numbers.cardinal(str(value)) if value else None

    def read_roman_after(self, match: re.Match[str]) -> Said:
        head, roman = match["head"] or match["head2"], match["roman"] or match["owned"]
        group = "roman" if match["roman"] else "owned"
        value = find_roman(roman)
        if not value or roman in _ENGLISH_WORDS or _is_pronoun(roman, head, match):
            return None
        if roman in {"C", "D", "L", "M"} and head.lower() not in _LONG_ROWS:
            return None  # a letter, as in: Appendix C
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
        is_ruler = head in _REGNAL or self._has_given_name(match)
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

    def read_noise(self, match: re.Match[str]) -> Said:
        word = match["word"]
        key = _REPEATED.sub(r"\1", word.lower())
        key = key if key in _NOISES else word.lower()
        is_stretched = _STRETCHED.search(word) is not None
        if key in _NOISES and len(word) > len("sh") and (is_stretched or key not in {"mm", "z"}):
            phonemes = _NOISES[key][self._numbers.british]
            return [Replacement(match.start(), match.end(), word, phonemes=phonemes)]
        if len(set(word.lower())) == 1:
            return None  # letters, as in AAA
        if not is_stretched or not _HAS_VOWEL.search(word.upper()) or find_roman(word.upper()):
            return None
        shorter = (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word))
        known = next((one for one in shorter if self._is_word(one.lower())), None)
        if known and word.isupper():
            return known.lower()
        return known.capitalize() if known and word[0].isupper() else known

    def read_capitals(self, match: re.Match[str]) -> Said:
        word = match["word"]
        letters = word.split("'")[0]
        is_shouted = _is_shouted(match)
        if (match["tail"] and not is_shouted) or set(letters) <= set("IVX"):
            return None
        is_pronoun = letters.lower() in FUNCTION_WORDS and not look_behind(match).endswith("THE ")
        if letters in _LETTERS_ONLY and not (is_shouted and is_pronoun):
            if letters not in _TO_SPELL:
                return None
            if letters == "AM" and (
                look_behind(match, 3).endswith("I ") or re.match(r" I\b(?!\.)", look_ahead(match))
            ):
                return "am"
            return [Replacement(match.start(), match.start() + len(letters), spell(letters))]
        is_word = self._is_shouted_word(word) if is_shouted else self._is_calm_word(match, letters)
        return self._put_small(match, word) if is_word else None

    def _is_shouted_word(self, word: str) -> bool:
        is_long = len(word) > len("ABC") and _HAS_VOWEL.search(word) is not None
        return is_long or "'" in word or self._is_word(word.lower())

    def _is_calm_word(self, match: re.Match[str], letters: str) -> bool:
        """Say whether capitals among small letters are a word, and not letters to be spelled."""
        if self._is_word(letters):  # as it stands, for example NASA
            return False
        if self._is_name(letters) or (_is_speaker(match) and self._is_sayable(letters)):
            return True
        has_vowel = len(letters) > len("AB") and _HAS_VOWEL.search(letters) is not None
        return letters in _PLAIN_WORDS or (has_vowel and self._is_word(letters.lower()))

    def _put_small(self, match: re.Match[str], word: str) -> list[Replacement]:
        """Write a word in small letters, with one capital at the start of a line and in a name."""
        is_common = match.start() > 0 and self._is_word(word.lower())
        said = word.lower() if is_common else word.capitalize()
        return [Replacement(match.start(), match.start() + len(word), said)]

    def _is_name(self, letters: str) -> bool:
        if len(letters) < _SHORTEST_NAME or letters in _LETTERS_ONLY:
            return False
        is_dense = len(letters) == _SHORTEST_NAME and _THREE_CONSONANTS.search(letters)
        return not is_dense and self._is_sayable(letters)

    def _is_sayable(self, letters: str) -> bool:
        sounds = _ONE_SOUND.sub("T", letters)
        return bool(_HAS_VOWEL.search(letters[1:] or letters)) and not _CLUSTER.search(sounds)


_ENGLISH_WORDS = frozenset({"MIX", "DIM", "MILD", "CIVIL", "LIVID", "MIMIC"})
_SMALL_HEADWORDS = frozenset(DATA["roman_headwords"]["small"])
_SHORT_HEADWORDS = frozenset(DATA["roman_headwords"]["short"])
_LONG_ROWS = frozenset({"chapter", "psalm", "canto", "sonnet", "sonnets", "stanza"})
_VERBS = "|".join(DATA["roman_headwords"]["after_pronoun"])
_PRONOUN = re.compile(rf" (?:{_VERBS})\b", re.IGNORECASE)
_NAME_AFTER = re.compile(r"\. ([A-Z][a-z]{1,20})")
_PAST = re.compile(r" [a-z]{2,20}ed\b")
_CLAUSE = re.compile(r" (?!(?:of|and|in|to|for|is|or|by|with|from|at|on|the|through)\b)[a-z]")


def _is_pronoun(roman: str, head: str, match: re.Match[str]) -> bool:
    """Say whether I is the person who speaks, or a letter, and no figure."""
    if head.lower() == "no" and len(roman) == 1:
        return True
    name = _NAME_AFTER.match(match.string, match.end())
    if roman == "I" and head in _REGNAL and name and name[1].lower() not in FUNCTION_WORDS:
        return True  # a middle name's first letter, as in James I. Smith
    if roman != "I" or (head == "War" and look_behind(match).endswith("World ")):
        return False
    if head.islower() or match["gap"] == ". ":
        return _CLAUSE.match(match.string, match.end()) is not None
    pattern = _PRONOUN if head in _REGNAL or _PRONOUN.match(match.string, match.end()) else _PAST
    return pattern.match(match.string, match.end()) is not None


_TO_SPELL = frozenset({"AM", "PM", "AC", "BC", "CE", "BCE"})


def find_roman(letters: str) -> int:
    """Return the value of a Roman figure, 0 if it is none."""
    if not letters or not _VALID.fullmatch(letters):
        return 0
    values = [_VALUES[letter] for letter in letters]
    return sum(
        -v if v < following else v for v, following in zip(values, [*values[1:], 0], strict=True)
    )


_WORDS = re.compile(r"[^\W\d_]{2,40}")


def _is_shouted(match: re.Match[str]) -> bool:
    """Say whether the words around are in capitals too: a heading, a line, a shout."""
    window = look_behind(match, 60) + match.group() + look_ahead(match, 60)
    words = _WORDS.findall(window)
    capitals = [word for word in words if word.isupper()]
    small = len(words) - len(capitals)
    if small == 0:
        return len(capitals) > 1 and any(
            len(word) > len("ABC") or word.lower() in FUNCTION_WORDS for word in capitals
        )
    before = re.search(r"(?:\b[A-Z]{2,30}|\b[AI])[,:;]? \Z", look_behind(match, 34))
    after = re.match(r"[,:;]? (?:[A-Z]{2,30}|[AI])\b(?!\.)", look_ahead(match, 34))
    run = len(capitals) >= len(("a", "run", "of", "four")) and 2 * small < len(capitals)
    return run and bool(before or after)


def _is_speaker(match: re.Match[str]) -> bool:
    """Say whether the word stands alone at the start of a line, as a speaker's name does."""
    before, after = look_behind(match, 4), look_ahead(match, 2)
    return not before.strip() and (after[:1] in {".", ":"} or not after.strip())


def _read_title(match: re.Match[str]) -> Said:
    return _TITLES[match["short"]] + "." * is_last(match)


_NOT_STREETS = frozenset(DATA["grammar"]["not_streets"])


def _read_doctor(match: re.Match[str]) -> Said:
    short, stop = match["short"], match["stop"]
    before = look_behind(match).rstrip(" ")
    word = before.rsplit(" ", 1)[-1].rstrip(",")
    follows_name = look_ahead(match).lstrip(" ")[:1].isupper()
    is_road = bool(_BEFORE_STREET.fullmatch(word)) and word not in _NOT_STREETS
    if is_road and follows_name:
        # Doctor or Drive? A house number, or "on" before the name, says that it is an address.
        is_road = bool(stop and _ADDRESS_BEFORE.search(before))
    if is_road and (stop or not follows_name):
        return {"Dr": "Drive", "St": "Street"}[short] + "." * bool(stop and may_end_sentence(match))
    if short == "St":
        return "Saint" if follows_name else None
    return "Doctor" if stop or follows_name else None


def _read_street(match: re.Match[str]) -> Said:
    before = look_behind(match).rsplit(" ", 1)[-1]
    if not _BEFORE_STREET.fullmatch(before):
        return None
    if match["short"] in {"Ct", "Pl", "Sq", "Ter", "Av", "Ln"} and not match["stop"]:
        return None
    stop = "." * (bool(match["stop"]) and may_end_sentence(match))
    return [Replacement(match.start("short"), match.end(), _STREETS[match["short"]] + stop)]


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


def _read_laughter(match: re.Match[str]) -> Said:
    word = match.group().lower()
    if word[0] in "bw":
        return "bwa " + " ".join(re.findall("h[aeio]", word))
    return " ".join(re.findall("h[aeio]", word))


__all__ = ["find_roman", "name_rules", "say_digits"]

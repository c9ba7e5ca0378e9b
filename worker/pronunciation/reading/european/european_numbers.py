"""Numbers in Spanish, French, Italian, Portuguese and Hindi words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from num2words import num2words

LONGEST = 15
"""Figures; what is longer and not round is read figure by figure."""
_HALF, _QUARTER, _HOUR, _NOON = 30, 15, 60, 12
_TEN, _HUNDRED, _THOUSAND, _MILLION = 10, 100, 1000, 10**6
_GREAT = re.compile(r".*(?:lh(?:ão|ões)|ll(?:ón|ones))\b", re.DOTALL)


@lru_cache(maxsize=4096)
def _count(number: int, code: str, to: str) -> str:
    return re.sub(r" {2,}", " ", num2words(number, lang=code, to=to).replace(",", " "))


class EuropeanNumbers:
    """Numbers of one language; its own manners are in the classes below."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take the words of the language."""
        self.data = data
        self.words: dict[str, Any] = data["words"]
        self.code = str(data["code"])

    def cardinal(self, number: int, gender: str = "") -> str:
        """Say `number`; `gender` is that of a noun behind it, ``m`` or ``f``."""
        return self._agree(_count(number, self.code, "cardinal"), gender)

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row."""
        words = _count(number, self.code, "ordinal")
        return re.sub(r"o\b", "a", words) if gender == "f" else words

    def digits(self, figures: str) -> str:
        """Say one figure after another."""
        return " ".join(self.cardinal(int(char)) for char in figures if char.isdigit())

    def whole(self, figures: str, gender: str = "", *, grouped: bool = False) -> str:
        """Say a whole number as it is written: a nought in front makes it a code."""
        longest = LONGEST + 9 if grouped or figures.endswith("000000") else LONGEST
        if len(figures) > longest or (len(figures) > 1 and int(figures[0]) == 0):
            return self.digits(figures)
        return self.cardinal(int(figures), gender)

    def decimals(self, figures: str) -> str:
        """Say what is behind the comma."""
        return self.digits(figures)

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction."""
        many = above != 1
        names: dict[str, str] = self.words["parts"]
        one = self.cardinal(above, "m")
        if str(below) in names:
            return f"{one} {names[str(below)].split('|')[many]}"
        return f"{one} {self._part(below, many=many)}"

    def mixed(self, whole: int, above: int, below: int) -> str:
        """Say a whole number and a fraction."""
        joint = self.words["and"]
        if (above, below) == (1, 2):
            return f"{self.cardinal(whole)} {joint} {self.words['half']}"
        return f"{self.cardinal(whole)} {joint} {self.fraction(above, below)}"

    def king(self, number: int) -> str:
        """Say the number of a ruler: up to ten by rank, then by count."""
        return self.ordinal(number) if number <= _TEN else self.cardinal(number)

    def century(self, number: int) -> str:
        """Say the number behind the word for century."""
        return self.cardinal(number)

    def first_day(self, day: int) -> str:
        """Say the day of a month."""
        return self.ordinal(1) if day == 1 else self.cardinal(day)

    def year(self, figures: str) -> str:
        """Say a year."""
        return self.whole(figures)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        raise NotImplementedError

    def _agree(self, words: str, gender: str) -> str:
        del gender
        return words

    def _part(self, below: int, *, many: bool) -> str:
        return self.ordinal(below) + "s" * many

    def _hours(self, hour: int) -> str:
        return f"{self.cardinal(hour, 'f')} {self.words['hours'].split('|')[hour > 1]}"


class SpanishNumbers(EuropeanNumbers):
    """Spanish numbers."""

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row, to the millions."""
        units, tens, hundreds = (self.words[name] for name in ("units", "tens", "hundreds"))
        parts = []
        for size, name in ((_MILLION, "millonésimo"), (_THOUSAND, "milésimo")):
            count, number = divmod(number, size)
            if count:
                many = self.cardinal(count, "m").replace(" ", "") if count > 1 else ""
                parts.append(many + name)
        parts.append(hundreds[number // _HUNDRED])
        number %= _HUNDRED
        if number in (11, 12):
            parts.append(self.words["eleventh"][number - 11])
        else:
            ten, unit = divmod(number, _TEN)
            if ten in (1, 2) and unit:
                front = "decimo" if ten == 1 else "vigesimo"
                last = units[unit]
                parts.append(front[:-1] + last if last.startswith("o") else front + last)
            else:
                parts += [tens[ten], units[unit]]
        words = " ".join(part for part in parts if part)
        return re.sub(r"o\b", "a", words) if gender == "f" else words

    def decimals(self, figures: str) -> str:
        """Say the figures in pairs, as Spanish and French do."""
        return say_pairs(self, figures)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        words = self.cardinal(hour, "f")
        if minute:
            short = {_QUARTER: "cuarto", _HALF: "media"}.get(minute)
            words += f" y {short or self.cardinal(minute)}"
        if second:
            words += f" y {self.cardinal(second, 'm')} segundo{'s' * (second > 1)}"
        return words

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction: small ones by name, odd large ones with "sobre"."""
        if (above, below) == (1, 2):
            return str(self.words["half_of"])
        zeros = below % _HUNDRED == 0
        if below > _HUNDRED and not zeros:
            return f"{self.cardinal(above)} sobre {self.cardinal(below)}"
        return super().fraction(above, below)

    def _part(self, below: int, *, many: bool) -> str:
        if below >= _HUNDRED:
            return self.ordinal(below) + "s" * many
        front = self.cardinal(below, "m").replace(" y ", "i").replace("é", "e").replace("ú", "u")
        return re.sub(r"(?<=i)i|(?<=a)a(?=v)", "", front + "avo") + "s" * many

    def _agree(self, words: str, gender: str) -> str:
        if not gender:
            return words
        if gender == "m":
            return re.sub(r"veintiuno\Z", "veintiún", re.sub(r"\buno\Z", "un", words))
        great = _GREAT.match(words)
        end = great.end() if great else 0
        tail = words[end:].replace("cientos", "cientas").replace("quinientos", "quinientas")
        return words[:end] + re.sub(r"(?:uno|un|ún)(?=\Z| mil)", "una", tail)


class FrenchNumbers(EuropeanNumbers):
    """French numbers."""

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row."""
        if number == 1 and gender == "f":
            return "première"
        return _count(number, self.code, "ordinal")

    def decimals(self, figures: str) -> str:
        """Say the figures in pairs."""
        return say_pairs(self, figures)

    def king(self, number: int) -> str:
        """Say the number of a ruler: only the first by rank."""
        return "premier" if number == 1 else self.cardinal(number)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        words = self._hours(hour)
        if minute or second:
            words += f" {self.cardinal(minute, 'f')}"
        if second:
            words += f" minutes et {self.cardinal(second, 'f')} seconde{'s' * (second > 1)}"
        return words

    def _agree(self, words: str, gender: str) -> str:
        return re.sub(r"\bun\Z", "une", words) if gender == "f" else words


class ItalianNumbers(EuropeanNumbers):
    """Italian numbers."""

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction."""
        return "mezzo" if (above, below) == (1, 2) else super().fraction(above, below)

    def decimals(self, figures: str) -> str:
        """Say two figures as a number, more of them one by one."""
        pair = len(figures) == len("99") and not figures.startswith("0")
        return self.cardinal(int(figures)) if pair else self.digits(figures)

    def king(self, number: int) -> str:
        """Say the number of a ruler, always by rank."""
        return self.ordinal(number)

    def century(self, number: int) -> str:
        """Say the number beside the word for century."""
        return self.ordinal(number)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        words = "una" if hour == 1 else self.cardinal(hour)
        if minute:
            short = "mezza" if minute == _HALF and 0 < hour <= _NOON else self.cardinal(minute)
            words += f" e {short}"
        if second:
            words += f" e {self.cardinal(second)} second{'i' if second > 1 else 'o'}"
        return words

    def _agree(self, words: str, gender: str) -> str:
        if words == "uno" and gender:
            return "una" if gender == "f" else "un"
        return words

    def _part(self, below: int, *, many: bool) -> str:
        return re.sub(r"o\Z", "i", self.ordinal(below)) if many else self.ordinal(below)


class PortugueseNumbers(EuropeanNumbers):
    """Brazilian Portuguese numbers."""

    def king(self, number: int) -> str:
        """Say the number of a ruler."""
        return self.ordinal(number) if number <= _TEN else self.cardinal(number)

    def century(self, number: int) -> str:
        """Say the number behind the word for century: up to ten by rank."""
        return self.king(number)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        words = self._hours(hour) if hour else "zero horas"
        if second:
            return (
                f"{words} e {self.cardinal(minute)} minuto{'s' * (minute != 1)}"
                f" e {self.cardinal(second)} segundo{'s' * (second > 1)}"
            )
        return f"{words} e {self.cardinal(minute)}" if minute else words

    def _agree(self, words: str, gender: str) -> str:
        if gender != "f":
            return words
        great = _GREAT.match(words)
        end = great.end() if great else 0
        tail = re.sub(r"(?<=[czn])entos\b", "entas", words[end:])
        return words[:end] + re.sub(r"\bum\Z", "uma", re.sub(r"\bdois\b", "duas", tail))

    def _part(self, below: int, *, many: bool) -> str:
        if (below % _TEN == 0 and below < _HUNDRED) or below in (_HUNDRED, _THOUSAND):
            return self.ordinal(below) + "s" * many
        return f"{self.cardinal(below)} avo{'s' * many}"


class HindiNumbers(EuropeanNumbers):
    """Hindi numbers, in lakhs and crores."""

    def cardinal(self, number: int, gender: str = "") -> str:
        """Say a number; no noun changes it."""
        del gender
        parts = []
        for name, zeros in self.words["powers"].items():
            count, number = divmod(number, 10**zeros)
            if count:
                parts.append(f"{self.cardinal(count)} {name}")
        if number or not parts:
            parts.append(str(self.words["numbers"][number]))
        return " ".join(parts)

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row."""
        return self.cardinal(number) + ("वीं" if gender == "f" else "वाँ")

    def year(self, figures: str) -> str:
        """Say a year: in hundreds from 1100 to 1999."""
        hundreds, rest = divmod(int(figures), _HUNDRED)
        if len(figures) == len("1999") and 11 <= hundreds < 20:  # noqa: PLR2004  # its centuries
            return f"{self.cardinal(hundreds)} सौ" + (f" {self.cardinal(rest)}" if rest else "")
        return self.whole(figures)

    def first_day(self, day: int) -> str:
        """Say the day of a month."""
        return self.cardinal(day)

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction."""
        if (above, below) == (1, 2):
            return "आधा"
        return f"{self.cardinal(above)} बटा {self.cardinal(below)}"

    def mixed(self, whole: int, above: int, below: int) -> str:
        """Say a whole number and a fraction."""
        if (above, below) == (1, 2):
            return self.half_more(whole)
        if (above, below) == (1, 4):
            return f"सवा {self.cardinal(whole)}"
        return f"{self.cardinal(whole)} और {self.fraction(above, below)}"

    def half_more(self, whole: int) -> str:
        """Say a half more than `whole`."""
        return {0: "आधा", 1: "डेढ़", 2: "ढाई"}.get(whole) or f"साढ़े {self.cardinal(whole)}"

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        words = self.cardinal(hour)
        if not minute and not second:
            return f"{words} बजे"
        words += f" बजकर {self.cardinal(minute)} मिनट"
        return words + (f" {self.cardinal(second)} सेकंड" if second else "")

    def oclock(self, hour: int, minute: int) -> str:
        """Say the time before the word for o'clock."""
        if minute == _HALF:
            return f"{self.half_more(hour)} बजे"
        if minute == _QUARTER:
            return f"सवा {self.cardinal(hour)} बजे"
        if minute == _HOUR - _QUARTER:
            return f"पौने {self.cardinal(hour % _NOON + 1)} बजे"
        return f"{self.cardinal(hour)} बजकर {self.cardinal(minute)} मिनट पर"


def say_pairs(numbers: EuropeanNumbers, figures: str) -> str:
    """Say three figures as a number, others in pairs; noughts in front by themselves."""
    if len(figures) == len("132") and not figures.startswith("0"):
        return numbers.cardinal(int(figures))
    parts = []
    for at in range(0, len(figures), 2):
        pair = figures[at : at + 2]
        parts.append(numbers.digits(pair) if pair.startswith("0") else numbers.cardinal(int(pair)))
    return " ".join(parts)

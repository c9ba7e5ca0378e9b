"""Numbers in Spanish, French, Italian and Portuguese words."""

import re

from worker.pronunciation.reading.european.european_numbers import (
    EuropeanNumbers,
    count,
    say_pairs,
)

_HALF, _QUARTER, _NOON = 30, 15, 12
_TEN, _HUNDRED, _THOUSAND, _MILLION = 10, 100, 1000, 10**6
_VOWELS = "aeiouàèéìòù"
_AFTER_UNO = re.compile(r"s[^aeiouàèéìòù]|z|x|y|gn|ps|pn")
_GREAT_ORDINALS = (
    (10**18, "trillonésimo"), (10**12, "billonésimo"), (_MILLION, "millonésimo"),
    (_THOUSAND, "milésimo"),
)  # fmt: skip
_GREAT = re.compile(r".*(?:lh(?:ão|ões)|ll(?:ón|ones))\b", re.DOTALL)


class SpanishNumbers(EuropeanNumbers):
    """Spanish numbers."""

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row, to the millions."""
        units, tens, hundreds = (self.words[name] for name in ("units", "tens", "hundreds"))
        parts = []
        for size, name in _GREAT_ORDINALS:
            count, number = divmod(number, size)
            if count:
                many = self.cardinal(count, gender).replace(" ", "") if count > 1 else ""
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
        if not hour and not minute:
            return f"{words} horas"
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

    def agree(self, words: str, gender: str) -> str:
        """Give `words` the gender of a noun: ``m``, ``f`` or none."""
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
        return count(number, self.code, "ordinal")

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

    def agree(self, words: str, gender: str) -> str:
        """Give `words` the gender of a noun: ``m``, ``f`` or none."""
        return re.sub(r"\bun\Z", "une", words) if gender == "f" else words


class ItalianNumbers(EuropeanNumbers):
    """Italian numbers."""

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction."""
        return "mezzo" if (above, below) == (1, 2) else super().fraction(above, below)

    def before_noun(self, words: str, noun: str) -> str:
        """Choose between un, uno and un', as the sound behind asks."""
        if words == "una" and noun[0] in _VOWELS:
            return "un'"
        return "uno" if words == "un" and _AFTER_UNO.match(noun) else words

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

    def agree(self, words: str, gender: str) -> str:
        """Give `words` the gender of a noun: ``m``, ``f`` or none."""
        if words == "uno" and gender:
            return "una" if gender == "f" else "un"
        return words

    def _part(self, below: int, *, many: bool) -> str:
        return re.sub(r"o\Z", "i", self.ordinal(below)) if many else self.ordinal(below)


class PortugueseNumbers(EuropeanNumbers):
    """Brazilian Portuguese numbers."""

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

    def agree(self, words: str, gender: str) -> str:
        """Give `words` the gender of a noun: ``m``, ``f`` or none."""
        if gender != "f":
            return words
        great = _GREAT.match(words)
        end = great.end() if great else 0
        tail = re.sub(r"(?<=[czhn])entos\b", "entas", words[end:])
        return words[:end] + re.sub(r"\bum\Z", "uma", re.sub(r"\bdois\b", "duas", tail))

    def _part(self, below: int, *, many: bool) -> str:
        if (below % _TEN == 0 and below < _HUNDRED) or below in (_HUNDRED, _THOUSAND):
            return self.ordinal(below) + "s" * many
        return f"{self.cardinal(below)} avo{'s' * many}"

"""Numbers in Hindi words."""

from worker.pronunciation.reading.european.european_numbers import EuropeanNumbers

_HALF, _QUARTER, _HOUR, _NOON, _HUNDRED = 30, 15, 60, 12, 100


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

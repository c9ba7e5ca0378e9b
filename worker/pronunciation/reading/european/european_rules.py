"""Reading rules of Spanish, French, Italian, Portuguese and Hindi, which write figures alike.

What differs is data: a TOML file a language. How numbers are said is in `european_numbers`.
"""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.european_numbers import (
    EuropeanNumbers,
    FrenchNumbers,
    HindiNumbers,
    ItalianNumbers,
    PortugueseNumbers,
    SpanishNumbers,
)
from worker.pronunciation.reading.european.hindi_rules import hindi_rules
from worker.pronunciation.reading.rules import Replacement, Rule, RuleTable, Said
from worker.pronunciation.reading.word_tables import any_of, load_table

_LANGUAGES = {
    "e": ("spanish", SpanishNumbers),
    "f": ("french", FrenchNumbers),
    "i": ("italian", ItalianNumbers),
    "p": ("portuguese", PortugueseNumbers),
    "h": ("hindi", HindiNumbers),
}
START = r"(?<!\w)(?<!\d[.,])(?:(?<![\w)])(?P<minus>-)(?=\d))?"
_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\Z")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ZONE = (
    r"(?: ?(?P<zone>UTC|GMT|utc|gmt|EST|est|PST|pst|CET|cet)"
    r"(?: ?(?P<shift>[+-]) ?(?P<off>\d{1,2})(?::(?P<offm>\d\d))?)?(?!\w))?"
)
_MONTHS_IN_YEAR, _DAYS_IN_MONTH = 12, 31
_AFTERNOON = range(13, 19)
_CENTURIES = 300
"""Years that a range of years may take; four figures twice are else a telephone number."""


def load_european_rules(language: str) -> RuleTable:
    """Return the rules of `language`: Kokoro's e, f, h, i or p."""
    name, numbers = _LANGUAGES[language]
    return _Reading(numbers(load_table(name))).table()


def read_roman(letters: str) -> int:
    """Return what a Roman numeral stands for; 0 if it is none."""
    letters = letters.upper()
    if not _ROMAN.match(letters):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))


class _Reading:
    """The readings of one language."""

    def __init__(self, numbers: EuropeanNumbers) -> None:
        self.numbers = numbers
        self.data = data = numbers.data
        self.signs: dict[str, str] = data["signs"]
        self.units: dict[str, str] = data["units"]
        money: dict[str, str] = data["money"]
        self.money = {**{code.lower(): words for code, words in money.items()}, **money}
        separators = data["thousands"]
        groups = r",\d{2,3}" if data["code"] == "hi" else rf"[{re.escape(separators)}]\d{{3}}"
        self.amount = (
            rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,5}}(?=\.\d\d(?!\d))|\d{{1,3}}(?:{groups}){{1,9}}(?!\d)|\d{{1,40}})"
            rf"(?:[{'.' if data['code'] == 'hi' else ',.'}]\d{{1,20}})?(?!\d)"
        )
        self._split = re.compile(
            rf"(?P<whole>\d{{1,3}}(?:,\d{{3}}){{1,5}}(?=\.\d\d\Z)"
            rf"|\d{{1,3}}(?:{groups}){{1,9}}(?!\d)|\d+)(?:(?P<point>[.,])(?P<part>\d+))?\Z"
        )

    def amount_words(self, written: str, gender: str = "") -> str:
        """Say a number with its decimals."""
        whole, point, part = self.split(written)
        if not part:
            return self.numbers.whole(whole, gender, grouped=not written.isdigit())
        if not int(part) and self.data.get("drop_noughts"):
            return self.numbers.whole(whole, gender)
        words = self.numbers.cardinal(int(whole), "m" if self.data.get("un_point") else "")
        if gender == "f":
            words = self.numbers.cardinal(int(whole), "f")
        return f"{words} {self.data['point'][point]} {self.numbers.decimals(part)}"

    def split(self, written: str) -> tuple[str, str, str]:
        """Return the figures before the point, the point, and those behind it."""
        match = self._split.match(written)
        if not match:
            raise ValueError(written)
        return re.sub(r"\D", "", match["whole"]), match["point"] or "", match["part"] or ""

    def table(self) -> RuleTable:
        """Return the rules, the first one first."""
        special = hindi_rules(self.numbers) if isinstance(self.numbers, HindiNumbers) else {}
        return RuleTable(
            (
                *special.get("first", ()),
                *self._electronic_rules(),
                *self._telephone_rules(),
                *self._date_rules(),
                *special.get("date", ()),
                *self._clock_rules(),
                *self._money_rules(),
                *self._place_rules(),
                *self._measure_rules(),
                *self._fraction_rules(),
                *self._name_rules(),
                *special.get("ordinal", ()),
                *self._number_rules(),
            ),
            signs="<>~#^",
        )

    # Addresses and telephones

    def _electronic_rules(self) -> list[Rule]:
        return [
            Rule(
                "electronic",
                re.compile(
                    r"(?<![\w@/.])(?:https?://[^\s,;!?“”\"()]{1,200}"
                    r"|(?:[\w-]{1,40}\.){1,6}(?:com|org|net|edu|gov|info|es|fr|it|br|in|eu|io|uk|de|IT)\b"
                    r"(?:[/:][^\s,;!?“”\"()]{0,200})?"
                    r"|[A-Za-z0-9_.+-]{1,60}@[A-Za-z0-9-]{1,60}(?:\.[A-Za-z0-9-]{1,40}){1,5}"
                    r"|@\w{2,40}|#[^\W\d]\w{1,60}"
                    r"|/(?:[a-z]{1,30}/){1,8}[a-z.]{1,30}/?|[A-Z]:\\[\w\\ .-]{1,120}"
                    r"|\w{1,40}\.(?:jpg|png|pdf|csv|txt|html|php|mp3|zip|exe|docx?)\b)"
                ),
                self._read_electronic,
                "@./:#\\",
            ),
            Rule(
                "electronic",
                re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"),
                self._read_network,
                ".",
            ),
        ]

    def _read_network(self, match: re.Match[str]) -> Said:
        parts = match.group().split(".")
        if all(len(part) == len("000") for part in parts[1:]) and "000" in parts:
            return None
        return f" {self.data['electronic']['dot']} ".join(map(self.numbers.digits, parts))

    def _read_electronic(self, match: re.Match[str]) -> Said:
        words: dict[str, str] = self.data["electronic"]
        letters: dict[str, str] = self.data.get("letters", {})
        known: dict[str, str] = self.data.get("internet_words", {})
        text = match.group()
        end = len(text) - (text.endswith(".") and not text.endswith(".."))
        names = {
            "@": "at", ".": "dot", "/": "slash", ":": "colon", "-": "dash", "_": "underscore",
            "#": "hash", "\\": "backslash",
        }  # fmt: skip
        parts = []
        for piece in re.findall(r"[^\W\d_]+|\d+|.", text[:end]):
            if piece in names:
                parts.append(words.get(names[piece], " "))
            elif piece.isdigit():
                parts.append(self.numbers.digits(piece))
            elif piece.lower() in known:
                parts.append(known[piece.lower()])
            elif letters and piece.isascii():
                parts += [letters.get(char, char) for char in piece.lower()]
            elif piece.lower() in ("http", "https", "www") or len(piece) <= len("br"):
                parts.append(" ".join(piece.lower()) if len(piece) > 1 else piece)
            elif piece.isalpha():
                parts.append(piece)
            else:
                parts.append(self.signs.get(piece, ""))
        return [Replacement(match.start(), match.start() + end, " ".join(filter(None, parts)))]

    def _telephone_rules(self) -> list[Rule]:
        joint = r"[ .-]"
        return [
            Rule(
                "telephone",
                re.compile(
                    r"(?<!\w)(?P<key>(?i:tel|tél|tfno|t[eé]l[eé]f?ono|telefone|téléphone|fax|फ़ोन|फोन))"
                    r"(?P<mark>\.? ?:? ?)(?P<plus>\+)?(?P<number>\(?\d[\d ().-]{4,20}\d)(?!\w)"
                ),
                self._read_called,
            ),
            Rule(
                "telephone",
                re.compile(
                    rf"(?<![\w.,/:-])(?<!\d )(?P<plus>\+ ?)?"
                    rf"(?:(?<=\+)\d{{1,3}}(?:{joint}?\(\d{{1,4}}\))?(?:{joint}?\d{{1,10}}){{1,6}}"
                    rf"|\d{{1,4}} ?\(\d{{2,4}}\) ?\d{{3,10}}(?:{joint}\d{{3,5}})?"
                    rf"|\(\d{{2,5}}\) ?\d{{3,6}}{joint}?\d{{3,5}}"
                    r"|\d{3}-\d{3}-\d{3,4}|\d{4,5}-\d{4,6}|\d{3}\.\d{7,8}"
                    r"|0\d(?:[ .]\d\d){4}|0\d{2,4}[ /-]\d{3}[ -]?\d{3,5}"
                    r"|\d{3} \d{2} \d{2} \d{2}(?! ?\d)"
                    r"|\d{5}-\d{3}|[01]-\d{3}(?=-)|[6789]\d{9}"
                    r")(?P<more> \d{3,5}(?!\d))?(?![\d/]|-\d|[.,]\d)"
                ),
                self._read_telephone,
                "0123456789०१२३४५६७८९",
            ),
        ]

    def _read_called(self, match: re.Match[str]) -> Said:
        short: dict[str, str] = self.data["abbreviations"]
        key = match["key"].lower()
        groups = map(self.numbers.digits, re.findall(r"\d+", match["number"]))
        plus = f"{self.signs['+']} " if match["plus"] else ""
        start = match.start("plus") if match["plus"] else match.start("number")
        return [
            Replacement(match.start("key"), match.end("mark"), short.get(f"{key}.", key) + " "),
            Replacement(start, match.end(), plus + ", ".join(groups)),
        ]

    def _read_telephone(self, match: re.Match[str]) -> Said:
        text = match.group()
        year = re.fullmatch(r"(\d{4})-(\d{4})", text)
        if year and 0 < int(year[2]) - int(year[1]) < _CENTURIES and year[1][0] in "12":
            return None
        groups = [self.numbers.digits(group) for group in re.findall(r"\d+", text)]
        plus = f"{self.signs['+']} " if match["plus"] else ""
        return plus + ", ".join(groups)

    # Dates and times

    def _date_rules(self) -> list[Rule]:
        data = self.data
        months = {name: at for at, name in enumerate(data["months"], 1)}
        self._months = {**months, **data["month_short"]}
        months_any = rf"(?P<month>{any_of(self._months)})(?!\w)\.?"
        year = rf"(?:(?P<gap>,? (?:{data['of_years']})?|,? )(?P<year>\d{{4}})(?!\w))?"
        return [
            Rule(
                "date",
                re.compile(
                    r"(?<![\w.,/-])(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
                    r"|(?P<d2>\d{1,2})(?P<s2>[-/.])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d{2}))"
                    r"(?![\w/-]|[.,]\d)"
                ),
                self._read_date,
                "-/.",
            ),
            Rule(
                "version",
                re.compile(r"(?<!\w)(?<!\d[.,])\d{1,3}(?:\.\d{1,4}){2,4}(?![\w]|[.,]\d)"),
                self._read_version,
                ".",
            ),
            Rule(
                "date",
                re.compile(
                    rf"(?<![\w.,/-])(?P<day>\d{{1,2}}|1er|1\.?[º°])(?P<de> (?:{data['of_years']})?)"
                    rf"{months_any}{year}",
                    re.IGNORECASE,
                ),
                self._read_day_month,
            ),
            Rule(
                "date",
                re.compile(
                    rf"(?<!\w)(?P<month>{any_of(data['month_short'])})\.?"
                    r" (?P<day>\d{1,2})(?!\w|[.,]\d)"
                ),
                self._read_month_day,
            ),
        ]

    def _read_version(self, match: re.Match[str]) -> Said:
        parts = match.group().split(".")
        if all(len(part) == len("000") for part in parts[1:]):
            return None
        point = self.data["point"].get(".") if self.data["code"] != "hi" else "दशमलव"
        return f" {point} ".join(self.numbers.whole(part) for part in parts)

    def _say_date(self, day: int, month: int, year: str) -> str:
        if not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH):
            raise ValueError(f"{day}.{month} is no date")
        data = self.data
        words = f"{self.numbers.first_day(day)}{data['of_month']}{data['months'][month - 1]}"
        if len(year) == len("24") and int(year) and not year.startswith("0"):
            return f"{words}{data['of_year']}{self.numbers.cardinal(int(year))}"
        return words + (f"{data['of_year']}{self.numbers.year(year)}" if year else "")

    def _read_date(self, match: re.Match[str]) -> Said:
        day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
        sep, year = match["s"] or match["s2"], match["y"] or match["y2"]
        if len(year) == len("24") and sep != "/":
            return None
        if month > _MONTHS_IN_YEAR >= day:
            day, month = month, day
            if self.data["code"] == "hi":
                name = self.data["months"][month - 1]
                return f"{name} {self.numbers.cardinal(day)} {self.numbers.year(year)}"
        return self._say_date(day, month, year)

    def _read_day_month(self, match: re.Match[str]) -> Said:
        data = self.data
        day = re.sub(r"\D", "", match["day"])
        if not 1 <= int(day) <= _DAYS_IN_MONTH:
            return None
        month = data["months"][self._months[match["month"].lower()] - 1]
        words = f"{self.numbers.first_day(int(day))}{data['of_month']}{month}"
        if match["year"]:
            gap = match["gap"].lstrip(",")
            gap = gap if gap.strip() else data["of_year"]
            return f"{words}{gap}{self.numbers.year(match['year'])}"
        if match.group().endswith(".") and match["month"].lower() in data["months"]:
            return [Replacement(match.start(), match.end() - 1, words)]
        return words

    def _read_month_day(self, match: re.Match[str]) -> Said:
        return self._say_date(int(match["day"]), self._months[match["month"]], "")

    def _clock_rules(self) -> list[Rule]:
        data = self.data
        marks = any_of(data["hour_marks"])
        half = r"(?: ?(?P<half>[aApP])\.? ?[mM](?!\w)(?:\.(?! [A-ZÁÉÍÓÚ]|\Z))?)?"
        parts_of_day = any_of(data.get("day_parts", ["-"]))
        rules = [
            re.compile(
                rf"(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
                rf"(?: ?(?:{marks})(?!\w))?{half}{_ZONE}(?P<part> (?:{parts_of_day}))?(?![\w:])"
            ),
            re.compile(
                rf"(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-4]) ?[hH](?: ?(?P<minute>[0-5]?\d))?"
                rf"(?: ?m(?:in)?\.?)?(?: ?(?P<second>[0-5]?\d) ?s(?:e[cg])?\.?)?"
                rf"{half}{_ZONE}(?![\w:])"
            ),
            re.compile(
                rf"(?:(?<=\A)|(?<=las )|(?<=alle )|(?<=ore ))"
                r"(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)"
                rf"(?: ?h(?!\w))?{half}{_ZONE}(?=\Z|[,;.] |\.?\Z| [a-z])(?! ?%)"
            ),
            re.compile(
                r"(?<![\w.,:/-])(?P<hour>1?\d) ?(?P<half>[ap])\.? ?m(?!\w)"
                r"(?:\.(?! [A-ZÁÉÍÓÚ]|\Z))?(?P<zone>(?!))?"
            ),
        ]
        if not data["halves"]:
            rules = rules[:2]
        return [
            Rule("time", pattern, self._read_clock, "0123456789०१२३४५६७८९") for pattern in rules
        ]

    def _read_clock(self, match: re.Match[str]) -> Said:  # noqa: C901  # one line a manner
        found = match.groupdict()
        hour, minute = int(match["hour"]), int(found.get("minute") or 0)
        second = int(found["second"]) if found.get("second") else None
        written = match.group().rstrip()
        has_point = written[len(match["hour"]) : len(match["hour"]) + 1] == "."
        is_alone = match.span() == (0, len(match.string.rstrip(".")))
        if has_point and not match.start() and not (is_alone or found["half"] or found["zone"]):
            return None
        if self.data["code"] == "hi" and re.search(r"[hH]", written):
            return None
        part = (found.get("part") or "").strip()
        if part and hour in _AFTERNOON and part in self.data.get("afternoon", ()):
            hour -= 12
        words = self.numbers.clock(hour, minute, second)
        is_bare = not minute and not second
        if (
            is_bare
            and re.search(r"h(?:s|rs|oras)?\Z", written.lower())
            and found.get("minute") is None
        ):
            singular, plural = self.numbers.words["hours"].split("|")
            words = f"{self.numbers.cardinal(hour, 'f')} {singular if hour == 1 else plural}"
            if not hour:
                words = f"{self.numbers.cardinal(0)} {plural}"
        if (
            re.search(r"\d ?h(?:ora)?s? ?\d{1,2} ?min ?\d{1,2} ?s", written)
            and self.data["code"] == "es"
        ):
            hours = self.numbers.words["hours"].split("|")[hour != 1]
            minutes = f"{self.numbers.cardinal(minute, 'm')} minuto{'s' * (minute != 1)}"
            seconds = f"{self.numbers.cardinal(second or 0, 'm')} segundo{'s' * (second != 1)}"
            words = f"{self.numbers.cardinal(hour, 'f')} {hours} {minutes} y {seconds}"
        if isinstance(self.numbers, HindiNumbers) and written.endswith("बजे") and minute:
            words = self.numbers.oclock(hour, minute)
        if found.get("half"):
            halves = self.data["halves"]
            is_morning = found["half"].lower() == "a"
            late = hour == 12 if is_morning else 8 <= hour < 12  # noqa: PLR2004  # hours of the night
            words += " " + (halves["night"] if late else halves["am" if is_morning else "pm"])
        if found.get("zone"):
            words += " " + " ".join(found["zone"].upper())
            if found.get("shift"):
                sign = self.signs["+"] if found["shift"] == "+" else self.numbers.words["minus"]
                words += f" {sign} {self.numbers.cardinal(int(found['off']), 'f')}"
                if found["offm"] and int(found["offm"]):
                    words += f" {self.numbers.cardinal(int(found['offm']))}"
        return f"{words} {part}".rstrip()

    # Money, measures, fractions

    def _money_rules(self) -> list[Rule]:
        data = self.data
        sign = rf"(?P<sign>{any_of(self.money)})"
        large = rf"(?P<large>{any_of([*data['large'], *data['large_short']])})(?!\w)"
        per = rf"(?: ?/ ?(?P<per>{any_of(self.units)})(?!\w))?"
        return [
            Rule(
                "money",
                re.compile(
                    rf"(?<![\w$€£])(?P<minus>-)?{sign} ?(?P<amount>{self.amount})"
                    rf"(?: ?{large})?(?!\w){per}"
                ),
                self._read_money,
            ),
            Rule(
                "money",
                re.compile(rf"{START}(?P<amount>{self.amount})(?: ?{large})? ?{sign}(?!\w){per}"),
                self._read_money,
            ),
        ]

    def _read_money(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if sign.isalpha() and sign.isascii() and sign.islower() and len(sign) < len("eur"):
            before = match.string[: match.start("sign")]
            if not (before.endswith(" ") or before[-1:].isdigit() or not before):
                return None
        one, many, cent, cents, gender = self.money[sign].split("|")
        whole, _, part = self.split(match["amount"])
        if len(part) == len("500") and int(whole) and len(whole) <= len(part):
            # Money has no thousandths: this comma groups figures.
            whole, part = whole + part, ""
        minus = f"{self.numbers.words['minus']} " if match["minus"] else ""
        large = match["large"]
        if large:
            large = self.data["large_short"].get(large, large)
            of = "" if large in self.data.get("no_of", ()) or large == "mil" else self.data["of"]
            joint = of.replace("de ", "d'") if many[0] in "aeiou" and "elide" in self.data else of
            return f"{minus}{self.amount_words(match['amount'])} {large}{joint or ' '}{many}"
        joint = self.data["of"] if whole.endswith("000000") and int(whole[0]) else " "
        if joint.strip() and "elide" in self.data and many[0] in "aeiou":
            joint = joint.replace("de ", "d'")
        if len(part) > len("99"):
            return f"{minus}{self.amount_words(match['amount'], gender)} {many}"
        small = int(part.ljust(2, "0")) if part else 0
        words = (
            f"{self.numbers.cardinal(int(whole), gender)}{joint}{one if int(whole) == 1 else many}"
        )
        if small:
            behind = f"{self.numbers.cardinal(small, 'm')} {cent if small == 1 else cents}"
            words = (
                behind if not int(whole) else f"{words}{self.numbers.words['cents_joint']}{behind}"
            )
        return minus + words + self._per({"per_power": None, **match.groupdict()})

    def _measure_rules(self) -> list[Rule]:
        unit = rf"(?P<unit>{any_of(self.units)})(?P<power>[²³])?"
        below = any_of([*self.units, *self.data.get("per_units", {})])
        per = rf"(?: ?/ ?(?P<per>{below})(?P<per_power>[²³])?)?"
        fraction = (
            r"(?:(?P<mixed>\d{1,4}) )?(?P<above>\d{1,3})/(?P<below>\d{1,3})"
            rf"|(?P<vulgar>[{''.join(_VULGAR)}])"
        )
        return [
            Rule(
                "measure",
                re.compile(
                    rf"{START}(?:(?P<amount>{self.amount})|{fraction}) ?{unit}{per}"
                    r"(?![\w²³/])(?P<stop>\.(?= [a-zà-ÿ]))?"
                ),
                self._read_measure,
            )
        ]

    def _unit(self, unit: str, power: str | None, *, many: bool, per: bool = False) -> str:
        units = {**self.units, **self.data.get("per_units", {})} if per else self.units
        one, plural, *gender = units[unit].split("|")
        words = plural if many else one
        if not power:
            return words
        forms: list[str] = self.data["powers"][power].split("|")
        if self.data["power_order"] == "before":
            return f"{forms[0]} {words}"
        return (
            f"{words} {forms[many + 2 * bool(gender)]}"
            if len(forms) > len("mf")
            else f"{words} {forms[many]}"
        )

    def _read_measure(self, match: re.Match[str]) -> Said:
        unit = match["unit"]
        line, at = match.string, match.start("unit")
        if (
            unit in ("in", "h", "t", "min", "s")
            and line[at - 1] == " "
            and re.match(r" [\w]", line[match.end() :])
            and unit == "in"
        ):
            return None
        gender = ([*self.units[unit].split("|"), ""])[2] or "m"
        minus = f"{self.numbers.words['minus']} " if match["minus"] else ""
        if match["amount"] is None:
            above, below = (
                (match["above"], match["below"])
                if match["above"]
                else _VULGAR[match["vulgar"]].split("/")
            )
            return minus + self._read_part_of(match, int(above), int(below), gender)
        whole, _, part = self.split(match["amount"])
        many = int(whole) != 1 or bool(part)
        if "elide" in self.data:
            many = int(whole) > 1
        if (
            isinstance(self.numbers, HindiNumbers)
            and part == "5"
            and unit in self.data["halved"]
            and not match["per"]
        ):
            noun = self.units[unit].split("|")[1].replace("वर्ष", "साल")
            return f"{minus}{self.numbers.half_more(int(whole))} {noun}"
        if unit in ("%", "‰"):
            gender = ""
        noun = self._unit(unit, match["power"], many=many)
        words = f"{minus}{self.amount_words(match['amount'], gender)} {noun}{self._per(match)}"
        ends = unit.endswith(".") and not line[match.end() :].strip()
        return [Replacement(match.start(), match.end() - ends, words)]

    def _per(self, match: re.Match[str] | dict[str, str | None]) -> str:
        written = match["per"]
        if not written:
            return ""
        fixed = self.data.get("per_fixed", {})
        if written in fixed and not match["per_power"]:
            return f" {fixed[written]}"
        noun = self._unit(written, match["per_power"], many=False, per=True)
        return f"{self.data['per']}{noun}"

    def _read_part_of(self, match: re.Match[str], above: int, below: int, gender: str) -> str:
        one = self._unit(match["unit"], match["power"], many=False)
        mixed = match["mixed"]
        if mixed:
            number = self.numbers.cardinal(int(mixed), gender)
            part = self.numbers.fraction(above, below)
            if (above, below) == (1, 2):
                part = self.numbers.words["half"]
                part = re.sub(r"o\Z", "a", part) if gender == "f" else part
                if isinstance(self.numbers, HindiNumbers):
                    return f"{self.numbers.half_more(int(mixed))} {one}"
                noun = self._unit(match["unit"], match["power"], many=int(mixed) > 1)
                return f"{number} {self.numbers.words['and']} {part} {noun}{self._per(match)}"
            whole = f"{number} {self.numbers.words['and']} "
            return f"{whole}{part}{self.data['of']}{one}{self._per(match)}"
        part = self.numbers.fraction(above, below)
        if (above, below) == (1, 2):
            part = re.sub(r"o\Z", "a", part) if gender == "f" else part
            return f"{part} {one}{self._per(match)}"
        return f"{part}{self.data['of']}{one}{self._per(match)}"

    def _fraction_rules(self) -> list[Rule]:
        return [
            Rule(
                "fraction",
                re.compile(
                    rf"{START}(?:(?P<whole>\d{{1,6}}) )?(?P<above>\d{{1,20}}) ?[/⁄] ?"
                    r"(?P<below>\d{1,3}(?:[.]\d{3}){1,4}(?!\d)|\d{1,9})(?![\w/]|[.,]\d)"
                ),
                self._read_fraction,
                "/⁄",
            ),
            Rule(
                "fraction",
                re.compile(rf"{START}(?:(?P<whole>\d{{1,6}}) ?)?(?P<sign>[{''.join(_VULGAR)}])"),
                self._read_fraction,
                "".join(_VULGAR),
            ),
        ]

    def _read_fraction(self, match: re.Match[str]) -> Said:
        found = match.groupdict()
        if found.get("sign"):
            above, below = map(int, _VULGAR[found["sign"]].split("/"))
        else:
            above, below = int(match["above"]), int(match["below"].replace(".", ""))
        if not below and not isinstance(self.numbers, HindiNumbers):
            return None
        if "elide" in self.data and above > below and not match["whole"]:
            return f"{self.numbers.cardinal(above)} {self.numbers.cardinal(below)}"
        minus = f"{self.numbers.words['minus']} " if match["minus"] else ""
        if match["whole"]:
            return minus + self.numbers.mixed(int(match["whole"]), above, below)
        return minus + self.numbers.fraction(above, below)

    # Short forms and Roman numerals

    def _name_rules(self) -> list[Rule]:
        data = self.data
        short: dict[str, str] = data["abbreviations"]
        self._short = {
            **short,
            **{
                key[0].lower() + key[1:]: words
                for key, words in short.items()
                if len(key) > len("D.") and key[1:2].islower()
            },
            **short,
        }
        rules = [
            Rule(
                "abbreviation",
                re.compile(rf"(?<![\w.])(?P<short>{any_of(self._short)})(?!\w)"),
                self._read_short,
            )
        ]
        if data["code"] == "hi":
            return rules
        return [
            Rule(
                "roman",
                re.compile(
                    rf"(?<!\w)(?P<key>(?i:{any_of(data['centuries'])}))"
                    r" (?P<roman>[IVXivx]{1,6})(?!\w)"
                ),
                self._read_century,
            ),
            Rule(
                "roman",
                re.compile(
                    rf"(?<!\w)(?P<key>(?i:{any_of(data['counted'])}))"
                    r" (?P<roman>[IVXLCDM]{1,9})(?!\w)"
                ),
                self._read_counted,
            ),
            Rule(
                "roman",
                re.compile(
                    r"(?<!\w)(?P<roman>I(?=er|ère|re|[ºª°])|[IVX]{1,8}(?!er|ère|re)|[LC][XVI]{1,6}(?!er))"
                    r"(?P<end>er|ère|re|ème|e|ᵉ|[ºª°])(?P<end2>s?)(?!\w)"
                ),
                self._read_roman_rank,
            ),
            Rule(
                "roman",
                re.compile(
                    r"(?<!\w)(?P<roman>[IVX]{1,6})"
                    r"(?= (?P<next>[A-ZÀ-Ý][a-zà-ÿ]{2,20}|secoli?|século|siglo"
                    r"|guerra mond|guerra mund))"
                    r"(?<!\AI)"
                ),
                self._read_rank_before,
            ),
            Rule(
                "roman",
                re.compile(
                    r"(?<!\w)(?P<name>[A-ZÀ-Ý][a-zà-ÿ]{2,20}) (?P<roman>[IVX]{1,7})(?![\w'’]|\.\w)"
                ),
                self._read_king,
            ),
            *rules,
        ]

    def _read_short(self, match: re.Match[str]) -> Said:
        short, end = match["short"], match.end()
        line = match.string
        words = self._short[short]
        if short == "D." and not re.match(r" [A-ZÁÉÍÓÚ][a-zà-ÿ]", line[end:]):
            return None
        if short.rstrip(".").lower() in self.data.get("before_figure", ()) and not re.match(
            r" ?[\dIVXLC]", line[end:]
        ):
            return None
        if short in self.data.get("before_name", ()) and not re.match(
            r"(?: et| y| e)?[ -][A-ZÀ-Ý]", line[end:]
        ):
            return None
        ends = not line[end:].strip() and len(line.split()) > 1
        if short.endswith(".") and ends:
            return [Replacement(match.start(), end - 1, words)]
        return words

    def _roman(self, match: re.Match[str]) -> int:
        number = read_roman(match["roman"])
        if not number:
            raise ValueError(match["roman"])
        return number

    def _read_century(self, match: re.Match[str]) -> Said:
        words = self.numbers.century(self._roman(match))
        key = match["key"]
        full = self.data["centuries"][0] if key.endswith(".") else key
        return [
            Replacement(match.start("key"), match.end("key"), full),
            Replacement(match.start("roman"), match.end(), words),
        ]

    def _read_counted(self, match: re.Match[str]) -> Said:
        words = self.numbers.cardinal(self._roman(match))
        key = match["key"]
        short = self._short.get(key.lower()) or self._short.get(key)
        parts = [Replacement(match.start("roman"), match.end(), words)]
        if short:
            parts.insert(0, Replacement(match.start("key"), match.end("key"), short))
        return parts

    def _read_roman_rank(self, match: re.Match[str]) -> Said:
        if match["end"] == "e" and self.data["code"] != "fr":
            return None
        gender = "f" if match["end"] in ("ère", "re", "ª") else "m"
        return self.numbers.ordinal(self._roman(match), gender) + match["end2"]

    def _read_rank_before(self, match: re.Match[str]) -> Said:
        if len(match["roman"]) == 1 and not (match["next"].islower() and match["roman"] in "VX"):
            return None
        following = match["next"]
        gender = (
            "f"
            if following.endswith(("a", "a mond", "a mund", "ade", "ción", "ção", "zione"))
            else "m"
        )
        words = self.numbers.ordinal(self._roman(match), gender)
        if words == "primero":
            words = "primer"
        return words

    def _read_king(self, match: re.Match[str]) -> Said:
        name = match["name"]
        if name in self.data.get("not_kings", ()) or match["roman"] in ("C", "D", "L", "M"):
            return None
        number = self._roman(match)
        is_woman = (
            name.endswith("a") and not name.endswith(("ca", "ia"))
        ) or name in self.data.get("queens", ())
        words = self.numbers.king(number)
        if is_woman and words != self.numbers.cardinal(number):
            words = self.numbers.ordinal(number, "f")
        return [Replacement(match.start("roman"), match.end(), words)]

    # Numbers and signs

    def _place_rules(self) -> list[Rule]:
        """Read a degree sign as an ordinal's end where an article and a noun are around it."""
        articles = self.data.get("articles_before_places", "")
        if not articles:
            return []
        pattern = re.compile(
            rf"(?i:(?<!\w)(?:{articles})) ?(?P<figures>\d{{1,2}})(?P<end>°)(?= [^\W\d_]{{3,30}})"
        )
        return [Rule("ordinal", pattern, self._read_place, "°")]

    def _read_place(self, match: re.Match[str]) -> Said:
        article = match.string[match.start() : match.start("figures")].strip().lower()
        gender = "f" if article.endswith("a") else "m"
        words = self.numbers.ordinal(int(match["figures"]), gender)
        if self.data["code"] == "es":  # before its noun
            words = re.sub(r"(primer|tercer)o\Z", r"\1", words)
        return [Replacement(match.start("figures"), match.end("end"), words)]

    def _number_rules(self) -> list[Rule]:
        data = self.data
        signs = {**self.signs}
        rules = []
        if data["code"] != "hi":
            rules.append(
                Rule(
                    "ordinal",
                    re.compile(
                        rf"(?<![\w.,])(?P<figures>\d{{1,3}}(?:[{re.escape(data['thousands'])}]\d{{3}}){{1,6}}|\d{{1,30}})"
                        rf"(?P<end>{data['ordinal_ends']})(?P<plural>s?)(?!\w)"
                    ),
                    self._read_ordinal,
                )
            )
        return [
            *rules,
            Rule(
                "cardinal",
                re.compile(rf"{START}(?P<amount>{self.amount})(?=(?P<next> [^\W\d_]{{1,30}})?)"),
                self._read_number,
                "0123456789०१२३४५६७८९",
            ),
            Rule(
                "range",
                re.compile(r"(?<=[\d%°])(?: ?—|-| - ) ?(?=[$€£]?\d)"),
                lambda match: None if "=" in match.string[:200] else f" {data['range']} ",
                "-—",
            ),
            Rule(
                "math",
                re.compile(r"(?<=\d) - (?=\d)"),
                lambda _: f" {self.numbers.words['minus']} ",
                "-",
            ),
            Rule("math", re.compile(r"(?<=\d) ?[x*] ?(?=\d)"), lambda _: f" {signs['×']} ", "x*"),
            Rule(
                "sign",
                re.compile(r"<=|>="),
                lambda match: f" {signs['≤' if match.group() == '<=' else '≥']} ",
                "<>",
            ),
            Rule(
                "sign",
                re.compile(f"[{re.escape(''.join(signs))}]"),
                lambda match: f" {signs[match.group()]} ",
                "".join(signs),
            ),
        ]

    def _read_ordinal(self, match: re.Match[str]) -> Said:
        figures = re.sub(r"\D", "", match["figures"])
        end = match["end"].lstrip(".").replace("ᵉʳ", "er").replace("ᵉ", "e")
        gender = "f" if end in self.data["feminine_ends"] else "m"
        if end == "°" and len(figures) > len("99"):
            return None
        words = self.numbers.ordinal(int(figures), gender)
        if end in ("er", "ᵉʳ") and self.data["code"] == "es":
            if figures in ("11", "13"):
                words = "decimoprimero" if figures == "11" else words
            words = re.sub(r"(primer|tercer)o\Z", r"\1", words)
        return words + ("s" if match["plural"] and not words.endswith("s") else "")

    def _read_number(self, match: re.Match[str]) -> Said:
        following = (match["next"] or "").strip()
        minus = f"{self.numbers.words['minus']} " if match["minus"] else ""
        gender = ""
        if following and following[0].islower() and following not in self.data["small_words"]:
            ends = self.data["feminine_end"]
            whole, _, part = self.split(match["amount"])
            feminine = ends and following.endswith(ends if int(whole) != 1 else ends[0])
            gender = "f" if feminine and following not in self.data["not_feminine"] else "m"
            if following in self.data["large"] or part:
                gender = "m"
        return minus + self.amount_words(match["amount"], gender)

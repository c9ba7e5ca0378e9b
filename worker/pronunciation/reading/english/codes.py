"""Addresses, telephone numbers, versions and names made of letters and figures, in English."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import DATA, look_behind
from worker.pronunciation.reading.english.english_numbers import Numbers, say_digits
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

DIGITS = "0123456789"
_ENDINGS: list[str] = DATA["addresses"]["endings"]
_HOST = rf"(?:[\w-]{{1,63}}\.){{1,6}}(?:{any_of(_ENDINGS)})(?![\w-])"
_PATH = r"(?::\d{1,5}(?!\d))?(?:[/?#][^\s<>\"“”]{0,300})?"
_URL = re.compile(
    r"(?<![\w@.])(?:(?:https?|ftp)://[^\s<>\"“”]{1,300}|www\.[^\s<>\"“”]{1,300})",
    re.IGNORECASE,
)
_SITE = re.compile(rf"(?<![\w@./-])(?:{_HOST}|localhost(?=:\d)){_PATH}")
_MAIL = re.compile(
    r"(?<![\w.+&@-])[\w.+&-]{1,64}@(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?:/[\w/-]{1,60})?(?!\w)"
)
_HANDLE = re.compile(r"(?<![\w@.])@(?P<name>[A-Za-z_]\w{0,39})")
_HASHTAG = re.compile(r"(?<![\w#])#(?P<name>\w{0,60}[A-Za-z_]\w{0,60})")
_NUMBER_SIGN = re.compile(r"(?<!\w)#(?= ?\d)")
_SHARP = re.compile(r"\b(?P<name>[A-GFJ])#(?!\w)")
_FILE = re.compile(
    r"(?<![\w./])(?P<name>[\w-]{1,60})\.(?P<end>py|js|ts|txt|pdf|docx?|xlsx?|zip|exe|png|jpe?g|gif|mp[34]|wav|html?|css|json|xml|csv|md|toml|ya?ml|epub|cpp|rs|sh|log)(?!\w)"
)
_IP = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?P<port>:\d{1,5})?(?P<path>/[\w/]{0,60})?(?!\w|\.\d)"
)
_VERSION = re.compile(r"(?<![\w.])(?P<v>v)?(?P<parts>\d{1,4}(?:\.\d{1,4}){2,4})(?!\w|\.\d)")
_SHORT_VERSION = re.compile(
    r"(?<![\w.])v(?:er)?\.? ?(?P<parts>\d{1,3}(?:\.\d{1,3}){0,3})(?!\w|\.\d)"
)
_NAMED_VERSION = re.compile(
    rf"\b(?i:{any_of(DATA['addresses']['programs'])}) "
    r"(?P<parts>\d{1,3}(?:\.\d{1,3}){1,3})(?!\w|\.\d)"
)

_TELEPHONE = re.compile(
    r"(?<![\w+.])(?:\+\d{1,3}(?:[ .-]{0,2}\(?\d{1,5}\)?(?!\d)){1,6}"
    r"|(?:1[ -])?\(\d{3}\)[ -]{0,2}\d{3}[ .-]\d{4}"
    r"|(?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}|0\d{2,4}(?:[ -]\d{2,4}){1,4}"
    r"|1-\d{3}-[A-Z]{2,10})(?:-\d{1,4})?(?![\w]|[.-]\d)"
    r"(?:(?P<ext>,? ?(?:x|ext\.?|extension) ?)(?P<more>\d{1,6})(?!\w))?"
)
_LOCAL = re.compile(r"(?<![\w.,$-])(?P<first>\d{3})-(?P<last>\d{4})(?![\w%-]|[.,]\d)")
_CALLED = re.compile(
    r"\b(?i:call|phone|tel|telephone|dial|at|on|number|text|fax|ring|reach)\b[^.]{0,20}\Z"
)
_BOOK_NUMBER = re.compile(
    r"\b(?:ISBN|ISSN|DOI|OCLC|LCCN|EAN)(?:-1[03])?:? ?(?P<figures>[\dX][\dX-]{5,20})(?!\w)"
)
_SOCIAL = re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])")
_SPELLED = re.compile(
    rf"\b(?i:{any_of(DATA['addresses']['before_codes'])})"
    r":? (?:is |in )?(?P<figures>\d{3,12})(?!\w|[.,]\d)"
)
_ZIP = re.compile(
    rf"\b(?P<state>{any_of([*DATA['states'], *DATA['states'].values()])}),? "
    r"(?P<figures>\d{5})(?P<more>-\d{4})?(?!\w|,\d)"
)
_STATE = re.compile(rf"(?<=[a-z], )(?P<state>{any_of(DATA['states'])})(?=\b(?:[,.]|$| \d{{5}}))")
_ROOM = re.compile(r"\b(?:room|flight|suite) (?P<figures>\d{3})(?!\w|[.,]\d)", re.IGNORECASE)
_DOUBLE_ZERO = re.compile(r"(?<![\w.,:-])00(?P<last>[1-9])(?!\w|[.,:]\d)")
_CODE = re.compile(r"(?<![\w.,:/-])0\d{1,15}(?!\w|[.,:/]\d| hours\b| hrs\b)")
_HOUSE = re.compile(
    rf"(?<![\w.,$-])(?P<house>\d{{3,5}}) (?:(?P<way>{any_of(DATA['compass'])})\.?(?P<gap> ))?"
    r"(?=(?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{1,20})(?: [A-Z][a-z]{1,20})? "
    rf"(?i:{any_of([*DATA['streets'], *DATA['streets'].values()])}|way)\b)"
)
_MIXED = re.compile(
    r"(?<![\w.])(?=[\w-]{0,40}\d)(?=[\w-]{0,40}[A-Za-z])[A-Za-z\d]{1,20}(?:-[A-Za-z\d]{1,20}){0,4}(?![\w])"
)
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Za-z][a-z]*|\d+|-")
_ADDRESS_PIECE = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|[a-z]+|\d+|[^\w\s]|_|\w")
_ADDRESS_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals",
    "&": "ampersand", "#": "hash", ":": "colon", "~": "tilde", "%": "percent", "@": "at",
    "+": "plus", ",": "comma",
}  # fmt: skip
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_SPELLED_ENDINGS = frozenset(DATA["addresses"]["spelled"])


def code_rules(numbers: Numbers) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    say = _Codes(numbers)
    return {
        "electronic": [
            Rule("electronic", _URL, say.read_url, ":wW"),
            Rule("electronic", _MAIL, say.read_mail, "@"),
            Rule("electronic", _SITE, say.read_url, ".:"),
            Rule("electronic", _IP, say.read_ip, "."),
            Rule("electronic", _FILE, say.read_address, "."),
            Rule("electronic", _HANDLE, say.read_handle, "@"),
            Rule("electronic", _HASHTAG, say.read_hashtag, "#"),
            Rule("sign", _SHARP, lambda match: f"{match['name']} sharp", "#"),
            Rule("sign", _NUMBER_SIGN, lambda _: "number ", "#"),
        ],
        "version": [
            Rule("version", _VERSION, say.read_version, "."),
            Rule("version", _NAMED_VERSION, say.read_named_version, "."),
            Rule("version", _SHORT_VERSION, say.read_short_version, "v"),
        ],
        "telephone": [
            Rule("code", _BOOK_NUMBER, _read_figures),
            Rule("code", _SOCIAL, lambda match: _say_groups(match.group()), "-"),
            Rule("telephone", _TELEPHONE, say.read_telephone, DIGITS),
            Rule("telephone", _LOCAL, say.read_local, "-"),
            Rule("code", _SPELLED, _read_figures, DIGITS),
            Rule("code", _ZIP, _read_zip, DIGITS),
            Rule("address", _STATE, lambda match: DATA["states"][match["state"]], ","),
            Rule("address", _HOUSE, say.read_house, DIGITS),
            Rule("code", _ROOM, say.read_room, DIGITS),
            Rule("code", _DOUBLE_ZERO, say.read_double_zero, "0"),
            Rule("code", _CODE, lambda match: say_digits(match.group()), "0"),
        ],
        "identifier": [Rule("identifier", _MIXED, say.read_mixed, DIGITS)],
    }  # fmt: skip


class _Codes:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_url(self, match: re.Match[str]) -> Said:
        written = match.group()
        kept = written.rstrip(".,;:!?)]'…—")
        if "(" in kept and written[len(kept) :].startswith(")"):
            kept += ")"
        host = re.sub(r"\A(?:https?|ftp)://", "", kept, flags=re.IGNORECASE).rstrip("/")
        if not host:
            return None
        return [Replacement(match.start(), match.start() + len(kept), self.say_address(host))]

    def read_address(self, match: re.Match[str]) -> Said:
        return self.say_address(match.group())

    read_mail = read_address

    def say_address(self, address: str) -> str:
        """Say an address piece by piece: letters, figures and the names of signs."""
        return " ".join(self._say_piece(piece) for piece in _ADDRESS_PIECE.findall(address))

    def _say_piece(self, piece: str) -> str:
        if piece.isdecimal():
            is_short = len(piece) < len("100")
            if is_short or len(piece) == len("8080"):
                return self._numbers.groups(piece)
            return say_digits(piece)
        if piece in _ADDRESS_SIGNS:
            return _ADDRESS_SIGNS[piece]
        if not piece.isalpha():
            return piece
        is_spelled = piece.lower() in _SPELLED_ENDINGS or not _VOWEL.search(piece)
        if is_spelled and len(piece) > 1:
            return ".".join(piece.upper())
        return piece.lower() if piece.isupper() and len(piece) > len("URLS") else piece

    def read_handle(self, match: re.Match[str]) -> Said:
        return f"at {self.say_address(match['name'])}"

    def read_hashtag(self, match: re.Match[str]) -> Said:
        pieces = _ADDRESS_PIECE.findall(match["name"])
        said = (
            self._numbers.cardinal(p)
            if p.isdecimal() and len(p) < len("1000")
            else self._say_piece(p)
            for p in pieces
        )
        return f"hashtag {' '.join(said)}"

    def read_ip(self, match: re.Match[str]) -> Said:
        written = match.group().partition(":")[0].partition("/")[0]
        said = " dot ".join(say_digits(part, zero="zero") for part in written.split("."))
        if match["port"]:
            said += f" colon {self._numbers.groups(match['port'][1:])}"
        if match["path"] and len(match["path"]) > 1:
            said += f" {self.say_address(match['path'])}"
        return said

    def _say_parts(self, parts: str) -> str:
        return " point ".join(
            "oh"
            if part == "0"
            else say_digits(part)
            if part[0] == "0"
            else self._numbers.cardinal(part)
            for part in parts.split(".")
        )

    def read_version(self, match: re.Match[str]) -> Said:
        return ("version " if match["v"] else "") + self._say_parts(match["parts"])

    def read_short_version(self, match: re.Match[str]) -> Said:
        return "version " + self._say_parts(match["parts"])

    def read_named_version(self, match: re.Match[str]) -> Said:
        return [Replacement(*match.span("parts"), self._say_parts(match["parts"]))]

    def read_telephone(self, match: re.Match[str]) -> Said:
        end = match.start("ext") if match["ext"] else match.end()
        written = match.string[match.start() : end]
        if sum(char.isdecimal() for char in written) < len("555000") and written[0] != "0":
            return None
        said = _say_groups(written)
        if match["ext"]:
            said += f", extension {say_digits(match['more'])}"
        return said

    def read_local(self, match: re.Match[str]) -> Said:
        first, last = match["first"], match["last"]
        is_called = _CALLED.search(look_behind(match))
        if not (
            first == "555" or last[0] == "0" or is_called or len(match.group()) == len(match.string)
        ):
            return None
        return f"{say_digits(first)}, {say_digits(last)}"

    def read_room(self, match: re.Match[str]) -> Said:
        return [Replacement(*match.span("figures"), self._numbers.groups(match["figures"]))]

    def read_double_zero(self, match: re.Match[str]) -> Said:
        return f"double oh {self._numbers.cardinal(match['last'])}"

    def read_house(self, match: re.Match[str]) -> Said:
        parts = [Replacement(*match.span("house"), self._numbers.groups(match["house"]))]
        if match["way"]:
            way = DATA["compass"][match["way"]]
            parts.append(Replacement(match.start("way"), match.start("gap"), way))
        return parts

    def read_mixed(self, match: re.Match[str]) -> Said:
        written = match.group()
        if re.fullmatch(r"\d{1,4}-[a-z]{2,20}", written) or re.fullmatch(
            r"[A-Za-z][a-z]{2,20}-\d{1,4}", written
        ):
            return [
                Replacement(
                    match.start() + part.start(),
                    match.start() + part.end(),
                    self._numbers.groups(part.group()),
                )
                for part in re.finditer(r"\d+", written)
            ]
        said = []
        for piece in _PIECE.findall(written):
            if piece == "-":
                continue
            if piece.isdecimal():
                said.append(self._numbers.groups(piece))
            else:
                said.append(
                    spell(piece)
                    if piece.isupper() or len(piece) == 1 or not _VOWEL.search(piece)
                    else piece
                )
        return " ".join(said)


def spell(letters: str) -> str:
    """Return `letters` as the pronunciation package spells them out."""
    return ".".join(letters.upper())


def _say_groups(written: str) -> str:
    """Say figures digit by digit, group by group."""
    plus = "plus " if written.startswith("+") else ""
    groups = re.findall(r"\d+|[A-Z]+", written)
    said = []
    for place, group in enumerate(groups, 1):
        if not group.isdecimal():
            said.append(group.capitalize())
        elif (
            place < len(groups)
            and group.strip("0")
            and group.endswith("00")
            and len(group) > len("99")
        ):
            hundreds = group[:-2]
            said.append(f"{say_digits(hundreds)} hundred")
        else:
            said.append(say_digits(group))
    return plus + ", ".join(said)


def _read_figures(match: re.Match[str]) -> Said:
    figures = match["figures"]
    said = ", ".join(
        " ".join("X" if char == "X" else say_digits(char) for char in part)
        for part in figures.split("-")
        if part
    )
    return [Replacement(*match.span("figures"), said)]


def _read_zip(match: re.Match[str]) -> Said:
    state = DATA["states"].get(match["state"], match["state"])
    end = match.end()
    said = say_digits(match["figures"], zero="zero")
    if match["more"]:
        said += f", {say_digits(match['more'])}"
    parts = [Replacement(match.start("figures"), end, said)]
    if state != match["state"]:
        parts.insert(0, Replacement(*match.span("state"), state))
    return parts

"""Addresses of the net, files, handles and hashtags, as English says them."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_digits,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

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
_ADDRESS_PIECE = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|[a-z]+|\d+|[^\w\s]|_|\w")
_ADDRESS_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals",
    "&": "ampersand", "#": "hash", ":": "colon", "~": "tilde", "%": "percent", "@": "at",
    "+": "plus", ",": "comma",
}  # fmt: skip
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_SPELLED_ENDINGS = frozenset(DATA["addresses"]["spelled"])


def electronic_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for addresses of the net and their like."""
    say = _Electronic(numbers)
    return [
        Rule("electronic", _URL, say.read_url, ":wW"),
        Rule("electronic", _MAIL, say.read_address, "@"),
        Rule("electronic", _SITE, say.read_url, ".:"),
        Rule("electronic", _IP, say.read_ip, "."),
        Rule("electronic", _FILE, say.read_address, "."),
        Rule("electronic", _HANDLE, say.read_handle, "@"),
        Rule("electronic", _HASHTAG, say.read_hashtag, "#"),
        Rule("sign", _SHARP, lambda match: f"{match['name']} sharp", "#"),
        Rule("sign", _NUMBER_SIGN, lambda _: "number ", "#"),
    ]


class _Electronic:
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

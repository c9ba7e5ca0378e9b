"""Streets, houses, states and postcodes, as English says them."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    ends_sentence,
    leave_stop,
    look_ahead,
    look_behind,
    may_end_sentence,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_digits,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_DOCTOR = re.compile(r"\b(?P<short>Dr|St)(?P<stop>\.)?(?!\w|'s\b)")
_STREETS: dict[str, str] = {
    short: word for short, word in DATA["streets"].items() if short not in {"Dr", "St"}
}
_STREET = re.compile(rf"(?<=[a-z\d]) (?P<short>{any_of(_STREETS)})\b(?P<stop>\.)?(?!\w)")
_BEFORE_STREET = re.compile(r"(?:[A-Z][\w'-]{1,30}|\d{1,3}(?:st|nd|rd|th))\Z")
_ADDRESS_BEFORE = re.compile(
    r"(?:\d[\w ]{1,30}|\b(?:on|at|down|along|up|off) [A-Z][\w' -]{1,30})\Z"
)
_NOT_STREETS = frozenset(DATA["grammar"]["not_streets"])
_COMPASS = re.compile(r"(?<=\d )(?P<way>[NSEW])\.?(?= (?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]))")
_PART_OF_LAND = re.compile(
    r"(?<![\w.])(?P<way>[NSEW])\."
    rf"(?= (?:{any_of(DATA['addresses']['lands'])}|\d{{1,3}}(?:st|nd|rd|th))\b)"
)
_DIRECTION = re.compile(rf"(?<= )(?P<way>{any_of(DATA['compass'])})(?P<stop>\.?)(?!\w)")
_BEFORE_DIRECTION = re.compile(
    r"(?:\d ?(?:mi|km|m|ft|mph|kn|knots|miles?|kilomet(?:er|re)s|yards)\.?"
    r"|\b(?:I|US|SR|NY|CA)[- ]\d{1,3}"
    rf"|[A-Z0-9]\w{{1,20}} (?:{any_of([*DATA['streets'], *DATA['streets'].values()])})\.?,?) \Z"
)
_STATE_SHORT = re.compile(rf"(?<=[a-z], )(?P<state>{any_of(DATA['states_short'])})\.(?!\w)")
_ZIP = re.compile(
    rf"\b(?P<state>{any_of([*DATA['states'], *DATA['states'].values()])}),? "
    r"(?P<figures>\d{5})(?P<more>-\d{4})?(?!\w|,\d)"
)
_STATE = re.compile(rf"(?<=[a-z], )(?P<state>{any_of(DATA['states'])})(?=\b(?:[,.]|$| \d{{5}}))")
_HOUSE = re.compile(
    rf"(?<![\w.,$-])(?P<house>\d{{3,5}}) (?:(?P<way>{any_of(DATA['compass'])})\.?(?P<gap> ))?"
    r"(?=(?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{1,20})(?: [A-Z][a-z]{1,20})? "
    rf"(?i:{any_of([*DATA['streets'], *DATA['streets'].values()])}|way)\b)"
)


def house_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for the figures of an address."""
    return [
        Rule("code", _ZIP, _read_zip, DIGITS),
        Rule("address", _STATE, lambda match: DATA["states"][match["state"]], ","),
        Rule("address", _STATE_SHORT, _read_state_short, ","),
        Rule("address", _HOUSE, _Houses(numbers).read_house, DIGITS),
    ]


def street_rules() -> list[Rule]:
    """Return the rules for the names of streets; Dr. and St. are titles, too."""
    return [
        Rule("abbreviation", _DOCTOR, _read_doctor, "DS"),
        Rule("address", _STREET, _read_street),
        Rule("address", _DIRECTION, _read_direction, "NSEW"),
        Rule("address", _PART_OF_LAND, lambda match: DATA["compass"][match["way"]], "."),
        Rule("address", _COMPASS, lambda match: DATA["compass"][match["way"]], "NSEW"),
    ]


class _Houses:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_house(self, match: re.Match[str]) -> Said:
        parts = [Replacement(*match.span("house"), self._numbers.groups(match["house"]))]
        if match["way"]:
            way = DATA["compass"][match["way"]]
            parts.append(Replacement(match.start("way"), match.start("gap"), way))
        return parts


def _read_state_short(match: re.Match[str]) -> Said:
    word = DATA["states_short"][match["state"]]
    return leave_stop(match, word, ends=ends_sentence(match))


def _read_direction(match: re.Match[str]) -> Said:
    """Read a point of the compass behind a distance, a road or a street."""
    is_of = len(match["way"]) > 1 and look_ahead(match).startswith(" of ")
    if not (is_of or _BEFORE_DIRECTION.search(look_behind(match))):
        return None
    return [Replacement(*match.span("way"), str(DATA["compass"][match["way"]]).lower())]


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
        word = {"Dr": "Drive", "St": "Street"}[short]
        return leave_stop(match, word, ends=may_end_sentence(match))
    if short == "St":
        return "Saint" if follows_name else None
    return "Doctor" if stop or follows_name else None


def _read_street(match: re.Match[str]) -> Said:
    before = look_behind(match).rsplit(" ", 1)[-1]
    if not _BEFORE_STREET.fullmatch(before):
        return None
    if match["short"] in {"Ct", "Pl", "Sq", "Ter", "Av", "Ln"} and not match["stop"]:
        return None
    end = match.end() - bool(match["stop"] and may_end_sentence(match))
    return [Replacement(match.start("short"), end, _STREETS[match["short"]])]

"""English words that are written alike and said in several ways: which one a sentence means.

The tagger's part of speech decides, unless a rule of ``tables/heteronyms.toml`` knows better from
the words around. What is decided is a key of the lexicon's entry: a Penn tag, ``NOUN`` or
``VERB``, or the name of a sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.pronunciation.reading.word_tables import load_table

NEAR_WORDS = 10
"""How far to both sides a rule looks for the words that tell a sense."""
CLAUSE_WORDS = 30
"""How far it looks for the other words of a clause; a line without an end costs no more."""

SHORTEST_PLURAL = 4
"""Letters: "is" is no plural."""

Lexicon = dict[str, Any]
"""misaki's: a word's sounds, or its sounds by part of speech."""

_DATA = load_table("heteronyms")
_PARTS_OF_SPEECH = frozenset(["NOUN", "VERB", "ADJ", "ADV", "VBD", "VBN", "VBP"])
_PLACES = {"prev": -1, "prev2": -2, "next": 1, "next2": 2}
_CLAUSE_MARKS = frozenset('.;:!?…—–"“”()[]')
_CLAUSE_WORDS = frozenset(["because", "if", "while", "although", "but", "that", "since"])
_VERBS = frozenset(["VB", "MD"])
_FINITE = frozenset(["VBD", "VBZ", "VBP", "MD"])
_PLURAL = frozenset(["NNS", "NNPS", "and", "we", "they", "you", "i"])
_EDGES = frozenset("^$")


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """A word of the sentence, and the part of speech that the tagger gave it."""

    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class _Rule:
    reading: str
    tags: frozenset[str]
    """Tags that it corrects; empty for any."""
    has: frozenset[str]
    """Keys that the word's entry must have."""
    lacks: frozenset[str]
    """Keys that it must not have."""
    but: frozenset[str]
    """Words that it is not meant for."""
    conditions: tuple[tuple[str, frozenset[str], bool], ...]
    """Where to look, for what, and whether it is to be there."""
    alone: str
    """The word would be the only verb of its clause, for a ``plural`` or ``singular`` subject."""


class Heteronyms:
    """The words of one lexicon that have several readings, and the rules that choose."""

    def __init__(self, golds: Lexicon, silvers: Lexicon, *, british: bool) -> None:
        """Add to `golds` the readings that it lacks."""
        _add_readings(golds, silvers, british=british)
        self._entries = {
            word: frozenset(entry)
            for word, entry in golds.items()
            if isinstance(entry, dict)
            and any(
                sound and sound != entry["DEFAULT"]
                for key, sound in entry.items()
                if key in _PARTS_OF_SPEECH
            )
        }
        self._general: list[_Rule] = []
        self._own: dict[str, list[_Rule]] = {}
        for row in _DATA["rules"]:
            rule = _read_rule(row)
            if "words" not in row:
                self._general.append(rule)
            for word in row.get("words", ()):
                self._own.setdefault(word, []).append(rule)

    def find(self, words: Sequence[TaggedWord]) -> dict[int, str]:
        """Return the key of the lexicon for each of `words` that the tagger alone would miss."""
        chosen: dict[int, str] = {}
        sentence: _Sentence | None = None
        for index, word in enumerate(words):
            lower = word.text.lower()
            own = self._own.get(word.text) or self._own.get(lower) or []
            keys = self._entries.get(lower, frozenset())
            if not own and not keys:
                continue
            sentence = sentence or _Sentence(words)
            tag = sentence.tags[index]
            if tag != word.tag:
                chosen[index] = tag
            for rule in (*own, *(self._general if keys else [])):
                if (
                    (not rule.tags or tag in rule.tags)
                    and lower not in rule.but
                    and rule.has <= keys
                    and rule.lacks.isdisjoint(keys)
                    and sentence.fits(rule, index)
                ):
                    chosen[index] = rule.reading
                    break
        return chosen


class _Sentence:
    """What can be asked about the neighbours of a word."""

    def __init__(self, words: Sequence[TaggedWord]) -> None:
        self.tags = [word.tag for word in words]
        """The tagger's, without the verbs that no sentence can have there."""
        self._traits = [_find_traits(word.text, word.tag) for word in words]
        for index, word in enumerate(words):
            if word.tag == "VBZ" and self._must_be_plural(index):
                self.tags[index] = "NNS"
                self._traits[index] = _find_traits(word.text, "NNS")

    def _must_be_plural(self, index: int) -> bool:
        before = self._look("prev", index)
        if "^" in before and self._traits[index].isdisjoint(_DATA["lists"]["auxiliary"]):
            return not self._look("next", index).isdisjoint(["NN*", "VB*", "JJ", "IN"])
        return not before.isdisjoint(_DATA["lists"]["plural"])

    def fits(self, rule: _Rule, index: int) -> bool:
        return all(
            self._look(place, index).isdisjoint(wanted) != is_there
            for place, wanted, is_there in rule.conditions
        ) and (not rule.alone or self._stands_alone(index, rule.alone))

    def _look(self, place: str, index: int) -> frozenset[str]:
        traits = self._traits
        if place in _PLACES:
            at = index + _PLACES[place]
            return traits[at] if 0 <= at < len(traits) else _EDGES
        if place == "near":
            around = (
                *traits[max(0, index - NEAR_WORDS) : index],
                *traits[index + 1 : index + 1 + NEAR_WORDS],
            )
            return frozenset().union(*around)
        if place == "opening":
            return traits[self._find_opening(index)]
        is_verb = place == "last_verb"
        for at in range(index - 1, max(-1, index - CLAUSE_WORDS), -1):
            kind = self.tags[at][:2]
            if (kind in _VERBS or "^" in traits[at]) if is_verb else kind != "RB":
                return traits[at]
        return _EDGES

    def _find_opening(self, index: int) -> int:
        """Return the word that opens the clause: because, when, or its first."""
        for at in range(index - 1, max(-1, index - CLAUSE_WORDS), -1):
            if self._ends_clause(at):
                return at if self._traits[at].isdisjoint(_CLAUSE_MARKS) else at + 1
        return max(0, index - CLAUSE_WORDS)

    def _stands_alone(self, index: int, number: str) -> bool:
        """Say whether the clause has no verb but this, and a subject of that number before."""
        subjects: set[str] = set()
        is_near = True
        for at in range(index - 1, max(-1, index - CLAUSE_WORDS), -1):
            if self._ends_clause(at):
                break
            if self.tags[at] in _FINITE:
                return False
            is_near = is_near and "," not in self._traits[at]
            subjects |= self._traits[at] if is_near else set()
        for at in range(index + 1, min(len(self.tags), index + CLAUSE_WORDS)):
            if self._ends_clause(at) or "," in self._traits[at]:
                break
            if self.tags[at] in _FINITE:
                return False
        return bool(subjects) and subjects.isdisjoint(_PLURAL) == (number == "singular")

    def _ends_clause(self, at: int) -> bool:
        return self.tags[at][:1] == "W" or not self._traits[at].isdisjoint(
            _CLAUSE_MARKS | _CLAUSE_WORDS
        )


def _find_traits(word: str, tag: str) -> frozenset[str]:
    text = word.lower().replace("’", "'")
    traits = {text, tag, f"{tag[:2]}*"}
    if len(text) >= SHORTEST_PLURAL and text.endswith("s"):
        traits.update([text[:-1], text.removesuffix("es")])
    if text in _CLAUSE_MARKS:
        traits |= _EDGES
    return frozenset(traits)


def _read_rule(row: Mapping[str, Any]) -> _Rule:
    conditions = []
    for name, wanted in row.items():
        place = name.removeprefix("not_")
        if place in _PLACES or place in {"before", "near", "last_verb", "opening"}:
            conditions.append((place, frozenset(_spread(wanted)), not name.startswith("not_")))
    return _Rule(
        row["reading"],
        frozenset(row.get("tags", ())),
        frozenset(row.get("has", ())),
        frozenset(row.get("lacks", ())),
        frozenset(row.get("not_word", ())),
        tuple(conditions),
        row.get("alone", ""),
    )


def _spread(wanted: Sequence[str]) -> Iterator[str]:
    for one in wanted:
        if one.startswith("@"):
            yield from _spread(_DATA["lists"][one[1:]])
        else:
            yield one


def _add_readings(golds: Lexicon, silvers: Lexicon, *, british: bool) -> None:
    for word, readings in _DATA["readings"].items():
        known = golds.get(word, silvers.get(word))
        entry = dict(known) if isinstance(known, dict) else {"DEFAULT": known}
        entry.update((key, both[british]) for key, both in readings.items())
        capital = word.capitalize()
        if golds.get(capital) == golds.get(word):
            golds[capital] = entry
        golds[word] = entry

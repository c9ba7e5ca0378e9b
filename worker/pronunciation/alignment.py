"""Tells which sounds of a line belong to which of its words.

A package that reads a whole line says how it sounds, not where in it each word is heard: a word may
be spelled in several sounds, have none, or run into the next one. How each word sounds alone tells
them apart. Words that cannot be told apart stay together, so that no word gets another one's time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from jobs.text.characters import has_meaning, has_sound

_SOUND = re.compile(r"\S+\s*")
_FOLDED = str.maketrans("βðɣzŋmɪyjeɛʊwoɔæ", "bdɡsnniiiiiuuuua", "ˈˌː\u0303")
"""What neighbours change: stress, length, nasals, voice at the end, vowels without stress."""

_MOST_WEIGHED = 100
"""Words; no sentence has as many, and the work grows faster than they do."""
_MARGIN = 2
"""Words before and after unlike ones that are weighed with them."""
_MOST_JOINED = 3
"""Words that may share a sound."""
_MOST_ADDED = 5
"""Sounds that a word may have in a line above those that it has alone."""
_UNLIKE = 5.0
"""Phonemes that differ from which on a word is another one, and more of them do not count."""
_SURE_SHARE = 0.6
"""A word of which more than this share differs is not recognised."""
_JOINT = 2.0
"""Cost of each word that shares a sound with the one before, in phonemes that differ."""
_MISCOUNT = 1.0
"""Cost of each sound above or below those that a word has alone."""
_DRIFT = 6
"""Sounds by which the line may run ahead of its words, above what their numbers differ by."""


@dataclass(frozen=True, slots=True)
class WordGroup:
    """Words of a line that are next to each other, and the sounds that they have together."""

    words: int
    """How many; at least 1."""
    sounds: int
    """How many; 0 for what is silent."""


def align_words(alone: Sequence[Sequence[str]], heard: Sequence[str]) -> list[WordGroup]:
    """Return which of `heard` belong to which word; the groups tile words and sounds in order.

    Args:
        alone: The sounds of each word when it is read by itself; at least one word.
        heard: The sounds of the line, in order.
    """
    alike = _count_alike(alone, heard)
    if alike == len(alone):
        return [WordGroup(1, len(sounds)) for sounds in alone]
    # Words next to the unlike ones may be part of what is unlike.
    before, alone = alone[: max(0, alike - _MARGIN)], alone[max(0, alike - _MARGIN) :]
    heard = heard[sum(map(len, before)) :]
    alike = _count_alike([sounds[::-1] for sounds in alone[::-1]], heard[::-1])
    end = len(alone) - max(0, alike - _MARGIN)
    alone, after = alone[:end], alone[end:]
    heard = heard[: len(heard) - sum(map(len, after))]
    groups: Iterable[WordGroup] = [WordGroup(len(alone), len(heard))]
    if len(alone) <= _MOST_WEIGHED:
        groups = _join_unsure(_find_cheapest(alone, heard), alone, heard)
    return [
        *(WordGroup(1, len(sounds)) for sounds in before),
        *groups,
        *(WordGroup(1, len(sounds)) for sounds in after),
    ]


def share_sounds(
    written: Sequence[str], alone: Sequence[Sequence[str]], phonemes: str
) -> Iterator[tuple[str, str]]:
    """Yield each word of a line with its sounds, spaces between them included.

    Args:
        written: The words with the spaces after them.
        alone: The sounds of each when it is read by itself.
        phonemes: Of the whole line; a space parts one sound from the next.
    """
    heard = _SOUND.findall(phonemes)
    at = place = 0
    for group in align_words(alone, [sound.rstrip() for sound in heard]):
        words, sounds = written[at : at + group.words], heard[place : place + group.sounds]
        at, place = at + group.words, place + group.sounds
        yield "".join(words), "".join(sounds)


def join_silent(pieces: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Put what has a meaning but no sound of its own to the piece before, else to the next.

    It is heard in its neighbour, as in 人々; alone it would pass for something unspoken.
    """
    held: tuple[str, str] | None = None
    for text, sound in pieces:
        if held and (_is_lost(text, sound) or _is_lost(*held)):
            held = held[0] + text, held[1] + sound
            continue
        if held:
            yield held
        held = text, sound
    if held:
        yield held


def _is_lost(text: str, sound: str) -> bool:
    if has_sound(sound) or sound.isspace():
        return False
    return bool(sound) or any(map(has_meaning, text))


def _count_alike(alone: Sequence[Sequence[str]], heard: Sequence[str]) -> int:
    """Return how many words from the first on sound as alone; all only if no sound is left."""
    place = 0
    for at, sounds in enumerate(alone):
        end = place + len(sounds)
        if end > len(heard) or not all(map(_are_alike, sounds, heard[place:end])):
            return at
        place = end
    return len(alone) if place == len(heard) else len(alone) - 1


def _are_alike(alone: str, heard: str) -> bool:
    """Say whether two sounds are so surely one word that no other way need be weighed."""
    one, other = _fold(alone), _fold(heard)
    return one[:2] == other[:2] if min(len(one), len(other)) > 1 else one[:1] == other[:1]


@lru_cache(maxsize=1 << 14)
def _fold(sound: str) -> str:
    return sound.translate(_FOLDED)


def _find_cheapest(alone: Sequence[Sequence[str]], heard: Sequence[str]) -> list[WordGroup]:
    """Weigh all ways to share out the sounds, and take the one with the fewest differences."""
    spelled = [_join(sounds) for sounds in alone]
    folded = [_fold(sound) for sound in heard]
    expected = list(accumulate(map(len, alone), initial=0))
    room = abs(expected[-1] - len(heard)) + _DRIFT
    best: list[dict[int, tuple[float, WordGroup]]] = [{} for _ in expected]
    best[0][0] = 0.0, WordGroup(0, 0)
    for at in range(len(alone)):
        for place, (cost, _) in best[at].items():
            for group in _list_groups(alone, at, len(heard) - place):
                words_end, sounds_end = at + group.words, place + group.sounds
                if abs(sounds_end - expected[words_end]) > room:
                    continue
                total = cost + _weigh(
                    "".join(spelled[at:words_end]),
                    "".join(folded[place:sounds_end]),
                    joints=group.words - 1,
                    lost=expected[words_end] - expected[at] - group.sounds,
                )
                if sounds_end not in best[words_end] or total < best[words_end][sounds_end][0]:
                    best[words_end][sounds_end] = total, group
    at, place = len(alone), len(heard)
    groups: list[WordGroup] = []
    while at:
        # Where not even this is enough room, the rest cannot be told apart.
        group = best[at][place][1] if place in best[at] else WordGroup(at, place)
        groups.append(group)
        at, place = at - group.words, place - group.sounds
    return groups[::-1]


def _list_groups(alone: Sequence[Sequence[str]], at: int, left: int) -> Iterator[WordGroup]:
    """Yield what may become of the words from `at` on, with `left` sounds left."""
    for sounds in range(min(len(alone[at]) + _MOST_ADDED, left) + 1):
        yield WordGroup(1, sounds)
    for words in range(2, min(_MOST_JOINED, len(alone) - at) + 1):
        if left and alone[at] and alone[at + words - 1]:
            yield WordGroup(words, 1)


def _weigh(alone: str, heard: str, *, joints: int, lost: int) -> float:
    is_far = abs(len(alone) - len(heard)) >= _UNLIKE
    difference = _UNLIKE if is_far else min(_distance(alone, heard), _UNLIKE)
    return difference + joints * _JOINT + abs(abs(lost) - joints) * _MISCOUNT


def _is_unlike(alone: str, heard: str) -> bool:
    most = max(len(alone), len(heard)) * _SURE_SHARE
    return abs(len(alone) - len(heard)) > most or _distance(alone, heard) > most


def _join(sounds: Iterable[str]) -> str:
    return "".join(map(_fold, sounds))


@lru_cache(maxsize=1 << 14)
def _distance(one: str, other: str) -> int:
    """Return how many phonemes have to be changed, added or left out."""
    if one == other:
        return 0
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        diagonal, row[0] = row[0], at
        for place, against in enumerate(other, 1):
            diagonal, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, diagonal + (char != against)),
            )
    return row[-1]


def _join_unsure(
    groups: Sequence[WordGroup], alone: Sequence[Sequence[str]], heard: Sequence[str]
) -> Iterator[WordGroup]:
    """Join neighbours that both sound otherwise than expected: where they part is a guess.

    That holds only if one of them also has another number of sounds than expected.
    """
    at = place = 0
    last: WordGroup | None = None
    last_doubts = (False, False)
    for group in groups:
        expected = [sound for sounds in alone[at : at + group.words] for sound in sounds]
        sounds = heard[place : place + group.sounds]
        at, place = at + group.words, place + group.sounds
        doubts = (_is_unlike(_join(expected), _join(sounds)), len(expected) != group.sounds)
        if last and last_doubts[0] and doubts[0] and (last_doubts[1] or doubts[1]):
            last = WordGroup(last.words + group.words, last.sounds + group.sounds)
            last_doubts = (True, True)
            continue
        if last:
            yield last
        last, last_doubts = group, doubts
    if last:
        yield last

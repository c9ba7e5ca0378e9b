"""Which passages of a chapter a role speaks, without guessing who says what.

A role speaks what a play gives to its name. These names are roles of every book: ``title``, a
chapter's headings; ``quotation``, paragraphs in a block quotation; ``footnote``, the notes, which
are spoken in no other voice; ``dialogue``, what stands in quotation marks or after dialogue's
dashes; and ``narrator``, all that nobody else speaks.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from operator import itemgetter

from jobs.text.markup import BARE_PAUSE
from jobs.text.roles import Role
from jobs.voices import VOICES
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Book, Chapter, choose_chapters
from scripts.audiobook.plan.dialogue import Span, find_dialogue, find_paragraphs
from scripts.audiobook.plan.speeches import find_names, find_speeches

NARRATOR, TITLE, DIALOGUE = "narrator", "title", "dialogue"
QUOTATION, FOOTNOTE = "quotation", "footnote"
SHARED_ROLES = (NARRATOR, TITLE, DIALOGUE, QUOTATION, FOOTNOTE)
_FIRST = (TITLE, FOOTNOTE, QUOTATION)
"""Who speaks where several would begin, in order."""
MAX_HEADINGS = 4
"""More paragraphs before a pause are no headings."""
MAX_PROPOSED = 60
"""Speakers of a play that a plan names; who says less is left to the narrator."""


@dataclass(frozen=True, slots=True)
class RolePassage:
    """A stretch of a chapter that a role speaks."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class ProposedRole:
    """A role for the user to edit."""

    name: str
    voice: str
    words: int
    passages: int


def find_passages(
    text: str,
    roles: Collection[str],
    language: str,
    cast: Sequence[str] = (),
    heading_pause: str = HEADING_PAUSE,
) -> list[RolePassage]:
    """Return the passages of `roles` in order, none overlapping another.

    Args:
        text: A chapter's.
        roles: Their names.
        language: One of Kokoro's letters.
        cast: Of each paragraph `QUOTATION`, `FOOTNOTE` or nothing, as far as known.
        heading_pause: The paragraph that parts headings from the text below them.
    """
    found: list[RolePassage] = []
    names = {role.casefold(): role for role in roles if role not in SHARED_ROLES}
    for speech in find_speeches(text, names) if names else ():
        role = names[speech.name.casefold()]
        found += [RolePassage(start, end, role) for start, end in speech.spans]
    speeches = [passage.start for passage in found]
    if DIALOGUE in roles and not found:  # in a play the names tell who speaks
        found = [RolePassage(*span, DIALOGUE) for span in find_dialogue(text, language)]
    found += _find_asides(text, roles, cast, speeches)
    if TITLE in roles:
        found += [RolePassage(*span, TITLE) for span in _find_headings(text, heading_pause)]
    apart: list[RolePassage] = []
    for passage in sorted(found, key=_by_start):
        if not apart or apart[-1].end <= passage.start:
            apart.append(passage)
    return apart


def cast_chapter(chapter: Chapter, roles: Collection[str]) -> tuple[Chapter, tuple[str, ...]]:
    """Return a chapter and who speaks each paragraph: `QUOTATION`, `FOOTNOTE` or nothing.

    Where `FOOTNOTE` is one of `roles`, the chapter has its notes at its end.
    """
    cast = [QUOTATION if each else "" for each in chapter.quoted]
    if FOOTNOTE not in roles or not chapter.footnotes:
        return chapter, tuple(cast)
    count = chapter.text.count("\n\n") + 1
    cast += [""] * (1 + count - len(cast)) + [FOOTNOTE] * len(chapter.footnotes)
    notes = [each.text for each in chapter.footnotes]
    text = "\n\n".join([chapter.text, SCENE_BREAK, *notes])
    places = (*chapter.places, -1, *(each.place for each in chapter.footnotes))
    return replace(chapter, text=text, places=places), tuple(cast)


def propose_roles(book: Book, voice: str, language: str) -> list[ProposedRole]:
    """Return who speaks in a book: the names of a play, or narrator and dialogue; else nobody.

    In a play each has a voice of the language, in turn. In prose both have that of the narrator,
    so that nothing changes before the user has chosen another one.
    """
    chapters = [cast_chapter(chapter, SHARED_ROLES) for chapter in choose_chapters(book)]
    whole = "\n\n".join(chapter.text for chapter, _ in chapters)
    names = [name for name, _ in find_names(whole).most_common(MAX_PROPOSED)]
    stretches: dict[str, list[str]] = {
        name: [] for name in [*(names or [DIALOGUE]), QUOTATION, FOOTNOTE]
    }
    for chapter, cast in chapters:
        for passage in find_passages(chapter.text, stretches, language, cast):
            stretches[passage.role].append(chapter.text[passage.start : passage.end])
    if not any(stretches.values()):
        return []
    others = [name for name in _voices_for(language) if name != voice] or [voice]
    proposed = [
        ProposedRole(
            name,
            others[at % len(others)] if name in names else voice,
            _count_words(" ".join(said)),
            len(said),
        )
        for at, (name, said) in enumerate(stretches.items())
        if said
    ]
    rest = _count_words(whole) - sum(role.words for role in proposed)
    return [ProposedRole(NARRATOR, voice, max(0, rest), 0), *proposed]


def settle_roles(
    roles: Mapping[str, Role], voice: str, speed: float
) -> tuple[tuple[str, Role], ...]:
    """Return the roles without those of every book that speak as the narrator does."""
    return tuple(
        (name, role)
        for name, role in roles.items()
        if name not in SHARED_ROLES
        or (name != NARRATOR and (role.voice, role.speed or speed) != (voice, speed))
    )


def _by_start(passage: RolePassage) -> tuple[int, int]:
    rank = _FIRST.index(passage.role) if passage.role in _FIRST else len(_FIRST)
    return passage.start, rank


def _find_asides(
    text: str, roles: Collection[str], cast: Sequence[str], speeches: Sequence[int]
) -> Iterator[RolePassage]:
    """Yield the runs of paragraphs of `QUOTATION` and `FOOTNOTE` where no speech of a play is."""
    at = 0
    for role, run in groupby(zip(cast, text.split("\n\n"), strict=False), itemgetter(0)):
        end = at + sum(len(paragraph) + 2 for _, paragraph in run)
        is_speech = bisect_left(speeches, at) < bisect_left(speeches, end)
        if role in roles and not is_speech:
            yield RolePassage(at, end - 2, role)
        at = end


def _find_headings(text: str, heading_pause: str) -> Iterator[Span]:
    """Yield the headings that a pause follows, with it: all at the start, later the last one."""
    paragraphs = list(find_paragraphs(text))
    is_first = True
    for at, (start, end) in enumerate(paragraphs):
        if at and text[start:end] == heading_pause:
            is_start = is_first and at <= MAX_HEADINGS
            yield paragraphs[0 if is_start else at - 1][0], end
            is_first = False


def _voices_for(language: str) -> Iterator[str]:
    """Yield the voices of a language, women and men in turn; of English both kinds."""
    letters = {"a": "ab", "b": "ba"}.get(language, language)
    for letter in letters:
        women, men = (
            [name for name in VOICES if name.startswith(letter + gender)] for gender in "fm"
        )
        for pair in zip_longest(women, men):
            yield from filter(None, pair)


def _count_words(text: str) -> int:
    """Return how many words `text` has; of Chinese and Japanese the characters."""
    text = BARE_PAUSE.sub("", text)
    wide = sum(char >= "\u3000" and char.isalnum() for char in text)
    return wide or sum(any(map(str.isalnum, word)) for word in text.split())

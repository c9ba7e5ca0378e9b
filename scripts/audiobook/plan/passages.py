"""Which passages of a chapter a role speaks, without guessing who says what.

A role speaks what a play gives to its name. These names are roles of every book: ``title``, a
chapter's headings; ``dialogue``, what stands in quotation marks or after dialogue's dashes; and
``narrator``, all that nobody else speaks.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from jobs.text.roles import Role
from jobs.voices import VOICES
from scripts.audiobook.book import HEADING_PAUSE, Book, choose_chapters
from scripts.audiobook.plan.dialogue import Span, find_dialogue, find_paragraphs
from scripts.audiobook.plan.speeches import find_names, find_speeches

NARRATOR, TITLE, DIALOGUE = "narrator", "title", "dialogue"
SHARED_ROLES = (NARRATOR, TITLE, DIALOGUE)
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
    text: str, roles: Collection[str], language: str, heading_pause: str = HEADING_PAUSE
) -> list[RolePassage]:
    """Return the passages of `roles` in order, none overlapping another.

    Args:
        text: A chapter's.
        roles: Their names.
        language: One of Kokoro's letters.
        heading_pause: The paragraph that parts headings from the text below them.
    """
    found: list[RolePassage] = []
    names = {role.casefold(): role for role in roles if role not in SHARED_ROLES}
    for speech in find_speeches(text, names) if names else ():
        role = names[speech.name.casefold()]
        found += [RolePassage(start, end, role) for start, end in speech.spans]
    if DIALOGUE in roles and not found:  # in a play the names tell who speaks
        found = [RolePassage(*span, DIALOGUE) for span in find_dialogue(text, language)]
    if TITLE in roles:
        found += [RolePassage(*span, TITLE) for span in _find_headings(text, heading_pause)]
    apart: list[RolePassage] = []
    for passage in sorted(found, key=lambda each: (each.start, each.role != TITLE)):
        if not apart or apart[-1].end <= passage.start:
            apart.append(passage)
    return apart


def propose_roles(book: Book, voice: str, language: str) -> list[ProposedRole]:
    """Return who speaks in a book: the names of a play, or narrator and dialogue; else nobody.

    In a play each has a voice of the language, in turn. In prose both have that of the narrator,
    so that nothing changes before the user has chosen another one.
    """
    texts = [chapter.text for chapter in choose_chapters(book)]
    whole = "\n\n".join(texts)
    names = [name for name, _ in find_names(whole).most_common(MAX_PROPOSED)]
    stretches: dict[str, list[str]] = {name: [] for name in names or [DIALOGUE]}
    for text in texts:
        for passage in find_passages(text, stretches, language):
            stretches[passage.role].append(text[passage.start : passage.end])
    if not any(stretches.values()):
        return []
    others = [name for name in _voices_for(language) if name != voice] or [voice]
    proposed = [
        ProposedRole(
            name,
            others[at % len(others)] if names else voice,
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
    wide = sum(char >= "\u3000" and char.isalnum() for char in text)
    return wide or sum(any(map(str.isalnum, word)) for word in text.split())

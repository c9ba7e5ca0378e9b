"""Laws of cutting: nothing is lost, parts are bounded, and an edit moves nothing far away."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.request import SpeechRequest
from scripts.audiobook.plan.parts import MAX_CHARACTERS
from tests.scripts.audiobook.plan.test_parts import cut

MAX_REDONE = 4
"""A cut moves within the reach of an edit: one before it, one at it, one after it."""

TAGS = st.sampled_from(["[voice:am_adam]", "[voice:default]", "[speed:1.2]", "[lang:fr]"])
PIECES = st.one_of(
    TAGS,
    st.sampled_from(["[pause:2s]", "* * *", "\n\n", "\n", " ", "“", "—", "[", "字字字。"]),
    st.text(alphabet="ab .,!?\n\u00e9\u5b57[]:", max_size=60),
    st.integers(1, 40).map(lambda count: "Some words stand here. " * count),
)


def make_paragraphs(seed: int) -> list[str]:
    """Return a long chapter's paragraphs, of all lengths, no two alike."""
    chance = random.Random(seed)
    return [
        f"Paragraph {number} of {seed}. "
        + "and so on, " * min(300, int(chance.lognormvariate(3.0, 1.0)))
        + "to the end."
        for number in range(chance.randint(150, 250))
    ]


def letters(text: str) -> str:
    """Return what of a text is spoken: letters and digits, tags and pauses left out."""
    text = re.sub(r"\[(voice|speed|lang):[^\[\]\s]+\]|\[pause:2s\]", "", text)
    return "".join(char for char in text if char.isalnum())


@settings(deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_no_letter_is_lost_and_no_part_is_too_long(text: str):
    """Joined, the parts hold every letter of the chapter in order; each one can be a request."""
    parts = cut(text)

    assert "".join(letters(part.request.text) for part in parts) == letters(text)
    for part in parts:
        assert len(part.request.text) <= MAX_CHARACTERS
        assert part.request.text == part.request.text.strip()
        assert part.pause_seconds >= 0
        assert SpeechRequest.from_json(part.request.model_dump_json()) == part.request


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.data())
def test_an_edited_paragraph_redoes_only_the_parts_around_it(seed: int, data: st.DataObject):
    """Whatever a paragraph becomes, all parts but a few keep their name."""
    paragraphs = make_paragraphs(seed)
    at = data.draw(st.integers(0, len(paragraphs) - 1))
    edit = data.draw(st.sampled_from(["replace", "insert", "remove"]))
    before = {part.request.job_id for part in cut("\n\n".join(paragraphs))}
    if edit == "remove":
        del paragraphs[at]
    else:
        paragraphs[at : at + (edit == "replace")] = ["Something else stands here now. " * 9]

    after = {part.request.job_id for part in cut("\n\n".join(paragraphs))}

    assert len(after - before) <= MAX_REDONE

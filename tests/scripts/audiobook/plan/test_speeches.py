"""Who speaks in a play, where it says so."""

from __future__ import annotations

import time

import pytest

from scripts.audiobook.plan.speeches import find_names, find_speeches

INLINE = """Act I

[pause:1s]

LANE. I did not hear it, sir.

MRS. GRAY (rising): Lane! [Aside.] Bring [pause:1s] the lamp.

Enter a boy.

Lane [aside] — No.

MRS. GRAY: Now."""
ALONE = """ACT I

[pause:1s]

LANE.

Who put the lamp out?

FIRST BOY

[Sighing.] The wind did.

And more.

LANE:
To be, or
not to be."""


def read(text: str) -> list[tuple[str, list[str]]]:
    """Return who says what."""
    names = {name.casefold() for name in find_names(text)}
    return [
        (speech.name, [text[start:end].strip() for start, end in speech.spans])
        for speech in find_speeches(text, names)
    ]


def test_a_name_before_its_speech() -> None:
    """Titles, asides and stage directions are the narrator's; what has no name, too."""
    assert dict(find_names(INLINE)) == {"LANE": 2, "MRS. GRAY": 2}
    assert read(INLINE) == [
        ("LANE", ["I did not hear it, sir."]),
        ("MRS. GRAY", ["Lane!", "Bring [pause:1s] the lamp."]),
        ("Lane", ["No."]),
        ("MRS. GRAY", ["Now."]),
    ]


def test_a_name_alone_has_the_paragraphs_below_it() -> None:
    """Up to the next name; lines of verse below it are one speech."""
    assert dict(find_names(ALONE)) == {"LANE": 2, "FIRST BOY": 1}
    assert read(ALONE) == [
        ("LANE", ["Who put the lamp out?"]),
        ("FIRST BOY", ["The wind did."]),
        ("FIRST BOY", ["And more."]),
        ("LANE", ["To be, or\nnot to be."]),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "王利发：您来了！\n\n唐铁嘴：来了。\n\n王利发：坐。\n\n唐铁嘴：好。",
            ["王利发", "唐铁嘴"],
        ),
        ("Lane. One.\n\nMaster. Two.\n\nLane. Three.\n\nMaster. Four.", ["Lane", "Master"]),
        ("他说：“你好。”\n\n他说：“再见。”\n\n她说：“是。”\n\n她说：“不。”", []),
        ("It was late. He went.\n\nThe door was shut. She knocked.\n\nNobody came.", []),
        ("THE QUAY\n\n[pause:1s]\n\nNOTICE\n\nIt was late.\n\nHe went.\n\nShe went.", []),
    ],
)
def test_only_a_play_has_speakers(text: str, names: list[str]) -> None:
    """Names that stand before speeches in many paragraphs; prose has none."""
    assert list(find_names(text)) == names


@pytest.mark.parametrize("piece", ["Ab ", "A. ", "A-", "A'", "[a] ", "A (", "\n\nA", "Mr. "])
def test_names_cost_what_the_text_does(piece: str) -> None:
    """Ten times the text, ten times the work."""

    def measure(size: int) -> float:
        text = piece * size
        start = time.process_time()
        find_names(text)
        list(find_speeches(text, {"a"}))
        return time.process_time() - start

    assert any(measure(20_000) <= 15 * max(measure(2_000), 0.001) for _ in range(5))

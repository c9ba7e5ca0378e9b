"""What is said aloud in prose: quotations and dialogue's dashes of nine languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.audiobook.plan.dialogue import find_dialogue, find_paragraphs


def said(text: str, language: str = "a") -> list[str]:
    """Return what is said aloud."""
    return [text[start:end].strip() for start, end in find_dialogue(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("a", "“Come!” she said. “Now, ‘what’ is it?”", ["“Come!”", "“Now, ‘what’ is it?”"]),
        ("a", '"Hi," he said, 6" tall, ("so") and "then".', ['"Hi,"', '"so"', '"then".']),
        ("b", "‘The boys’ dog,’ he said. ‘I can’t.’ ’Twas.", ["‘The boys’ dog,’", "‘I can’t.’"]),
        ("b", "‘Hullo’ is a word.", ["‘Hullo’"]),
        ("b", "'I can't,' he said. It's the boys' thing.", ["'I can't,'"]),
        ("f", "« Oui », dit-il à l'été. « Non. »", ["« Oui »,", "« Non. »"]),
        ("f", "— Viens, dit-il en riant.\n\nIl rit — un peu.", ["— Viens, dit-il en riant."]),
        ("f", "« Viens, dit-il.\n\n— Non ! »", ["« Viens, dit-il.", "— Non ! »"]),
        ("e", "—No sé —dijo Juan—. Vamos.", ["—No sé", "Vamos."]),
        ("e", "—Sí —dijo.\n\nDijo: «Bueno».\n\nDe 1914–1918.", ["—Sí", "«Bueno»."]),
        ("p", "— Não sei — disse João. — Vamos.", ["— Não sei", "Vamos."]),
        ("p", "--Sim--disse ela.--Não.", ["--Sim", "Não."]),
        ("i", "«Vieni» disse. “No”. — Un trattino.", ["«Vieni»", "“No”."]),
        ("h", "उसने कहा, “चलो।” ‘हाँ।’", ["“चलो।”", "‘हाँ।’"]),
        ("j", "「行こう」と言った。『はい「え」』", ["「行こう」", "『はい「え」』"]),
        ("z", "他说：“你好。”她走了。", ["“你好。”"]),
        ("a", "„Hallo“, sagte er. »Ja«, sagte sie. ‚So‘.", ["„Hallo“,", "»Ja«,", "‚So‘."]),
        ("a", "“Long.\n\n“And more,” he said.", ["“Long.", "“And more,”"]),
        ("a", "“Never closed, he said.\n\nNext.", []),
        ("a", "—and so—\n\nIt’s 5'10\" and rock 'n' roll ’tis ”.", []),
        ("a", "“…” “—”", []),
    ],
)
def test_speech_is_found(language: str, text: str, spoken: list[str]) -> None:
    """Marks and the point after them belong to it, apostrophes and inches do not."""
    assert said(text, language) == spoken


MORE = ("--", "\n\n", "\n", "don't", "wó", "行", "[pause:1s]")
PIECES = st.lists(
    st.one_of(
        st.sampled_from([*"“”„«»‹›‘’‚「」『』\"'—–- .,!?", *MORE]),
        st.text(max_size=4),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(text=PIECES, language=st.sampled_from("abefhijpz"))
def test_spans_are_in_order_and_within_a_paragraph(text: str, language: str) -> None:
    """With what is between them they tile the text; each has something to say."""
    paragraphs = list(find_paragraphs(text))
    at = 0
    for start, end in find_dialogue(text, language):
        assert at <= start < end
        assert any(first <= start and end <= last for first, last in paragraphs)
        assert any(map(str.isalnum, text[start:end]))
        at = end
    assert at <= len(text)


@pytest.mark.parametrize("piece", ["“", "‘a ", '"a ', "'a", "«", "’", "「", "„“", "—x ", "—\n\n"])
def test_marks_without_a_partner_cost_what_the_text_does(piece: str) -> None:
    """Nothing is looked for from each mark on to the end of the text."""

    def measure(size: int) -> float:
        text = piece * size
        start = time.process_time()
        find_dialogue(text, "e")
        return time.process_time() - start

    assert any(measure(20_000) <= 15 * max(measure(2_000), 0.001) for _ in range(5))

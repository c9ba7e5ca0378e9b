from __future__ import annotations

import pytest

from jobs.text.sentences import ShownWord, join_words, read_sentences


def sentences(text: str) -> list[str]:
    """Return the sentences of `text` as lines."""
    return [join_words(sentence) for sentence in read_sentences(text)]


def words(text: str) -> list[ShownWord]:
    """Return the words of all sentences of `text`."""
    return [word for sentence in read_sentences(text) for word in sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Go on. Why? “No!” He left…", ["Go on.", "Why?", "“No!”", "He left…"]),
        ("¿Qué? ¡Sí! Vale.", ["¿Qué?", "¡Sí!", "Vale."]),
        ("« Oui ? » dit-il. « Non ! » Bon.", ["« Oui ? »", "dit-il.", "« Non ! »", "Bon."]),
        ("वह घर गया। फिर सो गया॥", ["वह घर गया।", "फिर सो गया॥"]),
        ("Andò via. Tornò.", ["Andò via.", "Tornò."]),
        ("「はい。」と言った。彼は行った！", ["「はい。」", "と言った。", "彼は行った！"]),
        ("Olá! Tudo bem?", ["Olá!", "Tudo bem?"]),
        ("你好。“我很好。”他说？是", ["你好。", "“我很好。”", "他说？", "是"]),
    ],
    ids=["English", "Spanish", "French", "Hindi", "Italian", "Japanese", "Portuguese", "Chinese"],
)
def test_a_sentence_ends_as_its_language_ends_it(text: str, expected: list[str]) -> None:
    """Each language's own marks count, closing quotes go with the sentence."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith met Dr. J. R. Wells of the U.S. Army.",
        "See no. 7 and fig. 3 on p. 12.",
        "“Why?” she asked.",
        "He went... and came back.",
        "It costs 3.14 at example.com, e.g. Today.",
        "1. First of all",
        "我……不知道",
    ],
    ids=["titles", "numbers", "question goes on", "dots", "inside", "list", "Chinese dots"],
)
def test_not_every_stop_ends_a_sentence(text: str) -> None:
    """Short forms, numbers and what goes on in lower case stay in one piece."""
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One [pause:1s] two", ["One", "two"]),
        ("One.[pause:500ms]\n\nTwo", ["One.", "Two"]),
        ("[voice:am_adam]Hello. [voice:af_heart] Bye.[/voice]", ["Hello.", "Bye."]),
        ("The [Kokoro](/kˈOkəɹO/)'s song.", ["The Kokoro's song."]),
        ("Note [1] and [sic].", ["Note [1] and [sic]."]),
    ],
    ids=["pause", "pause at the end", "voice", "sound", "plain brackets"],
)
def test_markup_is_not_shown(text: str, expected: list[str]) -> None:
    """What is not meant to be read is left out, other brackets stay."""
    assert sentences(text) == expected


def test_headings_and_scene_breaks_part_sentences() -> None:
    """A blank line ends a sentence without a stop; what has no letter is no sentence."""
    assert sentences("Chapter One\n\nIt began\n\n* * *\n\n—\n\nEnd") == [
        "Chapter One",
        "It began",
        "End",
    ]


WRAPPED = "a line that is certainly wider than forty-five characters"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A short line\nAnother one", ["A short line", "Another one"]),
        ("To Buy\n- two eggs\n- one loaf", ["To Buy", "- two eggs", "- one loaf"]),
        (f"{WRAPPED}\ngoes on", [f"{WRAPPED} goes on"]),
        (f"{WRAPPED}\n    “Well”\n    “Go”", [WRAPPED, "“Well”", "“Go”"]),
        (f"{WRAPPED}\n2) two", [WRAPPED, "2) two"]),
        ("x" * 120 + "\nnext", ["x" * 120, "next"]),
    ],
    ids=["verse", "items", "wrapped", "indented dialogue", "number", "paragraph"],
)
def test_a_line_that_ends_on_purpose_ends_a_sentence(text: str, expected: list[str]) -> None:
    """A newline after a full line was put there by the page, after a short one by the author."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("« Oui ? »\u00a0Bon.", ["« Oui ? »", "Bon."]),
        ("Quoi ? ! Rien.", ["Quoi ? !", "Rien."]),
        ("Oui.\n\n» Non", ["Oui.", "» Non"]),
        ("Oui.[pause:1s] » Non", ["Oui.", "» Non"]),
    ],
    ids=["guillemet", "mark", "paragraph", "pause"],
)
def test_a_spaced_mark_closes_the_sentence_before_it(text: str, expected: list[str]) -> None:
    """French writes spaces before its marks; no caption begins with one of them."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He—well—left", ["He—", "well—", "left"]),
        ("「日本」、へ", ["「日", "本」、", "へ"]),
        ("用Python写。", ["用", "Python", "写。"]),
        ("ちょっと", ["ちょっ", "と"]),
        ("Quoi ? « Oui », dit-il : non !", ["Quoi ?", "« Oui »,", "dit-il :", "non !"]),
        ("one – two. – Three", ["one –", "two.", "–", "Three"]),
    ],
    ids=["dash", "brackets", "mixed", "small kana", "French", "spaced dash"],
)
def test_a_line_ends_where_a_reader_expects_it(text: str, expected: list[str]) -> None:
    """After a dash and between Chinese or Japanese characters, but never before a closing mark."""
    assert [word.text for word in words(text)] == expected


def test_words_know_their_place() -> None:
    """A word's span is that of the original text, markup included."""
    text = "The [Kokoro](/kˈO/)'s  song."

    assert [text[word.start : word.end] for word in words(text)] == [
        "The",
        "[Kokoro](/kˈO/)'s",
        "song.",
    ]

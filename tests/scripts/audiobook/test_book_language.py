"""The language of a book, from its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.text.language_tags import find_language
from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.book_language import (
    find_text_language,
    settle_language,
    settle_paragraphs,
)

TEXTS = {
    "en": "The boat was gone before the others woke, and nobody on the shore had seen it leave.",
    "fr": "Le bateau était parti avant que les autres se lèvent, et personne ne l’a vu dans .",
    "es": "El barco se fue antes de que los otros despertaran, y nadie en la orilla lo vio.",
    "it": "La barca era partita prima che gli altri si alzassero, e nessuno la vide dal porto.",
    "pt": "O barco foi embora antes que os outros acordassem, e ninguém o viu com a luz do dia.",
    "de": "Das Boot war fort, bevor die anderen wach waren, und niemand hat es auf dem See.",
    "ja": "船は夜明け前に出て行った。誰もそれを見なかった。",
    "zh": "船在天亮之前就离开了，没有人看见它走。",
    "hi": "नाव सुबह होने से पहले चली गई और किसी ने उसे नहीं देखा।",
    "und-Cyrl": "Лодка ушла до рассвета, и никто её не видел.",
    "und-Hang": "배는 새벽이 오기 전에 떠났고 아무도 보지 못했다.",
}


def make_book(language: str, *texts: str) -> Book:
    """Return a book of one chapter a text."""
    chapters = tuple(Chapter(f"Chapter {at}", text) for at, text in enumerate(texts, 1))
    return Book(Path("book.txt"), "Book", "", language, chapters)


@pytest.mark.parametrize(("tag", "text"), TEXTS.items(), ids=TEXTS)
def test_script_or_common_words_tell_the_language(tag: str, text: str) -> None:
    """One sentence is enough."""
    assert find_text_language(text)[0] == tag


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("pt", "A barca partiu antes do amanhecer e ninguém a viu, porque a noite era longa."),
        (
            "pt",
            "Era uma vez um velho que vivia só. Todas as manhãs descia à praia a ver os barcos.",
        ),
        (
            "it",
            "Il traghetto partì prima dell'alba e nessuno lo vide, perché le lampade erano spente.",
        ),
        (
            "it",
            (
                "C'era una volta un vecchio che viveva solo in una casa. Ogni mattina scendeva "
                "sulla spiaggia a guardare le barche."
            ),
        ),
        (
            "es",
            (
                "Había una vez un viejo que vivía solo en una casa junto al mar. Cada mañana "
                "bajaba a la playa a mirar los barcos."
            ),
        ),
        (
            "pl",
            "Prom odpłynął przed świtem i nikt go nie widział, bo wszystkie lampy zgasły za molem.",
        ),
    ],
)
def test_languages_that_share_short_words_are_told_apart(tag: str, text: str) -> None:
    """Portuguese and Polish have "a", "o" and "do"; Italian has "una" and "al" with Spanish."""
    assert find_text_language(text)[0] == tag


@pytest.mark.parametrize("text", ["", "12 34", "Zyx wvu tsr qpo nml kji.", "Hm."])
def test_a_text_may_tell_nothing(text: str) -> None:
    """No letters, few of them, or no known word."""
    assert find_text_language(text)[0] == ""


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("", "ja"),
        ("und", "zh"),
        ("en-US", "zh"),
        ("en", "ja"),
        ("zh", "ja"),
        ("en", "hi"),
        ("", "fr"),
    ],
)
def test_a_language_that_is_not_or_wrongly_stated_is_found(stated: str, tag: str) -> None:
    """The user is told what the text is in, and how to overrule it."""
    book = settle_language(make_book(stated, TEXTS[tag] * 3))

    spoken = find_language(tag)
    assert spoken is not None
    assert book.language == tag
    assert f"its text is {spoken.english_name}" in book.language_note
    assert "--lang" in book.language_note


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en-GB", "en"),
        ("pt-PT", "pt"),
        ("jpn", "ja"),
        ("jp", "ja"),
        ("ru", "und-Cyrl"),
        ("mr", "hi"),
    ],
)
def test_a_language_that_fits_stays_as_stated(stated: str, tag: str) -> None:
    """Accent and all; a script alone does not tell Russian from Ukrainian."""
    book = settle_language(make_book(stated, TEXTS[tag] * 3))

    assert (book.language, book.language_note) == (stated, "")


def test_few_words_overrule_no_metadata() -> None:
    """In Latin letters a page of text is needed, and then it is enough."""
    assert settle_language(make_book("fr", TEXTS["en"])).language == "fr"
    assert settle_language(make_book("fr", f"{TEXTS['en']} " * 20)).language == "en"


def test_jp_means_japanese() -> None:
    """Some books state the country."""
    assert find_language("jp") == find_language("ja")


def test_a_text_that_tells_nothing_is_read_as_english() -> None:
    """And the user is told."""
    book = settle_language(make_book("", "Zyx."))

    assert (book.language, book.language_note) == (
        "",
        "no language is stated; it is read as English, and --lang names another",
    )


def test_paragraphs_in_another_language_are_spoken_by_a_voice_of_it() -> None:
    """As far as Kokoro speaks it and the text does not contradict; the counts are told."""
    blocks = [
        Block("paragraph", TEXTS["en"]),
        Block("paragraph", TEXTS["fr"], language="fr-CA"),
        Block("paragraph", TEXTS["en"], language="fr"),
        Block("paragraph", TEXTS["de"], language="de"),
        Block("paragraph", TEXTS["en"], language="en-GB"),
    ]

    book = settle_paragraphs(make_book("en-US", join_blocks(blocks * 2)))

    assert book.chapters[0].text.split("\n\n")[:5] == [
        TEXTS["en"],
        f"[voice:ff_siwis][lang:fr]{TEXTS['fr']}[lang:default][voice:default]",
        TEXTS["en"],
        TEXTS["de"],
        TEXTS["en"],
    ]
    assert book.warnings == (
        "2 paragraphs in 'de', which Kokoro does not speak, spoken by the narrator",
        "2 paragraphs in French, spoken by ff_siwis",
    )


def test_marks_on_most_of_a_book_are_wrong() -> None:
    """A program that marks every paragraph as of another language is not believed."""
    blocks = [Block("paragraph", "Hm.", language="fr")] * 9

    book = settle_paragraphs(make_book("en", join_blocks(blocks)))

    assert "[voice:" not in book.chapters[0].text
    assert "\ue010" not in book.chapters[0].text

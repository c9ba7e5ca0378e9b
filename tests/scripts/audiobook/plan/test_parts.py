"""Parts: where a chapter is cut, who speaks, and how long the silence after each part is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.books.manifest import BookPart
from jobs.request import READINGS
from jobs.text.markup import BARE_PAUSE
from jobs.text.pauses import PAUSES
from jobs.text.ssml import is_ssml
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK
from scripts.audiobook.plan.inline_tags import find_wrong_tags
from scripts.audiobook.plan.parts import (
    MAX_CHARACTERS,
    REACH_CHARACTERS,
    cut_chapter,
)
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.audiobook.plan.word_list import WordList, read_lexicon

SENTENCE = "The quick brown fox jumps over the lazy dog and goes home."


def cut(text: str, words: WordList | None = None, **options) -> tuple[BookPart, ...]:
    """Cut `text` as the default voice speaks it."""
    chapter = PlannedChapter(1, "The Chapter", text, "af_heart", 1.0, "auto")
    return cut_chapter(replace(chapter, **options), words)


def texts(parts: Iterable[BookPart]) -> list[str]:
    """Return what the parts speak."""
    return [part.request.text for part in parts]


def paragraphs(count: int, sentences: int = 5) -> list[str]:
    """Return paragraphs that are all different."""
    return [f"Paragraph {number}. " + " ".join([SENTENCE] * sentences) for number in range(count)]


def test_a_short_chapter_is_one_part():
    """What is shorter than a part stays whole, blank lines inside and all."""
    text = f"Chapter One\n\n[pause:1s]\n\n{SENTENCE}\n\n{SENTENCE}"

    [part] = cut(text)

    assert part.request.text == text
    assert part.pause_seconds == PAUSES.chapter_seconds


def test_what_a_book_quotes_of_ssml_is_text():
    """A part that begins so is read as any other, whatever it holds."""
    [part] = cut("<speak>is the first tag of it.")

    assert not is_ssml(part.request.text)
    assert part.request.text.endswith("<speak>is the first tag of it.")


def test_a_long_chapter_is_cut_after_paragraphs():
    """Every part is whole paragraphs, within the bounds, and nothing is left out."""
    text = "\n\n".join(paragraphs(200))

    parts = cut(text)

    assert "\n\n".join(texts(parts)) == text
    assert len(parts) > 5
    assert all(REACH_CHARACTERS <= len(part) <= MAX_CHARACTERS for part in texts(parts))
    assert {part.pause_seconds for part in parts[:-1]} == {PAUSES.paragraph_seconds}


def test_a_part_is_read_as_its_chapter_is():
    """Part by part the reading is the chapter's, and so is whether numerals are numbers."""
    text = "CHAPTER II\n\nShe left."
    [full], [plain] = cut(text), cut(text, reading="plain", has_numerals=False)

    assert (full.request.reading, plain.request.reading) == READINGS
    assert (full.request.lexicon, plain.request.lexicon) == ({"CHAPTER II": "say:CHAPTER 2"}, {})
    assert full.request.output_name != plain.request.output_name


def test_all_pauses_of_a_chapter_are_scaled():
    """After headings, at scene breaks and after parts; one that the author wrote stays."""
    text = f"Chapter One\n\n{HEADING_PAUSE}\n\n{SENTENCE}\n\n{SCENE_BREAK}\n\n[pause:3s] End."

    [part] = cut(text, pause_scale=0.5)

    assert part.request.pause_scale == 0.5
    assert BARE_PAUSE.findall(part.request.text) == [("0.5", "s"), ("1", "s"), ("3", "s")]
    assert part.pause_seconds == PAUSES.chapter_seconds / 2
    long, usual = (cut("\n\n".join(paragraphs(200)), pause_scale=x) for x in (2, 1))
    assert [2 * part.pause_seconds for part in usual] == [part.pause_seconds for part in long]


def test_the_same_text_gives_the_same_parts():
    """Cutting again names the same jobs."""
    text = "\n\n".join(paragraphs(100))

    assert cut(text) == cut(text)


def test_a_paragraph_that_is_too_long_is_cut_after_a_sentence():
    """Where no paragraph ends, a sentence does, and the pause is that of a sentence."""
    text = " ".join([SENTENCE] * 400)

    parts = cut(text)

    assert " ".join(texts(parts)) == text
    assert all(part.endswith("home.") for part in texts(parts))
    assert max(map(len, texts(parts))) <= MAX_CHARACTERS
    assert min(map(len, texts(parts))) > MAX_CHARACTERS / 3
    assert {part.pause_seconds for part in parts[:-1]} == {PAUSES.part_seconds}


def test_words_and_letters_without_an_end_are_cut_all_the_same():
    """Neither a text without sentences nor one without spaces makes a part that is too long."""
    for text in ("word " * 5_000, "x" * 30_000, "字" * 30_000):
        parts = texts(cut(text))

        assert max(map(len, parts)) <= MAX_CHARACTERS
        assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_written_pause_at_a_cut_is_kept_and_not_doubled():
    """A scene break stays in the part before the cut, which then needs no further silence."""
    pieces = paragraphs(300)
    text = "\n\n[pause:2s]\n\n".join(pieces)

    parts = cut(text)

    assert len(parts) > 10
    assert all(part.endswith("[pause:2s]") for part in texts(parts[:-1]))
    assert {part.pause_seconds for part in parts[:-1]} == {0.0}


@pytest.mark.parametrize(
    ("tag", "field", "value"),
    [
        ("[voice:am_adam]", "voice", "am_adam"),
        ("[voice:am_adam:1,af_heart:1]", "voice", "af_heart:0.5,am_adam:0.5"),
        ("[speed:1.2]", "speed", 1.2),
        ("[lang:fr]", "language", "f"),
    ],
)
def test_a_tag_changes_how_the_text_after_it_is_spoken(tag: str, field: str, value: object):
    """From the tag on it is spoken so, until ``default`` of the same kind."""
    end = f"[{tag[1:].partition(':')[0]}:default]"

    parts = cut(f"She said. {tag} “Come here!” {end} he did.")

    assert texts(parts) == ["She said.", "“Come here!”", "he did."]
    before, changed, after = (getattr(part.request, field) for part in parts)
    assert changed == value
    assert before == after != value


def test_tags_of_different_kinds_add_up():
    """A new voice keeps the speed that another tag has set."""
    parts = cut("[speed:1.5]One. [voice:am_adam]Two. [speed:default]Three.")

    fields = [(part.request.voice, part.request.speed) for part in parts]
    assert fields == [("af_heart", 1.5), ("am_adam", 1.5), ("am_adam", 1.0)]


def test_the_pause_at_a_tag_is_that_of_the_text_around_it():
    """A paragraph's end, a sentence's end, and none in the middle of a sentence."""
    parts = cut("One.\n\n[voice:am_adam]\n\nTwo. [voice:af_heart] Three [speed:1.5] four.")

    pauses = [part.pause_seconds for part in parts]
    assert pauses == [
        PAUSES.paragraph_seconds,
        PAUSES.part_seconds,
        0.0,
        PAUSES.chapter_seconds,
    ]


def test_a_pause_between_two_tags_is_heard():
    """Where nothing but a pause stands between two tags there is no part, only its silence."""
    parts = cut("One. [voice:am_adam] [pause:3s] — [voice:default] Two.")

    assert texts(parts) == ["One.", "Two."]
    assert parts[0].pause_seconds == 3.0


def test_a_pause_at_the_start_of_a_part_counts():
    """What the next part begins with is not added to the paragraph's pause but in its place."""
    parts = cut("One.\n\n[voice:am_adam] [pause:500ms] Two.")

    assert texts(parts)[1] == "[pause:500ms] Two."
    assert parts[0].pause_seconds == pytest.approx(PAUSES.paragraph_seconds - 0.5)


def test_other_brackets_are_left_alone():
    """Only the exact form is a tag; what a book has in brackets is spoken."""
    text = "[Voice: a man’s.] He wrote [sic] and [voice: off] on the [speed limit: 30] sign."

    assert texts(cut(text)) == [text]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("[voice:am_adm]", "did you mean 'am_adam'"),
        ("[voice:...]", "voice '...'"),
        ("[speed:9]", "0.5 to 2.0"),
        ("[speed:fast]", "0.5 to 2.0"),
        ("[lang:tlh]", "language 'tlh' is unknown"),
    ],
)
def test_what_looks_like_a_tag_stops_no_book(tag: str, message: str):
    """A book's own words in brackets are spoken, and reported: a tag may have been meant."""
    text = f"She typed {tag} and waited."

    assert texts(cut(text)) == [text]
    [warning] = find_wrong_tags(PlannedChapter(1, "The Chapter", text, "af_heart", 1.0, "auto"))
    assert warning.startswith(f"{tag} in 'The Chapter' is spoken as words: ")
    assert message in warning


@pytest.mark.parametrize("text", ["", "  \n\n ", "* * *", "[pause:2s]", "[voice:am_adam] — …"])
def test_a_chapter_without_a_sound_has_no_parts(text: str):
    """What nobody can speak is no job that would fail."""
    assert cut(text) == ()


def test_a_word_list_goes_only_where_its_words_are(tmp_path: Path):
    """A part's lexicon holds what occurs in it, so that a changed word redoes only these parts."""
    path = tmp_path / "words.toml"
    path.write_text('[en]\nUkridge = "jukɹɪʤ"\nMilly = "mɪli"\n')

    parts = cut(
        "Ukridge came. [voice:am_adam] Milly went. [voice:default] Nobody saw.",
        words=read_lexicon(path),
    )

    assert [list(part.request.lexicon.values()) for part in parts] == [["jukɹɪʤ"], ["mɪli"], []]


def test_a_part_is_named_by_what_it_speaks():
    """Equal text in another chapter is the same job; another voice is not."""
    [first], [second] = (
        cut(SENTENCE),
        cut(SENTENCE, title="Another", language="a"),
    )
    [other] = cut(SENTENCE, voice="am_adam")

    assert first.request.job_id == second.request.job_id
    assert first.request.output_name != other.request.output_name
    assert first.request.format == "flac"

"""Laws of chunking, on hostile text, with a stand-in and with real languages."""

from __future__ import annotations

import functools
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.errors import EmptyText
from jobs.text.characters import has_meaning
from jobs.text.source_text import read_source
from tests.builders.vocabulary import VOCABULARY
from tests.fakes.readers import make_phonemizer
from worker.engine import MAX_PHONEMES, Phonemizer
from worker.pronunciation.chunking import Chunk, find_speaker, split_text
from worker.pronunciation.phonemize import load_phonemizer
from worker.pronunciation.reading.english.english_rules import load_english_rules
from worker.pronunciation.reading.rules import RuleTable

WORDS = """
word|Mr. |e.g. |3.14|1,000,000 |$5.50 |12345678901234567890|cat |C++ |a'b'|x-|U.S. |1. |é|½|²|€|%
&|@|😀|👨‍👩‍👧|🇫🇷|привет |你好。|東京は|ｶﾞ|नमस्ते। |مرحبا؟ |שלום |٣|<b>|=====|---|[a](/b/)|[pause:1s]
[pause:|[x](y)|. |! |? |... |…|, |; |—|--|“|”|'|"|’s |[|]|(|)|](/|*|#|_|`|me@x.org
https://example.com/a?b=c&d |1,234|$1.5M|10:05 pm|5'10"|3/4|1990s|2024-03-15|km/h
[speed:150%]|[a](say:b c)|[12](as:digits)|5 kg |<5|~7|#3|x²|10^6
World War II |Dr. |St. |Jan. |p.m. |pp. |10–12|+44 20 7946 0958|007
16:9|°C|40–60%|¾|§|FBI|GO HOME|brrr
"""
HOSTILE = [
    *(word for line in WORDS.strip().splitlines() for word in line.split("|")),
    *"|~^ \t\n\r\0\x1b\u2028\u200b\u200d\ufeff\u0301\ufffd\ue000\U000e0041",
    *("\r\n", "\n\n", "e\u0301", "a" * 300, "| a | b |\n|---|---|\n"),
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.builds(str.__mul__, st.sampled_from(HOSTILE), st.integers(2, 80)),
    ),
    max_size=25,
).map("".join)
RULES = load_english_rules(british=False, is_word=str.islower)
LEXICON = {"cat": "kˈæt", "word": "wˈɜɹd" * 30, "C++": "sˈi", "Mr": "x7"}


def check_laws(text: str, phonemizer: Phonemizer) -> None:
    """Assert what holds for the chunks of any text, and for the rest after any of them."""
    try:
        chunks = list(split_text(text, phonemizer, lexicon=LEXICON))
    except EmptyText:
        return
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert [0, *(chunk.end for chunk in chunks)] == [*(chunk.start for chunk in chunks), len(text)]
    for chunk in chunks:
        assert 1 <= len(chunk.phonemes) <= MAX_PHONEMES
        assert VOCABULARY.issuperset(chunk.phonemes)
        assert "".join(token.phonemes for token in chunk.tokens) == chunk.phonemes
        ends = [chunk.start, *(token.end for token in chunk.tokens)]
        assert [*(token.start for token in chunk.tokens), chunk.end] == ends
        check_silences(text, chunk)
    if chunks:
        middle = chunks[len(chunks) // 2]
        for last in (chunks[0], middle):
            rest = split_text(
                text, phonemizer, lexicon=LEXICON, start=last.end, index=last.index + 1
            )
            assert list(rest) == chunks[last.index + 1 :]


DOCUMENTS = st.lists(
    st.one_of(
        st.sampled_from([word for word in HOSTILE if not {*"&<\0\x1b\ufffd"}.intersection(word)]),
        st.sampled_from(
            [
                "<p>A word.</p>",
                "<s>No stop</s>",
                '<break time="1s"/>',
                '<prosody rate="x-slow">very slow. <prosody rate="fast">5</prosody></prosody>',
                '<sub alias="in words">W3C</sub>',
                '<say-as interpret-as="characters">A1-é</say-as>',
                f'<say-as interpret-as="digits">{"12 " * 50}</say-as>',
                '<say-as interpret-as="date" format="dmy">3/4/2024</say-as>',
                "&amp;&lt;&#39;",
            ]
        ),
    ),
    max_size=25,
).map(lambda parts: f"<speak>{''.join(parts)}</speak>")


@settings(max_examples=100, deadline=None)
@given(text=DOCUMENTS)
def test_chunks_of_ssml_tile_their_source(text: str) -> None:
    """The laws hold for what is read of it, and each cut is a place of its own in the source."""
    source = read_source(text)
    if not source.text.strip():
        return
    check_laws(source.text, make_phonemizer(RULES))
    with suppress(EmptyText):
        chunks = list(split_text(source.text, make_phonemizer(RULES)))
        ends = [source.find_cut(chunk.end) for chunk in chunks]
        assert sorted(set(ends)) == ends
        assert [source.find_place(end) for end in ends[:-1]] == [c.start for c in chunks[1:]]


SPOKEN_BY_MANY = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.sampled_from(
            [
                "[voice:Ann]",
                "[voice:default]",
                " [voice:am_adam] ",
                "[voice:no body]",
                "Yes. ",
                "\n\n",
            ]
        ),
    ),
    max_size=25,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(text=SPOKEN_BY_MANY)
def test_chunks_of_several_speakers_tile_their_source(text: str) -> None:
    """The laws hold, and no chunk has words of two speakers."""
    source = read_source(text, speakers={"Ann", "am_adam"})
    if not source.text.strip():
        return
    check_laws(source.text, make_phonemizer(RULES))
    with suppress(EmptyText):
        for chunk in split_text(source.text, make_phonemizer(RULES)):
            for token in chunk.tokens:
                if token.phonemes.strip():
                    assert find_speaker(source.text, token.end) == chunk.speaker


def check_silences(text: str, chunk: Chunk) -> None:
    """Assert that what has no sound is listed in order, with its place and a reason."""
    at = chunk.start
    for piece in chunk.unspoken:
        assert at <= piece.start < piece.end <= chunk.end
        assert piece.text == text[piece.start : piece.end]
        assert piece.reason
        at = piece.end


@pytest.mark.parametrize("rules", [None, RULES], ids=["plain", "reading rules"])
@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
@example(text="\ufffd\u200dMr. ")
@example(text="Mrs é\u200d😀.")
def test_chunks_keep_the_laws(text: str, rules: RuleTable | None) -> None:
    """Spans tile the text, no chunk is empty or too long, any chunk is a place to start again."""
    if text.strip():
        check_laws(text, make_phonemizer(rules))


@pytest.mark.parametrize("rules", [None, RULES], ids=["plain", "reading rules"])
@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_every_letter_is_spoken_or_reported(text: str, rules: RuleTable | None) -> None:
    """With one token for each word, no word with a meaning is silent without a report."""
    try:
        chunks = list(split_text(text, make_phonemizer(rules)))
    except EmptyText:
        return
    for chunk in chunks:
        reported = {at for piece in chunk.unspoken for at in range(piece.start, piece.end)}
        for token in chunk.tokens:
            is_pause = text[token.start : token.end].strip().startswith(("[pause:", "[speed:"))
            if not token.phonemes and not is_pause:
                lost = set(range(token.start, token.end)) - reported
                assert not any(text[at].isalnum() and has_meaning(text[at]) for at in lost)


@functools.cache
def load(language: str) -> Phonemizer:
    """Return the phonemizer of `language`, loaded once."""
    pytest.importorskip("misaki")
    return load_phonemizer(language, VOCABULARY)


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@pytest.mark.parametrize("language", ["e", "h"])
def test_espeak_languages_keep_the_laws(language: str, text: str) -> None:
    """The same laws hold with espeak-ng."""
    if text.strip():
        check_laws(text, load(language))


@settings(max_examples=12, deadline=None)
@given(TEXTS)
def test_english_keeps_the_laws(text: str) -> None:
    """The same laws hold with misaki's English."""
    if text.strip():
        check_laws(text, load("a"))


@settings(max_examples=15, deadline=None)
@given(TEXTS)
@pytest.mark.parametrize(("language", "package"), [("j", "fugashi"), ("z", "jieba")])
def test_languages_without_spaces_keep_the_laws(language: str, package: str, text: str) -> None:
    """The same laws hold for Japanese and Chinese."""
    pytest.importorskip("misaki")
    if text.strip():
        check_laws(text, load(language))

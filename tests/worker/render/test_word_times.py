"""When each word is heard, in all nine languages, from posed and from real durations."""

from __future__ import annotations

import functools
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import EmptyText
from jobs.playback.chunk_timings import ChunkTiming
from jobs.playback.journal import Word
from jobs.playback.pcm import SAMPLE_RATE
from jobs.playback.sentence_times import time_sentences
from jobs.text.characters import has_sound
from jobs.voices import LANGUAGES, default_voice
from tests.builders.vocabulary import VOCABULARY
from worker.engine import Engine, Phonemizer
from worker.pronunciation.chunking import Chunk, split_text
from worker.pronunciation.phonemize import load_phonemizer
from worker.render.segments import FinishedSegment, finish_segment
from worker.render.word_times import time_words

WORDS = {
    "a": "He paid $5.50 to Mr. Smith, don't at 10:30 pm “Yes” NASA e-mail",
    "b": "The colour of £20 isn't Dr. Watson's 3/4/2024 5'10\" quite!",
    "e": "¿Qué son las 10:30, EE. UU. pagó 3,14 € w WAL de un '-H' ®",
    "f": "Aujourd'hui, les amis parce que qu'il 14h30 M. est-ce 1 024 5,50 € «Oui» !",
    "h": "यह किताब ५० रुपये की है। GNU &amp 10:30 ₹5 «नमस्ते»",
    "i": "L'amico dell'uomo 3,14 € è JIT WAL perché gli '' no? 14:30",
    "j": "私は 人々 って 東京 タワー 333メートル 「すごい」 Aさん ・ ー 16/4 3匹 々",
    "p": "Olá para que antes que R$ 50,00 é São Paulo-Rio 1º '-A ' w às 14h",
    "z": "你好 3.5个 ¥500 ℃ 50%的 HELLO 二〇二四年 “很好” 16/4 …… 1,000",
}
HOSTILE = (
    ". |, |—|…|'|\"|( |) |- |+|-5|1.5|1,|9|a.|a@|%|&|<5|#3|½|😀|привет |\n|\n\n|\u00ad|\u0301|々|"
    "[x](/aɪ/) |[pause:1s]|x²|||ASAP |[speed:150%] |[3](as:ordinal) |[Ab](say:cd) |# |* |</b> "
)


@functools.cache
def load(language: str) -> Phonemizer:
    """Return the phonemizer of `language`, loaded once."""
    pytest.importorskip({"j": "fugashi", "z": "jieba"}.get(language, "misaki"))
    return load_phonemizer(language, VOCABULARY)


@st.composite
def spoken_chunks(draw: st.DrawFn, language: str) -> tuple[str, list[tuple[Chunk, list[Word]]]]:
    """Draw a text of `language` with its chunks, and their words with times that were posed."""
    words = st.sampled_from([f"{word} " for word in WORDS[language].split()])
    text = "".join(draw(st.lists(words | st.sampled_from(HOSTILE.split("|")), max_size=20)))
    spoken: list[tuple[Chunk, list[Word]]] = []
    offset = 0
    try:
        for chunk in split_text(text, load(language)):
            frames = draw(st.integers(1, 7))
            samples = tuple(600 * (at % frames) for at in range(len(chunk.phonemes)))
            start, end = sorted(draw(st.tuples(*[st.integers(0, sum(samples))] * 2)))
            segment = FinishedSegment(bytes(2 * (end - start)), 0, end - start, -start)
            times = time_words(text, chunk.tokens, samples, segment, sample_offset=offset)
            spoken.append((chunk, list(times)))
            offset += segment.sample_count
    except EmptyText:
        pass
    return text, spoken


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_words_follow_text_and_audio(language: str, data: st.DataObject) -> None:
    """They keep the order of both, stay inside their chunk, and are whole words of the source."""
    text, spoken = data.draw(spoken_chunks(language))

    offset = 0
    for chunk, words in spoken:
        assert all(one.end <= other.start for one, other in pairwise(words))
        assert all(one.end_sample <= other.start_sample for one, other in pairwise(words))
        for word in words:
            assert chunk.start <= word.start < word.end <= chunk.end
            assert offset <= word.start_sample <= word.end_sample
            written = text[word.start : word.end]
            assert written == written.strip()
        heard = [token for token in chunk.tokens if has_sound(token.phonemes)]
        assert len(words) == len(heard)
        for word, token in zip(words, heard, strict=True):
            assert text[word.start : word.end] == text[token.start : token.end].strip()
        offset = max([offset, *(word.end_sample for word in words)])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_captions_by_word_show_what_is_heard(language: str, data: st.DataObject) -> None:
    """Every letter that has a sound is in one caption, in the order of the text, time going on."""
    text, spoken = data.draw(spoken_chunks(language))
    timings = [
        ChunkTiming(chunk.start, chunk.end, 0, 0, tuple(words)) for chunk, words in spoken if words
    ]

    captions = [
        word
        for sentence in time_sentences(text, timings, sample_rate=SAMPLE_RATE)
        for word in sentence.words
    ]

    assert all(one.end_seconds <= other.start_seconds for one, other in pairwise(captions))
    at = 0
    shown = "".join(filter(str.isalnum, "".join(caption.text for caption in captions)))
    for chunk, words in spoken:
        for word in words:
            if "](" in text[word.start : word.end]:
                continue
            for char in filter(str.isalnum, text[word.start : word.end]):
                at = shown.index(char, at) + 1
        assert chunk.tokens


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("e", "Pagó|$5,50|a|las|10:30", id="Spanish"),
        pytest.param("f", "L'ami|part|à|14h30|parce que|les|amis|attendent.", id="French"),
        pytest.param("i", "L'amico|paga|5,50 €|al|bar.", id="Italian"),
        pytest.param("p", "Ela|pagou|R$ 50,00|para que|eles|saiam.", id="Portuguese"),
        pytest.param("h", "यह|किताब|५०|रुपये|की|है।", id="Hindi"),
    ],
)
def test_what_is_written_once_has_one_time(language: str, text: str) -> None:
    """A sum or a clock time is one word, whatever is said for it."""
    written = text.replace("|", " ")

    words = time_evenly(written, load(language))

    assert [word.rstrip(".।") for word in text.split("|")] == words


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("j", "昨日|は|東京|に|行き|ました", id="Japanese"),
        pytest.param("z", "我|买|了|3个|苹果|去|北京", id="Chinese"),
    ],
)
def test_without_spaces_words_are_those_of_the_pronunciation(language: str, text: str) -> None:
    """Dictionary and segmenter say where a word ends."""
    words = time_evenly(text.replace("|", ""), load(language))

    assert "|".join(words) == text


def time_evenly(text: str, phonemizer: Phonemizer) -> list[str]:
    """Return the words that have a time where each phoneme takes as long as any other."""
    (chunk,) = split_text(text, phonemizer)
    samples = (600,) * len(chunk.phonemes)
    segment = FinishedSegment(b"", 0, sum(samples), 0)
    words = time_words(text, chunk.tokens, samples, segment, sample_offset=0)
    return [text[word.start : word.end] for word in words]


@pytest.mark.heavy
def test_tones_and_nasals_belong_to_their_word() -> None:
    """The model spends time on these signs, and the word is heard all that time."""
    for language, text in (("z", "我买"), ("f", "un bon")):
        (chunk,) = split_text(text, load(language))
        samples = (600,) * len(chunk.phonemes)
        segment = FinishedSegment(b"", 0, sum(samples), 0)

        words = time_words(text, chunk.tokens, samples, segment, sample_offset=0)

        gap = chunk.phonemes.index(" ")
        assert words[0].end_sample == 600 * gap
        assert (words[1].start_sample, words[1].end_sample) == (600 * (gap + 1), sum(samples))


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        pytest.param("f", "Il part à 14h30 parce que les amis attendent.", "Elle reste.", id="fr"),
        pytest.param("j", "昨日は東京に行きました。", "今日は家にいます。", id="ja"),
        pytest.param("z", "我买了3个苹果。", "他明天去北京。", id="zh"),
    ],
)
def test_times_are_those_of_the_audio(
    engine: Engine, language: str, first: str, second: str
) -> None:
    """Between two sentences it is quiet, in words it is not, and the last ends with the speech."""
    text = f"{first} {second}"
    (chunk,) = split_text(text, engine.phonemizer(language))
    voice = default_voice(language)

    spoken = engine.synthesizer.synthesize(chunk.phonemes, voice=voice, speed=1.0, seed=1)
    segment = finish_segment(spoken.samples)
    words = time_words(text, chunk.tokens, spoken.phoneme_samples, segment, sample_offset=0)

    audio = np.frombuffer(segment.pcm, dtype="<i2") / 32_768
    window = SAMPLE_RATE // 20
    before = max(at for at, word in enumerate(words) if word.start < len(first))
    pause = range(words[before].end_sample, words[before + 1].start_sample - window, 240)
    quiet = min(loudness(audio[at : at + window]) for at in pause)
    loud = [loudness(audio[word.start_sample : word.end_sample]) for word in words]
    assert quiet < 0.2 * sorted(loud)[len(loud) // 2]
    assert all(word.end_sample - word.start_sample < 2 * SAMPLE_RATE for word in words)
    assert segment.speech_end - words[-1].end_sample < SAMPLE_RATE // 10


def loudness(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.heavy
def test_a_letter_under_many_marks_is_one_word() -> None:
    """A package that parts it from its marks leaves no word without a character."""
    text = "k\u0338\u0322\u031b\u0340o\u0335\u0358 5"

    tokens = [token for chunk in split_text(text, load("j")) for token in chunk.tokens]

    assert all(token.start < token.end for token in tokens)
    assert [token.start for token in tokens[1:]] == [token.end for token in tokens[:-1]]

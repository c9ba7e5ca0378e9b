"""English reading rules: a table of examples, what stays as it is, and hostile text."""

from __future__ import annotations

import csv
import gc
import re
import time
from pathlib import Path

import pytest

from jobs.text.normalize import normalize
from worker.pronunciation.reading.english.english_rules import load_english_rules
from worker.pronunciation.reading.spoken_text import SpokenText

with (Path(__file__).parent / "english_examples.tsv").open(encoding="utf-8") as file:
    EXAMPLES = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
UNKNOWN = {"bramley", "nasa", "fbi", "utc"}
WORDS = {"NASA", *(word.lower() for row in EXAMPLES for word in re.findall("[A-Za-z]+", row[2]))}
WORDS -= UNKNOWN
AMERICAN = load_english_rules(british=False, is_word=WORDS.__contains__)
BRITISH = load_english_rules(british=True, is_word=WORDS.__contains__)
PLAIN = [
    "Malcolm X took vitamin C.",
    "I came, and she said no.",
    "No. He left.",
    "The letter A. You know it.",
    "In the box were five.",
    "An LCD, two CDs and the MPs.",
    "It was Mr. Smith, Mrs. Jones and Ms. Reed.",
    "US troops met the UN.",
    "No. I never asked. No I did not.",
    "She posted a letter. I opened it, crossed the line. I ran.",
    "That old chap. I pity him. The page I turned; the Book I Wrote.",
    "Mary I met in town. In round I lost my hat.",
    "Notes A, B, C. The rest is missing.",
    "print(i) and f(x), love XX",
    "Plan A. Plan B.",
    "Section C, Type C, Part D; see Figure L of Appendix D.",
    "We met James I. Reed.",
]
HOSTILE = [
    "9",
    "a.",
    "a@",
    "1,",
    "$",
    "I",
    "1-",
    "1/",
    "#",
    "1:",
    "St. ",
    "A.",
    "5'",
    "1x",
    "1^",
    "½",
]


def say(written: str, *, british: bool = False) -> str:
    """Return `written` in the words that the rules put for it."""
    line = normalize(written, keeps_signs=True).text
    return SpokenText(line, (BRITISH if british else AMERICAN).find(line)).text


@pytest.mark.parametrize(
    ("kind", "written", "american", "british"), EXAMPLES, ids=[row[1] for row in EXAMPLES]
)
def test_reads_as_people_do(kind: str, written: str, american: str, british: str) -> None:
    """Each example is read as the table says, by a rule of its kind."""
    line = normalize(written, keeps_signs=True).text

    assert say(written) == american
    assert say(written, british=True) == (british or american)
    assert kind in {replacement.kind for replacement in AMERICAN.find(line)}


def test_every_kind_has_an_example() -> None:
    """The table leaves no kind out."""
    assert set(AMERICAN.kinds) == {row[0] for row in EXAMPLES}


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays(text: str) -> None:
    """What only looks like a figure or a short form is left alone."""
    assert say(text) == text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("I AM the one.", "I am the one."),
        ("Open Settings > Sound > Mute.", "Open Settings, Sound, Mute."),
        ("Sooo good.", "So good."),
        ("a && b", "a and b"),
        ("1-2-3, go!", "one two three, go!"),
        ("AAA and aaa", "AAA and aaa"),
        ("XX: The Reply", "twenty: The Reply"),
        ("It is 7%. 2 left.", "It is seven percent. two left."),
        ("Notes ====", "Notes  "),
        ("It began at 0900 hrs. We left.", "It began at oh nine hundred hours. We left."),
    ],
)
def test_reads_no_more_than_is_meant(written: str, spoken: str) -> None:
    """Stress, menus, drawn lines and ends of sentences keep what they are."""
    assert say(written) == spoken


def test_pence_are_british() -> None:
    """A p behind a number is money in Britain only."""
    assert say("It is 99p.", british=True) == "It is ninety nine pence."
    assert "pence" not in say("It is 99p.")


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_work_grows_with_the_text(piece: str) -> None:
    """Ten times the text takes at most fifteen times the work."""
    short = min(_measure_seconds(piece, 3_000) for _ in range(3))

    assert any(_measure_seconds(piece, 30_000) <= 15 * short for _ in range(5))


def _measure_seconds(piece: str, length: int) -> float:
    """Return the processor time that a line of `piece` takes."""
    line = (piece * length)[:length]
    gc.disable()  # its rounds grow with what lives in the whole process
    try:
        start = time.process_time()
        SpokenText(line, AMERICAN.find(line))
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize("letters", ["UPS", "PSI", "DOB", "EMS"])
def test_initials_that_are_words_in_small_letters_are_spelled(letters: str) -> None:
    """Among small letters they are no shout, and stay for the package to spell."""
    assert say(f"They asked for {letters} here.") == f"They asked for {letters} here."

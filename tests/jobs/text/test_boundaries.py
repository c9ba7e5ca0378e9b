"""Where a text may be cut."""

from __future__ import annotations

import time

import pytest

from jobs.text.boundaries import find_cut


def cut_all(text: str, max_weight: int = 250) -> list[str]:
    """Return the pieces from start to end."""
    parts, at = [], 0
    while at < len(text):
        end = find_cut(text, at, max_weight).end
        parts.append(text[at:end])
        at = end
    return parts


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(["One. ", "Two! ", "Three?"], id="plain"),
        pytest.param(["Mr. Smith met Dr. Who. ", "They spoke."], id="titles"),
        pytest.param(["J. R. R. Tolkien wrote. ", "I read."], id="initials"),
        pytest.param(["So did I. ", "Then he left."], id="the word I"),
        pytest.param(["Use e.g. Python or i.e. Rust. ", "Fine."], id="short forms"),
        pytest.param(["It is 3.14 or 1,000.50 exactly. ", "Yes."], id="decimals"),
        pytest.param(["See https://a.b/c?d=e.f now. ", "Then go."], id="addresses"),
        pytest.param(["Well... maybe not. ", "Hm… ", "No."], id="ellipses"),
        pytest.param(["“What?” he said. ", "“Go!” ", "She went."], id="quotes"),
        pytest.param(["See vol. II and ch. XIV. ", "I saw vol. II."], id="Roman numbers"),
        pytest.param(["Lt. Adm. Fry took approx. 5 kg. ", "He ran."], id="ranks and measures"),
        pytest.param(["See No. 5 and Fig. 2. ", "He said no. ", "Really."], id="numbers"),
        pytest.param(["In Nov. ’08 on Oak Ave. & Elm. ", "Dist. 9 won."], id="figures and signs"),
        pytest.param(["From Sept.–Oct. 1918 on. ", "It was over."], id="spans of months"),
        pytest.param(["1. Eggs\n", "2. Milk"], id="numbered list"),
        pytest.param(["你好。", "世界！", "好吗？", "好"], id="CJK"),
        pytest.param(["नमस्ते। ", "कैसे हैं?"], id="Devanagari"),
        pytest.param(["مرحبا؟ ", "نعم۔ ", "لا"], id="Arabic"),
        pytest.param(["Heading\n\n", "Text"], id="paragraph"),
        pytest.param(["One", " [pause:1s]", " two"], id="pause"),
    ],
)
def test_cuts_after_sentences(parts: list[str]) -> None:
    """A sentence ends where a reader would end it."""
    assert cut_all("".join(parts)) == parts


def test_cuts_a_long_sentence_at_a_clause_near_its_middle() -> None:
    """A sentence that is a little too long is halved where it breathes."""
    text = "aaaa bbbb, cccc dddd, eeee ffff, gggg hhhh."

    assert cut_all(text, 30) == ["aaaa bbbb, cccc dddd, ", "eeee ffff, gggg hhhh."]


def test_does_not_cut_at_the_dash_of_a_range() -> None:
    """From a year to a day is one stretch, though the dash has spaces."""
    text = "He lived (5 May 1638 – 1 May 1715) there – and well."

    assert cut_all(text, 90) == ["He lived (5 May 1638 – 1 May 1715) ", "there – and well."]


def test_cuts_between_words_where_there_is_no_clause() -> None:
    """Without a comma the cut falls on a space, and says that it was forced."""
    text = "aaaa bbbb cccc dddd eeee"

    cut = find_cut(text, 0, 15)

    assert (text[: cut.end], cut.is_forced) == ("aaaa bbbb cccc ", True)


def test_cuts_a_word_between_letters_never_before_their_marks() -> None:
    """The last resort keeps a letter and its marks together."""
    text = "e\u0301" * 50

    parts = cut_all(text, 9)

    assert "".join(parts) == text
    assert all(part.startswith("e") and part.endswith("\u0301") for part in parts)


@pytest.mark.parametrize("at", range(1, 30))
def test_never_cuts_markup(at: int) -> None:
    """However little fits, a word with its phonemes stays whole."""
    markup = "[Bilbo. Baggins](/bˈɪlbO, x/)"

    assert markup in "|".join(cut_all(f"Say {markup} again.", at))


def test_a_figure_stays_with_its_unit() -> None:
    """A forced cut is made elsewhere than between the two."""
    text = "it came to rest on the far side after 12 km of slow travel over open and stony land"

    assert not any(part.rstrip().endswith("12") for part in cut_all(text, 30))


def test_text_without_spaces_is_looked_at_no_further_than_needed() -> None:
    """A cut's time does not grow with what comes after it."""
    times = []
    for length in (10_000, 1_000_000):
        text = "9" * length
        start = time.process_time()
        for at in range(50):
            find_cut(text, at, 100)
        times.append(time.process_time() - start)

    assert times[1] < 10 * max(times[0], 0.01)

"""``ktts lexicon suggest`` with the real English lexicon."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path

import pytest

from jobs.places import install_command
from scripts.audiobook.plan.word_list import read_lexicon
from scripts.cli import main
from tests.builders.vocabulary import VOCABULARY
from worker.pronunciation.phonemize import load_phonemizer, load_reader

pytest.importorskip("misaki", reason="the lexicon comes with the extra 'worker'")
pytest.importorskip("charset_normalizer", reason="books are read by the extra 'books'")

BOOK = """\
Ukridge came in. “Ukridge, old horse,” said the man whom everybody called Corky.

Walking down the garden, Ukridge’s friends didn't notice UNESQUO or Sproughton.
"""


load_once = functools.cache(load_reader)


@pytest.fixture(autouse=True)
def _load_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the lexicon from one test to the next: loading it takes seconds."""
    monkeypatch.setattr("scripts.commands.lexicon.load_reader", load_once)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book of two paragraphs."""
    path = tmp_path / "ukridge.txt"
    path.write_text(BOOK, encoding="utf-8")
    return path


def suggest(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command; return its code and what it said."""
    code = main(["lexicon", "suggest", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_lists_what_the_lexicon_does_not_know(book: Path, capsys) -> None:
    """Names and made-up words come with their guessed phonemes, known words do not come."""
    code, out, _ = suggest(capsys, str(book), "--json")
    document = json.loads(out.splitlines()[-1])
    words = {entry["word"]: entry for entry in document["words"]}

    assert (code, document["language"]) == (0, "a")
    assert set(words) <= {"Ukridge", "UNESQUO", "Sproughton", "Corky"}
    assert words["Ukridge"] == {
        "word": "Ukridge",
        "count": 3,
        "phonemes": "ˈʌkɹɪʤ",
        "example": "Ukridge came in.",
    }
    assert {"UNESQUO", "Sproughton"} < set(words)


def test_top_bounds_the_list(book: Path, capsys) -> None:
    """Only the most frequent words are asked for."""
    _, out, _ = suggest(capsys, str(book), "--top", "1", "--lang", "en-gb")

    assert [line.split()[:2] for line in out.splitlines()] == [["3", "Ukridge"]]


def test_writes_a_word_list_to_be_corrected(book: Path, tmp_path: Path, capsys) -> None:
    """It changes nothing as it is, and a line without its # is an entry that is read back."""
    path = tmp_path / "words.toml"

    suggest(capsys, str(book), "-o", str(path))

    text = path.read_text(encoding="utf-8")
    assert read_lexicon(path).entries_for(BOOK, "a") == {}
    assert "# 3 times: Ukridge came in.\n# Ukridge = " in text
    path.write_text(text.replace("# Ukridge =", "Ukridge ="), encoding="utf-8")
    assert read_lexicon(path).entries_for(BOOK, "a") == {"ukridge": "ˈʌkɹɪʤ"}
    assert read_lexicon(path).entries_for(BOOK, "b") == {}


def test_a_word_list_that_is_there_is_kept(book: Path, tmp_path: Path, capsys) -> None:
    """What a user has corrected is not written over."""
    path = tmp_path / "words.toml"
    path.write_text("mine")

    code, _, err = suggest(capsys, str(book), "-o", str(path))

    assert (code, path.read_text()) == (73, "mine")
    assert "is there already" in err

    assert suggest(capsys, str(book), "-o", str(path), "--overwrite")[0] == 0
    assert "[en-us]" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--lang", "fr"], 65, "French is pronounced by rules and has no lexicon"),
        (["--lang", "xx"], 65, "language 'xx' is unknown"),
        (["-o", "no/words.toml"], 74, "cannot be written: No such file"),
    ],
)
def test_a_wrong_call_is_one_line(book: Path, capsys, arguments, code: int, message: str) -> None:
    """Exit code and message say what is wrong."""
    found, _, err = suggest(capsys, str(book), *arguments)

    assert found == code
    assert message in err


def test_a_book_in_another_language_is_refused(tmp_path: Path, capsys) -> None:
    """The lexicon is English; a book that says it is French is not looked up in it by mistake."""
    path = tmp_path / "livre.md"
    path.write_text("---\nlang: fr\n---\nBonjour Ukridge.\n", encoding="utf-8")

    assert suggest(capsys, str(path))[0] == 65
    assert suggest(capsys, str(path), "--lang", "en")[0] == 0


def test_missing_packages_are_named(book: Path, capsys, monkeypatch) -> None:
    """Without the worker's packages, the line that installs them is the answer."""
    monkeypatch.setattr("scripts.commands.lexicon.load_reader", load_reader)
    monkeypatch.delitem(sys.modules, "worker.pronunciation.english", raising=False)
    monkeypatch.setitem(sys.modules, "spacy", None)

    code, _, err = suggest(capsys, str(book))

    assert code == 65
    assert install_command("worker") in err


@pytest.mark.parametrize("language", ["a", "b"])
def test_known_words_are_not_guessed(language: str) -> None:
    """Inflections and capitals of known words are known; made-up names and acronyms are not."""
    reader = load_once(language)

    assert all(map(reader.knows, ["walk", "Walking", "walked", "WALKS", "London", "friends"]))
    assert not any(map(reader.knows, ["Ukridge", "ukridges", "UNESQUO", "Sproughton"]))


def test_a_guess_is_what_a_worker_says() -> None:
    """The phonemes of a suggestion are those that the word would get in a text."""
    said = load_phonemizer("a", VOCABULARY).phonemize("I saw Sproughton.", {})

    guess = load_once("a").spell("Sproughton")

    assert guess in "".join(token.phonemes for token in said)

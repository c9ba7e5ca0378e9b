"""A command's text: the words, a file or standard input, and clear errors for all else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import SpeechQueue, SpeechRequest
from jobs.errors import InputError, TextTooLong
from scripts.console.input_text import read_text
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "text",
    ["Hello there.", "either/or is fine", "", "   ", "a" * 10_000, "x" * 300, "no.", "a\0b"],
    ids=[
        "words",
        "slash",
        "empty",
        "blank",
        "long",
        "longer than a name",
        "dot",
        "nul",
    ],
)
def test_words_are_text(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An argument that is no file is the text itself."""
    monkeypatch.chdir(tmp_path)
    assert read_text(text, 20_000) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Hello.\n", "Hello.\n"),
        ("\ufeffZo\u00eb".encode(), "Zo\u00eb"),
        ("\u4f60\u597d".encode(), "\u4f60\u597d"),
        (b"a\r\nb", "a\r\nb"),
    ],
    ids=["plain", "byte order mark", "chinese", "line ends kept"],
)
def test_a_file_is_read_as_utf_8(tmp_path: Path, data: bytes, text: str):
    """An argument that names a file is read; a byte order mark is no part of the text."""
    path = tmp_path / "text with blanks.txt"
    path.write_bytes(data)

    assert read_text(str(path), 100) == text


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch):
    """`-` reads what another program writes."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Zo\u00eb".encode())))

    assert read_text("-", 100) == "Zo\u00eb"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_is_read_as_a_book_is(tmp_path: Path, encoding: str):
    """`ktts speak` reads what `ktts audiobook` reads: by its mark, or guessed."""
    pytest.importorskip("charset_normalizer", reason="encodings are guessed by the extra 'books'")
    path = tmp_path / "book.txt"
    text = "Zo\u00eb, na\u00efve as ever, drank her caf\u00e9 au lait in the open. " * 4
    path.write_bytes(text.encode(encoding))

    assert read_text(str(path), 1_000) == text


@pytest.mark.parametrize("text", ["caf\u00e9", "Perch\u00e9 no?", "N\u00e3o ", "\u00bfQu\u00e9?"])
def test_a_few_words_in_a_western_encoding_are_read(tmp_path: Path, text: str):
    """Too short to tell encodings apart, they are taken for what Western systems write."""
    path = tmp_path / "note.txt"
    path.write_bytes(text.encode("latin-1"))

    assert read_text(str(path), 100) == text


def test_without_the_extra_nothing_is_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A bare producer refuses what is not UTF-8, and says both ways out."""
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    path = tmp_path / "book.txt"
    path.write_bytes(b"caf\xe9 " * 20)

    with pytest.raises(InputError, match=r"is not UTF-8; .*iconv.*pip install .*\[books\]"):
        read_text(str(path), 100)


@pytest.mark.parametrize("data", [b"\0" * 64, b"a\0b", bytes(range(256)) * 20])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes):
    """What no encoding fits, and what holds a NUL, is an error that names the file."""
    path = tmp_path / "book.txt"
    path.write_bytes(data)

    with pytest.raises(InputError, match="is no text") as caught:
        read_text(str(path), 10_000)

    assert str(caught.value).startswith(repr(str(path)))


def test_a_directory_is_refused(tmp_path: Path):
    """A directory is no text file."""
    with pytest.raises(InputError, match="is a directory; name a text file in it"):
        read_text(str(tmp_path), 100)


@pytest.mark.parametrize("name", ["missing.txt", "README.MD", "some/where", "/no/such", "./x"])
def test_a_file_that_is_not_there_is_not_spoken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What can only be meant as a file name is an error, never read out."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="there is no file"):
        read_text(name, 100)


def test_an_unreadable_file_is_refused(tmp_path: Path):
    """What the system refuses to read is named with its reason."""
    if Path("/proc/self/mem").exists():
        path = "/proc/self/mem"  # nobody reads address 0, not even root
    else:
        file = tmp_path / "secret.txt"
        file.touch(mode=0)
        path = str(file)

    with pytest.raises(InputError, match="cannot be read: "):
        read_text(path, 100)


def test_a_file_without_end_is_read_to_the_limit_only():
    """A text over the limit is refused before it fills the memory."""
    with pytest.raises(TextTooLong, match=r"'/dev/zero' is longer than 1000 characters"):
        read_text(os.path.join("/", "dev", "zero"), 1000)  # noqa: PTH118 - not resolved


def test_an_ascii_locale_takes_what_is_typed() -> None:
    """Under LC_ALL=C a text on the command line is UTF-8, as a file is."""
    code = (
        "import sys; from scripts.console.input_text import read_text; "
        "sys.stdout.buffer.write(read_text(sys.argv[1], 99).encode())"
    )
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, "Zoë – naïve"],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode() == "Zoë – naïve"


@pytest.mark.parametrize("given", ["argument", "file", "standard input"])
def test_commands_take_utf8_under_an_ascii_locale(
    given: str, queue: SpeechQueue, process_environment: dict[str, str], tmp_path: Path
) -> None:
    """Texts, names of files and standard input; it is the job that it is elsewhere."""
    text = "Zoë – naïve."
    file = tmp_path / "été.txt"
    file.write_text(text, encoding="utf-8")
    ascii_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    words = {"argument": text, "file": str(file), "standard input": "-"}
    submit = ["submit", words[given], "--json"]
    printed = subprocess.run(
        [sys.executable, "-m", "scripts.cli", *submit],
        input=text.encode(),
        env=process_environment | ascii_locale,
        capture_output=True,
        check=True,
    ).stdout

    assert json.loads(printed) == [SpeechRequest(text=text).job_id]
    if given == "file":
        [job] = queue.jobs()
        assert job.facts().source == "été.txt"

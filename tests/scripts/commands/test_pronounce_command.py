"""``ktts pronounce`` with real pronunciation and no model but its vocabulary."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from scripts.cli import main
from tests.builders.vocabulary import VOCABULARY

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model directory that holds nothing but the configuration."""
    directory = tmp_path / "model"
    directory.mkdir()
    vocabulary = {symbol: at for at, symbol in enumerate(sorted(VOCABULARY), 1)}
    (directory / "config.json").write_text(json.dumps({"vocab": vocabulary}), encoding="utf-8")
    monkeypatch.setenv("KTTS_MODEL_DIR", str(directory))
    return directory


def pronounce(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command for Spanish; return its code and what it said."""
    code = main(["pronounce", "--lang", "es", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_shows_words_phonemes_kinds_and_what_is_unspoken(capsys) -> None:
    """A line each, below the line as it is written."""
    code, out, _ = pronounce(capsys, "Cena a las 9:15 ☃")

    assert code == 0
    assert [line.split(maxsplit=1) for line in out.splitlines()[1:]] == [
        ["words", "Cena a las nueve y cuarto"],
        ["phonemes", "θˈena a las nwˈeβe i kwˈaɾto"],
        ["time", "9:15 → nueve y cuarto"],
        ["unspoken", "☃ at 16: emoji and pictures are not read out"],
    ]


def test_the_last_line_is_one_document_of_all_lines(capsys) -> None:
    """Of an argument, with the language by Kokoro's letter."""
    code, out, _ = pronounce(capsys, "Son 3 kg.\nFin.", "--json", "--reading", "plain")

    document = json.loads(out.splitlines()[-1])
    assert code == 0
    assert (document["language"], document["reading"]) == ("e", "plain")
    assert [line["words"] for line in document["lines"]] == ["Son 3 kg.", "Fin."]


def test_ssml_of_several_lines_is_one_text(capsys) -> None:
    """What is one line is a text of its own, SSML or not."""
    _, out, _ = pronounce(capsys, '<speak>\n<sub alias="Hola">H</sub>,\nsoy Noa.</speak>', "--json")
    one = json.loads(out.splitlines()[-1])["lines"]
    _, out, _ = pronounce(capsys, "<speak>Hola.</speak>\n<speak>Fin.</speak>", "--json")
    two = json.loads(out.splitlines()[-1])["lines"]

    assert [line["words"] for line in one] == ["Hola, soy Noa."]
    assert one[0]["readings"] == [
        {
            "start": 8,
            "end": 33,
            "text": '<sub alias="Hola">H</sub>',
            "words": "Hola",
            "kind": "alias",
        }
    ]
    assert [line["words"] for line in two] == ["Hola.", "Fin."]


def test_a_kind_that_the_settings_switch_off_is_not_read(capsys, monkeypatch) -> None:
    """The command shows what workers with the same settings say."""
    monkeypatch.setenv("KTTS_READING_OFF", "time,roman")

    _, out, _ = pronounce(capsys, "Son 3 kg a las 9:15.")

    kinds = [line.split()[0] for line in out.splitlines()[1:]]
    assert "measure" in kinds
    assert "time" not in kinds


def test_each_line_of_standard_input_is_one_line_of_json(capsys, monkeypatch) -> None:
    """Empty ones and those without a sound too, so that both can be laid side by side."""
    written = io.TextIOWrapper(io.BytesIO("Son 3 kg.\r\n\n☃\nFin.".encode()))
    monkeypatch.setattr(sys, "stdin", written)

    code, out, _ = pronounce(capsys, "--json")

    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["words"] for line in lines] == ["Son tres kilogramos.", "", "", "Fin."]
    assert lines[0]["readings"] == [
        {"start": 4, "end": 8, "text": "3 kg", "words": "tres kilogramos", "kind": "measure"}
    ]
    assert [piece["text"] for piece in lines[2]["unspoken"]] == ["☃"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([" "], 65, "the text is empty"),
        (["Hola", "--lang", "xx"], 65, "language 'xx' is unknown"),
        (["<speak><x/></speak>"], 65, "the SSML is wrong at line 1, column 8: <x> is not"),
        (["missing.txt"], 66, "there is no file 'missing.txt'"),
    ],
)
def test_a_wrong_call_is_one_line(capsys, arguments, code: int, message: str) -> None:
    """Exit code and message say what is wrong."""
    found, out, err = pronounce(capsys, *arguments)

    assert (found, out, err.count("\n")) == (code, "", 1)
    assert message in err


@pytest.mark.parametrize("config", ["", "{}"])
def test_without_a_vocabulary_the_remedy_is_named(capsys, model: Path, config: str) -> None:
    """The symbols that the model knows stand in its configuration and nowhere else."""
    (model / "config.json").write_text(config)

    code, _, err = pronounce(capsys, "Hola")

    assert code == 78
    assert "run `ktts fetch-model`" in err

"""Kinds of Spanish, French, Italian, Portuguese and Hindi, each with words of its own."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.european.european_rules import load_european_rules
from worker.pronunciation.reading.rules import RuleTable
from worker.pronunciation.reading.spoken_text import SpokenText

TABLES = {letter: load_european_rules(letter) for letter in "efhip"}

with (Path(__file__).parent / "european_examples.tsv").open(encoding="utf-8") as _table:
    CASES = [
        (row["language"], row["kind"], row["written"], row["said"])
        for row in csv.DictReader(_table, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]
"""Kokoro's letter, the kind, what is written, and what is said for it."""


def read(table: RuleTable, line: str) -> str:
    """Return `line` as it is said, with single spaces."""
    return re.sub(" +", " ", SpokenText(line, table.find(line)).text).strip()


@pytest.mark.parametrize(("letter", "kind", "written", "said"), CASES)
def test_a_kind_is_read_as_people_read_it(letter: str, kind: str, written: str, said: str) -> None:
    """Each kind is put into the words of its language, by a rule of that name."""
    assert read(TABLES[letter], written) == said
    assert kind in {one.kind for one in TABLES[letter].find(written)}


@pytest.mark.parametrize(
    ("letter", "line"),
    [
        ("e", "Malcolm X y la vitamina C"),
        ("e", "Alineación X del texto"),
        ("f", "Il en reste un s'il veut."),
        ("f", "Max. dort."),
        ("i", "L'A.C. di Monza"),
        ("p", "O campo AIX e TX-OV Opções"),
        ("f", "Ils regardent la mer."),
        ("f", "Les amis vers le soir. Le vent."),
        ("i", "I ragazzi sono qui."),
        ("p", "Ele é bom."),
        ("h", "वह घर गया."),
        ("h", "जुलाई."),
        ("e", "Vino ayer a. La vio."),
    ],
)
def test_words_are_left_alone(letter: str, line: str) -> None:
    """What is no figure, sign or short form is read as before."""
    assert read(TABLES[letter], line) == line


@pytest.mark.parametrize(
    ("letter", "line", "said"),
    [
        ("i", "la 3° volta, a 20° all'ombra", "la terza volta, a venti gradi all'ombra"),
        ("e", "el 3° piso, a 20°", "el tercer piso, a veinte grados"),
    ],
)
def test_a_degree_sign_may_end_an_ordinal(letter: str, line: str, said: str) -> None:
    """Between an article and a noun it is no degree."""
    assert read(TABLES[letter], line) == said


def test_roman_numerals_are_well_formed() -> None:
    """Letters in another order are a word."""
    assert (read_roman("XLIV"), read_roman("MIX"), read_roman("IC")) == (44, 1009, 0)


@pytest.mark.parametrize(
    ("letter", "line", "said"),
    [
        ("f", "Il en veut 1 s'il reste", "Il en veut un s'il reste"),
        ("e", "de 1050-1350", "de mil cincuenta a mil trescientos cincuenta"),
        ("e", "tipo 6000/8000", "tipo seis mil barra ocho mil"),
        ("f", "le code 9F", "le code neuf F"),
        ("e", "la Región IX", "la Región nueve"),
        ("i", "Direct I/O", "Direct I barra O"),
    ],
)
def test_what_only_looks_like_a_kind_is_not_read_as_one(letter: str, line: str, said: str) -> None:
    """Units before an apostrophe, types with a stroke, years that are no telephone number."""
    assert read(TABLES[letter], line) == said

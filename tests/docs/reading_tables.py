"""The tables of docs/reading.md, made from the rules' tests.

``python -m tests.docs.reading_tables`` writes them into the document, behind its mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobs.text.language_tags import BY_CODE
from tests.conftest import ROOT
from tests.worker.pronunciation.reading.english import test_english_rules
from tests.worker.pronunciation.reading.european import test_european_rules
from tests.worker.pronunciation.reading.han import test_chinese_rules, test_japanese_rules
from worker.pronunciation.reading.rules import RuleTable

DOCUMENT = ROOT / "docs" / "reading.md"
MARK = "<!-- Made by `python -m tests.docs.reading_tables`; change the tests instead. -->\n"

Example = tuple[str, ...]
"""A kind, what is written, and what is said for it; in English also what Britons say."""

TABLES: dict[str, RuleTable] = {
    "a": test_english_rules.AMERICAN,
    **test_european_rules.TABLES,
    "j": test_japanese_rules.TABLE,
    "z": test_chinese_rules.TABLE,
}


def find_examples(language: str) -> list[Example]:
    """Return the examples that the rules of `language`, one of Kokoro's letters, are tested by."""
    match language:
        case "a":
            return [tuple(row) for row in test_english_rules.EXAMPLES]
        case "j":
            return list(test_japanese_rules.CASES)
        case "z":
            return list(test_chinese_rules.CASES)
        case _:
            cases = test_european_rules.CASES
            return [(kind, *example) for letter, kind, *example in cases if letter == language]


def write_tables() -> str:
    """Return a Markdown table for each language, with the first example of each kind."""
    return "\n".join("\n".join(_write_section(language)) + "\n" for language in TABLES)


def _write_section(language: str) -> Iterator[str]:
    spoken = BY_CODE[language]
    name = spoken.english_name if language == "a" else spoken.name
    columns = ["kind", "written", "said"]
    if language == "a":
        columns.append("in British English, where it differs")
    yield from (f"## {name}", "", _write_row(columns), "|---" * len(columns) + "|")
    # Where a rule gives phonemes, the words that are said may be the written ones.
    telling = sorted(find_examples(language), key=lambda example: example[1] == example[2])
    first = {example[0]: example for example in reversed(telling)}
    for kind in sorted(first):
        _, written, *said = first[kind]
        yield _write_row([kind, f"`{written}`", *said])


def _write_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    before = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
    DOCUMENT.write_text(f"{before}{MARK}\n{write_tables()}", encoding="utf-8")

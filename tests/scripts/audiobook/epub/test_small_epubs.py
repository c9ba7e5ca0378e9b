"""EPUBs with one oddity each: what is spoken of them, or the one reason why they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.text.markup import PAUSE
from scripts.audiobook.open_book import open_book
from tests.builders.small_epubs import SMALL_EPUBS, SmallEpub

READ = [case for case in SMALL_EPUBS if not case.refusal]
REFUSED = [case for case in SMALL_EPUBS if case.refusal]


def name_case(case: SmallEpub) -> str:
    """Return its name for pytest."""
    return case.name


@pytest.mark.parametrize("case", READ, ids=name_case)
def test_it_is_read(tmp_path: Path, case: SmallEpub) -> None:
    """Every paragraph once, in order, and nothing else."""
    case.write(path := tmp_path / "small.epub")

    chapters = [each for each in open_book(path).chapters if not each.skip_reason]

    paragraphs = [text for each in chapters for text in each.text.split("\n\n")]
    assert tuple(text for text in paragraphs if not PAUSE.fullmatch(text)) == case.spoken
    assert all(each.title for each in chapters)


@pytest.mark.parametrize("case", REFUSED, ids=name_case)
def test_it_is_refused_in_one_line(tmp_path: Path, case: SmallEpub) -> None:
    """The line names the file and the true reason."""
    case.write(path := tmp_path / "small.epub")

    with pytest.raises(InputError) as caught:
        open_book(path)

    assert case.refusal in str(caught.value)
    assert "\n" not in str(caught.value)


def test_there_are_more_than_forty() -> None:
    """Each has a name of its own."""
    assert len({case.name for case in SMALL_EPUBS}) == len(SMALL_EPUBS) > 80

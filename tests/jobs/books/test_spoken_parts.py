"""What is found of a book before anything is queued (`jobs.books.spoken_parts`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.assembly import result_file
from jobs.books.manifest import BookPart, batch_dir
from jobs.books.spoken_parts import (
    SpokenParts,
    find_change,
    find_spoken,
    read_kept,
    write_kept,
)
from jobs.errors import OutputError
from jobs.request import SpeechRequest
from jobs.settings import QueueSettings
from jobs.text.text_version import text_version
from tests.builders.finished_book import FIRST_RELEASE, finish_part, make_book, speak
from tests.fakes.fake_worker import make_request, make_result

CHAPTERS = [["One is here.", "Two is here."], ["Three is here."]]


@pytest.fixture
def settings(tmp_path: Path) -> QueueSettings:
    """Return settings with a directory of the test's own."""
    return QueueSettings(output_dir=tmp_path)


def leave(settings: QueueSettings, part: BookPart, **changed: str) -> None:
    """Leave the files of a part whose versions differ in `changed` from today's."""
    fingerprint = text_version() | changed
    finish_part(settings.output_dir, part, speak(part.request.text), fingerprint)


def test_a_book_that_was_not_begun_has_nothing(settings: QueueSettings) -> None:
    """There is nothing to say of it."""
    spoken = find_spoken(make_book(settings.output_dir, CHAPTERS), settings)

    assert spoken == SpokenParts(total=3, spoken=0)
    assert spoken.describe(is_kept=False) == ""


def test_parts_of_today_are_spoken_and_no_more(settings: QueueSettings) -> None:
    """A book that goes on under the same rules says nothing."""
    manifest = make_book(settings.output_dir, CHAPTERS)
    leave(settings, manifest.parts[0])

    assert find_spoken(manifest, settings) == SpokenParts(total=3, spoken=1)


def test_what_differs_is_said_with_what_becomes_of_it(settings: QueueSettings) -> None:
    """How many parts, what was changed, and the option that keeps them."""
    manifest = make_book(settings.output_dir, CHAPTERS)
    leave(settings, manifest.parts[0])
    leave(settings, manifest.parts[1], reading="0")
    leave(settings, manifest.parts[2], reading="0", pauses="0")

    spoken = find_spoken(manifest, settings)

    today = text_version()
    assert spoken.outdated == tuple(part.request.job_id for part in manifest.parts[1:])
    assert spoken.change == (
        f"reading rules 0, now {today['reading']}; or "
        f"reading rules 0, now {today['reading']}; pauses 0, now {today['pauses']}"
    )
    assert spoken.describe(is_kept=False) == (
        f"2 of 3 parts were spoken under other rules ({spoken.change}) and are spoken anew; "
        "--keep-parts goes on with them"
    )
    assert spoken.describe(is_kept=True).endswith(
        "; the book goes on with them and will have two readings"
    )


def test_parts_of_the_first_release_count_as_other(settings: QueueSettings) -> None:
    """Their fingerprint names neither rules nor pauses."""
    manifest = make_book(settings.output_dir, CHAPTERS)
    part = manifest.parts[0]
    finish_part(settings.output_dir, part, speak(part.request.text), FIRST_RELEASE)

    spoken = find_spoken(manifest, settings)

    assert len(spoken.outdated) == 1
    assert spoken.change.startswith("reading rules none, now ")
    assert "; pauses none, now " in spoken.change


def test_a_finished_book_has_no_outdated_parts(settings: QueueSettings) -> None:
    """Nothing would be spoken: it keeps the reading that it has."""
    manifest = make_book(settings.output_dir, CHAPTERS)
    for part in manifest.parts:
        leave(settings, part, reading="0")
    [output] = manifest.outputs
    file = batch_dir(settings.output_dir, manifest.batch_id) / output.name
    file.write_bytes(b"audio")
    assert len(find_spoken(manifest, settings).outdated) == 3

    result_file(file).write_text(
        '{"job_id": "1", "batch_id": "2", "path": "/p", "output_file": "f", "format": "flac",'
        '"sample_rate": 24000, "audio_seconds": 1, "processing_seconds": 1, "chunks": 1,'
        '"real_time_factor": 1, "characters": 1, "sha256": "", "chapters": []}'
    )

    assert find_spoken(manifest, settings) == SpokenParts(total=3, spoken=3)


def test_rules_mean_nothing_to_a_plain_reading(settings: QueueSettings) -> None:
    """Other versions of the rules and kinds that are off leave it as it was."""
    request = SpeechRequest(**make_request(reading="plain").model_dump())

    plain = text_version("a", "plain") | {"reading_off": "date"}

    assert plain["reading"] == "plain"
    assert find_change(make_result(request, fingerprint=plain), request, "roman") == ""
    assert find_change(make_result(request, fingerprint=text_version()), request, "") != ""


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    """The list is replaced as a whole; none is no file."""
    assert read_kept(tmp_path, "b") == frozenset()

    write_kept(tmp_path, "b", ["1", "2"])
    assert read_kept(tmp_path, "b") == {"1", "2"}
    write_kept(tmp_path, "b", ["3"])
    assert read_kept(tmp_path, "b") == {"3"}
    write_kept(tmp_path, "b", [])
    assert list(batch_dir(tmp_path, "b").iterdir()) == []


def test_a_list_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    """While a volume fails, no kept part is taken for one that is due."""
    (batch_dir(tmp_path, "b") / "kept.json").mkdir(parents=True)

    with pytest.raises(IsADirectoryError):
        read_kept(tmp_path, "b")


def test_a_list_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Nothing is submitted then."""
    (tmp_path / "books").write_text("in the way")

    with pytest.raises(OutputError, match="nothing was submitted"):
        write_kept(tmp_path, "b", ["1"])

"""The plan of a book on disk, and what is read off the disk of it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from jobs.assembly import AssemblyRequest, AssemblyResult, result_file
from jobs.books import store
from jobs.books.manifest import (
    BookChapter,
    BookOutput,
    Manifest,
    batch_dir,
    manifest_file,
)
from jobs.errors import InputError, InvalidRequest, OutputError, UnknownBatch
from jobs.request import SpeechRequest, part_name
from tests.builders.finished_book import finish_parts, make_book, make_part, make_picture

CHAPTERS = [["One is here.", "Two is here."], ["Three is here."]]


def test_a_manifest_is_read_back_as_it_was_written(tmp_path: Path):
    """All of it survives, under an id that is its hash."""
    written = make_book(tmp_path, CHAPTERS, cover=make_picture())

    read = store.read_book(tmp_path, written.batch_id)

    assert read == written
    assert (batch_dir(tmp_path, written.batch_id) / "cover.png").read_bytes() == make_picture()
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_equal_books_are_one_batch_and_others_are_not(tmp_path: Path):
    """The id changes with the text, the format and the title, and with nothing else."""
    first = make_book(tmp_path, CHAPTERS)

    assert make_book(tmp_path, CHAPTERS).batch_id == first.batch_id
    others = {
        make_book(tmp_path, [["Other text."]]).batch_id,
        make_book(tmp_path, CHAPTERS, book_format="mp3").batch_id,
        make_book(tmp_path, CHAPTERS, title="Another").batch_id,
    }
    assert len(others | {first.batch_id}) == 4


def test_a_book_of_the_first_release_is_found_again():
    """Its batch, parts and jobs are called as they were: so its parts are known to be outdated."""
    part = make_part("One is here.")
    manifest = Manifest(
        title="A",
        source="a.md",
        format="m4b",
        chapters=(BookChapter(title="One", parts=(part,)),),
        outputs=(BookOutput(name="A.m4b", title="A", chapters=(0,)),),
    )

    assert manifest.batch_id == "d22cba907f533e3da830d1534537ab52"
    assert part.request.output_name == "parts/039dc4f7b149449ea4cac450753fe84c"
    assert part.request.job_id == "e7bbd9889fc9553891eeeabd22f09109"


@pytest.mark.parametrize(
    "change", [{"voice": "am_adam"}, {"speed": 1.2}, {"text": "B."}, {"lexicon": {"A": "ə"}}]
)
def test_a_part_is_named_by_all_that_changes_its_sound(change: dict[str, object]):
    """Text, voice, speed and lexicon count; labels, format and name do not."""
    request = SpeechRequest(text="A.")

    assert part_name(SpeechRequest(**{"text": "A."} | change)) != part_name(request)
    same = SpeechRequest(text="A.", format="mp3", output_name="x", metadata={"a": "b"})
    assert part_name(same) == part_name(request)


def test_an_unknown_book_is_named(tmp_path: Path):
    """A book that is not there is an unknown job, with its id and the directory."""
    with pytest.raises(UnknownBatch, match="there is no book 'abc'"):
        store.read_book(tmp_path, "abc")


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2}', '{"version": 1, "title": "x"}'])
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, content: str):
    """What this version did not write is an error that says what to do."""
    path = manifest_file(tmp_path, "a" * 32)
    path.parent.mkdir(parents=True)
    path.write_text(content)

    with pytest.raises(InputError, match="is not a manifest of this version; run"):
        store.read_book(tmp_path, "a" * 32)


def test_a_manifest_that_was_edited_is_refused(tmp_path: Path):
    """Its id is what finished files are trusted by, so it must be that of the content."""
    manifest = make_book(tmp_path, CHAPTERS)
    path = manifest_file(tmp_path, manifest.batch_id)
    document = json.loads(path.read_bytes())
    document["title"] = "Another"
    path.write_text(json.dumps(document))

    with pytest.raises(InputError, match="was changed after it was written"):
        store.read_book(tmp_path, manifest.batch_id)


@pytest.mark.parametrize("name", ["../x.m4b", "a/b.m4b", ".x.m4b", "", "x\n.m4b"])
def test_an_output_must_stay_in_its_directory(tmp_path: Path, name: str):
    """A name that leads elsewhere is refused before anything is written."""
    manifest = make_book(tmp_path / "model", CHAPTERS)
    odd = manifest.model_copy(
        update={"outputs": (BookOutput(name=name, title="x", chapters=(0,)),)}
    )

    with pytest.raises(InvalidRequest):
        store.write_book(tmp_path / "output", odd, None)

    assert not (tmp_path / "output").exists()


def test_a_cover_must_be_the_one_that_is_named(tmp_path: Path):
    """A manifest never points to another picture, or to none."""
    manifest = make_book(tmp_path / "model", CHAPTERS, cover=make_picture())

    for cover in (None, b"another"):
        with pytest.raises(InvalidRequest, match="the cover is not the one"):
            store.write_book(tmp_path / "output", manifest, cover)


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path):
    """Nothing is submitted, and the message says where."""
    (tmp_path / "output").write_text("a file")
    manifest = make_book(tmp_path / "model", CHAPTERS)

    with pytest.raises(OutputError, match="nothing was submitted"):
        store.write_book(tmp_path / "output", manifest, None)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_part_is_finished_when_all_its_files_are_there(tmp_path: Path, missing: int):
    """Without its audio, its timings or its result it is to be made again."""
    manifest = make_book(tmp_path, CHAPTERS)
    part = manifest.parts[0]
    assert store.find_part(tmp_path, part) is None
    finish_parts(tmp_path, manifest)
    assert store.find_part(tmp_path, part) is not None

    store.part_files(tmp_path, part)[missing].unlink()

    assert store.find_part(tmp_path, part) is None
    assert store.find_damage(tmp_path, part) == "its files are not all there"


def test_damage_is_found(tmp_path: Path):
    """Other audio and timings that break off are named; a whole part has nothing to name."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    (audio, _, _), (_, timings, _) = (
        store.part_files(tmp_path, part) for part in manifest.parts[:2]
    )
    audio.write_bytes(audio.read_bytes()[:-1])
    timings.write_bytes(b"")

    found = [store.find_damage(tmp_path, part) for part in manifest.parts]

    assert found == ["its audio is not what was made", "its timings break off", ""]


def test_a_result_of_another_job_does_not_count(tmp_path: Path):
    """A part's name alone proves nothing: the result must be this job's."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    *_, first = store.part_files(tmp_path, manifest.parts[0])
    *_, second = store.part_files(tmp_path, manifest.parts[1])
    first.write_bytes(second.read_bytes())

    assert store.find_part(tmp_path, manifest.parts[0]) is None


def test_a_part_that_is_used_again_is_young_again(tmp_path: Path):
    """All its files get a new age; those of others keep theirs."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    old = time.time() - 1_000_000
    files = [path for part in manifest.parts for path in store.part_files(tmp_path, part)]
    for path in files:
        os.utime(path, (old, old))

    store.touch_part(tmp_path, manifest.parts[0])
    store.touch_part(tmp_path, make_part("Never made."))

    ages = [path.stat().st_mtime > old + 1 for path in files]
    assert ages == [True] * 3 + [False] * 6


def test_a_cancelled_book_is_known_as_such_until_it_is_wanted_again(tmp_path: Path):
    """The mark is a file in the book's directory."""
    manifest = make_book(tmp_path, CHAPTERS)

    store.mark_cancelled(tmp_path, manifest.batch_id)
    assert store.is_cancelled(tmp_path, manifest.batch_id)
    store.unmark_cancelled(tmp_path, manifest.batch_id)

    assert not store.is_cancelled(tmp_path, manifest.batch_id)


def test_only_directories_with_a_manifest_are_books(tmp_path: Path):
    """What else lies there, or a book that was being written, is passed over."""
    assert list(store.list_books(tmp_path)) == []
    manifest = make_book(tmp_path, CHAPTERS)
    (tmp_path / "books/unfinished").mkdir()
    (tmp_path / "books/notes.txt").write_text("x")

    [(found, changed)] = store.list_books(tmp_path)

    assert found == manifest.batch_id
    assert changed == batch_dir(tmp_path, found).stat().st_mtime_ns


def test_a_file_that_was_taken_away_is_made_again_only_when_it_is_wanted(tmp_path: Path):
    """A book stays finished without its file until somebody drops the result that is left."""
    manifest = make_book(tmp_path, CHAPTERS)
    [output] = manifest.outputs
    file = batch_dir(tmp_path, manifest.batch_id) / output.name
    assert store.find_outputs(tmp_path, manifest.batch_id, manifest.outputs) == {}
    result = make_result(manifest, output)
    result_file(file).write_text(result.model_dump_json())
    file.write_bytes(b"audio")
    store.drop_lost_result(tmp_path, manifest.batch_id, output)
    assert store.find_output(tmp_path, manifest.batch_id, output) == result

    file.unlink()

    assert store.find_output(tmp_path, manifest.batch_id, output) is None
    assert store.find_outputs(tmp_path, manifest.batch_id, manifest.outputs) == {
        output.name: result
    }
    store.drop_lost_result(tmp_path, manifest.batch_id, output)
    assert store.find_outputs(tmp_path, manifest.batch_id, manifest.outputs) == {}


def test_files_wait_for_the_whole_book_only_where_its_loudness_counts(tmp_path: Path):
    """Each chapter's file needs its own chapter, unless all are to be brought to one loudness."""
    plain = make_book(tmp_path, CHAPTERS, split=True)
    loud = make_book(tmp_path, CHAPTERS, split=True, loudness_lufs=-18.0)

    assert [plain.chapters_for(output) for output in plain.outputs] == [(0,), (1,)]
    assert [loud.chapters_for(output) for output in loud.outputs] == [(0, 1), (0, 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"batch_id": "a" * 32},
        {"batch_id": "A" * 32, "output": "x.m4b"},
        {"batch_id": "../../x", "output": "x.m4b"},
        {"batch_id": "a" * 32, "output": "../x.m4b"},
        {"batch_id": "a" * 32, "output": 3},
        {"batch_id": "a" * 32, "output": "x.m4b", "more": 1},
    ],
)
def test_an_assembly_names_a_book_and_a_file_and_nothing_else(fields: dict[str, object]):
    """What came off the wire is refused with one error, whatever is wrong."""
    with pytest.raises(InvalidRequest):
        AssemblyRequest(**fields)


def make_result(manifest: Manifest, output: BookOutput) -> AssemblyResult:
    """Return what a worker would say of a finished file."""
    request = AssemblyRequest(batch_id=manifest.batch_id, output=output.name)
    return AssemblyResult(
        job_id=request.job_id,
        batch_id=manifest.batch_id,
        path=f"/output/{request.output_file}",
        output_file=request.output_file,
        format=manifest.format,
        sample_rate=24_000,
        audio_seconds=1.0,
        processing_seconds=0.1,
        real_time_factor=0.1,
        chunks=len(manifest.parts),
        characters=10,
        sha256="0" * 64,
        chapters=(),
    )

"""The user's directory: finished files come in, and nothing of the user's is lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from jobs.books.manifest import BookChapter, BookOutput, BookPart, Manifest
from jobs.errors import InputError, OutputError, OutputExists
from jobs.request import SpeechRequest
from scripts.audiobook.make.output_folder import RECORD_NAME, OutputFolder


def make_manifest(
    text: str = "Once upon a time.", *, source: str = "book.epub", outputs: tuple[str, ...] = ()
) -> Manifest:
    """Return a book of one chapter; its outputs all hold it."""
    names = outputs or ("Tales.m4b",)
    return Manifest(
        title="Tales",
        source=source,
        format="m4b",
        chapters=(BookChapter(title="One", parts=(BookPart(request=SpeechRequest(text=text)),)),),
        outputs=tuple(BookOutput(name=name, title="Tales", chapters=(0,)) for name in names),
    )


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return the directory of a batch whose files are made."""
    made = tmp_path / "made"
    made.mkdir()
    (made / "Tales.m4b").write_bytes(b"audio 1")
    (made / "Tales.srt").write_bytes(b"captions 1")
    return made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a folder that is not there yet."""
    return tmp_path / "folder"


def put(directory: Path, made: Path, manifest: Manifest, *, overwrite: bool = False) -> list[str]:
    """Do what the command does: reserve, check, and deliver what is missing."""
    folder = OutputFolder(directory, overwrite=overwrite)
    place = folder.reserve(manifest, "Tales", is_split=False)
    folder.check(place, made)
    output = manifest.outputs[0]
    if folder.has(place, output):
        return []
    directory.mkdir(exist_ok=True)
    audio = made / output.name
    files = folder.deliver(
        place,
        output,
        audio,
        sha256=hashlib.sha256(audio.read_bytes()).hexdigest(),
        beside=sorted(made.glob("*.srt")),
    )
    return [file.name for file in files]


def test_files_are_delivered_once(directory: Path, made: Path):
    """The same book again finds everything in its place, and touches nothing."""
    first = put(directory, made, make_manifest())
    stamps = {path: path.stat().st_mtime_ns for path in directory.iterdir()}
    second = put(directory, made, make_manifest())

    assert (first, second) == (["Tales.srt", "Tales.m4b"], [])
    assert (directory / "Tales.m4b").read_bytes() == b"audio 1"
    assert {path: path.stat().st_mtime_ns for path in directory.iterdir()} == stamps
    assert {path.name for path in stamps} == {"Tales.m4b", "Tales.srt", RECORD_NAME}


def test_what_was_deleted_is_delivered_again(directory: Path, made: Path):
    """A file that the user threw away comes back."""
    put(directory, made, make_manifest())
    (directory / "Tales.srt").unlink()

    assert put(directory, made, make_manifest()) == ["Tales.srt", "Tales.m4b"]
    assert (directory / "Tales.srt").read_bytes() == b"captions 1"


def test_what_is_out_of_date_is_replaced(directory: Path, made: Path):
    """A changed book takes the place of the one that was delivered before."""
    put(directory, made, make_manifest())
    (made / "Tales.m4b").write_bytes(b"audio 2")

    assert put(directory, made, make_manifest("Once more.")) == ["Tales.srt", "Tales.m4b"]
    assert (directory / "Tales.m4b").read_bytes() == b"audio 2"


@pytest.mark.parametrize("name", ["Tales.m4b", "Tales.srt", "Tales.words.vtt"])
def test_a_file_of_the_users_is_refused(directory: Path, made: Path, name: str):
    """It stays as it is, before any work; --overwrite replaces it."""
    directory.mkdir()
    (directory / name).write_text("precious")

    with pytest.raises(OutputExists, match=r"exists and is not as .* give --overwrite"):
        put(directory, made, make_manifest())

    assert [path.name for path in directory.iterdir()] == [name]
    assert (directory / name).read_text() == "precious"
    assert put(directory, made, make_manifest(), overwrite=True) == ["Tales.srt", "Tales.m4b"]
    assert (directory / "Tales.m4b").read_bytes() == b"audio 1"


def test_a_file_that_the_user_changed_is_refused(directory: Path, made: Path):
    """Tags edited by hand are the user's work."""
    put(directory, made, make_manifest())
    (directory / "Tales.m4b").write_bytes(b"audio 1, tagged by hand")

    with pytest.raises(OutputExists, match="Tales"):
        put(directory, made, make_manifest("Once more."))


def test_equal_bytes_are_no_obstacle(directory: Path, made: Path):
    """Without a record, a file that is the same as the one made is taken as delivered."""
    put(directory, made, make_manifest())
    (directory / RECORD_NAME).unlink()
    stamp = (directory / "Tales.m4b").stat().st_mtime_ns

    put(directory, made, make_manifest())

    assert (directory / "Tales.m4b").stat().st_mtime_ns == stamp
    assert put(directory, made, make_manifest()) == []


def test_books_of_one_title_have_names_of_their_own(directory: Path, made: Path):
    """Within one call and across calls, no book takes the place of another."""
    old, new = make_manifest(source="old.epub"), make_manifest("Newer.", source="new.epub")
    put(directory, made, old)
    folder = OutputFolder(directory, overwrite=True)

    names = [
        folder.reserve(manifest, "Tales", is_split=False).name
        for manifest in (new, make_manifest(source="third/new.epub"), old)
    ]

    assert names == ["Tales (new)", "Tales (2)", "Tales"]


def test_a_split_book_goes_into_a_folder(directory: Path, made: Path):
    """Each chapter stands under its own name in the folder of the book."""
    manifest = make_manifest(outputs=("01 - One.m4b",))
    (made / "01 - One.m4b").write_bytes(b"one")
    folder = OutputFolder(directory, overwrite=False)
    place = folder.reserve(manifest, "Tales", is_split=True)
    directory.mkdir()

    digest = hashlib.sha256(b"one").hexdigest()
    audio = made / "01 - One.m4b"
    files = folder.deliver(place, manifest.outputs[0], audio, sha256=digest, beside=[])

    assert files == [directory / "Tales" / "01 - One.m4b"]
    assert OutputFolder(directory, overwrite=False).has(place, manifest.outputs[0])


def test_a_file_with_other_bytes_than_its_result_is_not_delivered(directory: Path, made: Path):
    """A damaged file is named, and nothing is left in the directory."""
    directory.mkdir()
    folder = OutputFolder(directory, overwrite=False)
    manifest = make_manifest()
    place = folder.reserve(manifest, "Tales", is_split=False)

    with pytest.raises(OutputError, match="is not the file that was made; delete it"):
        folder.deliver(place, manifest.outputs[0], made / "Tales.m4b", sha256="0" * 64, beside=[])

    assert list(directory.iterdir()) == []


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path):
    """A file, a missing parent and a directory in the way are each one clear line."""
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "Tales.m4b").mkdir(parents=True)
    folder = OutputFolder(tmp_path / "folder", overwrite=True)

    with pytest.raises(OutputError, match="is a file; -o takes a directory"):
        OutputFolder(tmp_path / "file", overwrite=False)
    with pytest.raises(OutputError, match="does not exist; make it first"):
        OutputFolder(tmp_path / "no" / "folder", overwrite=False)
    with pytest.raises(OutputError, match="is a directory; move it away"):
        folder.check(folder.reserve(make_manifest(), "Tales", is_split=False), tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"files": {"a": {"sha256": 1}}}'])
def test_a_damaged_record_is_refused(directory: Path, content: str):
    """Nobody guesses what was delivered."""
    directory.mkdir()
    (directory / RECORD_NAME).write_text(content)

    with pytest.raises(InputError, match="is damaged; delete it"):
        OutputFolder(directory, overwrite=False)


def test_two_commands_on_one_folder_keep_each_others_record(directory: Path, made: Path):
    """What another command delivered meanwhile stays remembered."""
    directory.mkdir()
    folders = [OutputFolder(directory, overwrite=False) for _ in range(2)]
    digest = hashlib.sha256(b"audio 1").hexdigest()
    for folder, name in zip(folders, ("Tales", "More Tales"), strict=True):
        manifest = make_manifest(source=f"{name}.epub")
        place = folder.reserve(manifest, name, is_split=False)
        folder.deliver(place, manifest.outputs[0], made / "Tales.m4b", sha256=digest, beside=[])

    record = json.loads((directory / RECORD_NAME).read_text())
    assert list(record["files"]) == ["More Tales.m4b", "Tales.m4b"]

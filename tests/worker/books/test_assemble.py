from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from jobs.assembly import AssemblyRequest, AssemblyResult, result_file
from jobs.books import store
from jobs.books.manifest import BookOutput, Manifest, batch_dir
from jobs.books.spoken_parts import write_kept
from jobs.errors import Cancelled, InvalidRequest, OutputError, PartsMissing
from jobs.formats import AUDIO_BOOK_FORMATS
from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechProgress
from tests.builders.finished_book import (
    FIRST_RELEASE,
    finish_part,
    finish_parts,
    make_book,
    make_picture,
    speak,
)
from tests.conftest import ROOT
from worker.books.assemble import assemble_output

CHAPTERS = [
    ["It was a dark night. Nobody slept well.", "Then, at last, morning came."],
    ["“Who is there?” asked Mr. Bell."],
]
SUFFIXES = [".srt", ".timings.json", ".vtt", ".words.vtt"]


def assemble(
    output_dir: Path,
    manifest: Manifest,
    output: BookOutput | None = None,
    *,
    checkpoint: Callable[[SpeechProgress], None] = lambda _progress: None,
    confirm: Callable[[], None] = lambda: None,
) -> AssemblyResult:
    """Make a file of a book as the task does."""
    output = output or manifest.outputs[0]
    request = AssemblyRequest(batch_id=manifest.batch_id, output=output.name)
    return assemble_output(
        manifest,
        output,
        job_id=request.job_id,
        output_dir=output_dir,
        execution_id="run",
        checkpoint=checkpoint,
        confirm=confirm,
    )


def files_of(output_dir: Path, manifest: Manifest) -> list[str]:
    """Name all that was made."""
    directory = batch_dir(output_dir, manifest.batch_id)
    return sorted(path.name for path in directory.iterdir() if path.name != "manifest.json")


def expected_samples(manifest: Manifest) -> NDArray[np.int16]:
    """Return all parts, each with its pause."""
    pieces = []
    for part in manifest.parts:
        pause = np.zeros(round(part.pause_seconds * SAMPLE_RATE), dtype=np.int16)
        pieces += [speak(part.request.text), pause]
    return np.concatenate(pieces)


def cues_of(path: Path) -> list[tuple[float, float, str]]:
    """Read captions as another program does: start, end, text."""
    with av.open(str(path)) as subtitles:
        stream = subtitles.streams.subtitles[0]
        packets = [packet for packet in subtitles.demux(stream) if packet.pts is not None]
        return [
            (
                float(packet.pts * packet.time_base),
                float((packet.pts + packet.duration) * packet.time_base),
                bytes(packet).decode(),
            )
            for packet in packets
        ]


@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_each_format_is_read_back_whole(tmp_path: Path, book_format: str) -> None:
    """Another reader finds the chapters with their titles, the tags, the cover and the length."""
    cover = make_picture()
    manifest = make_book(tmp_path, CHAPTERS, book_format=book_format, cover=cover)
    finish_parts(tmp_path, manifest)

    result = assemble(tmp_path, manifest)

    expected = expected_samples(manifest)
    seconds = expected.size / SAMPLE_RATE
    with av.open(result.path) as file:
        tags = file.metadata | file.streams.audio[0].metadata
        chapters = [
            (mark["metadata"]["title"], float(mark["start"] * mark["time_base"]))
            for mark in file.chapters()
        ]
        pictures = [bytes(next(file.demux(stream))) for stream in file.streams.video]
        found = file.duration / av.time_base
    assert found == pytest.approx(seconds, abs=0.02)
    assert result.audio_seconds == pytest.approx(seconds)
    if book_format in {"wav", "flac"}:
        samples, _ = soundfile.read(result.path, dtype="int16")
        assert samples.tolist() == expected.tolist()
    if book_format == "wav":
        assert not chapters
        assert not pictures
        return
    second = (8 + 5) * 0.4 + 2 * 0.5  # words and pauses of the first chapter
    assert chapters == [
        ("Chapter 1: Ünïon — 章", 0.0),
        ("Chapter 2: Ünïon — 章", pytest.approx(second, abs=0.001)),
    ]
    assert pictures == [cover]
    wanted = {
        "title": "The Book",
        "artist": "An Author",
        "album": "The Book",
        "album_artist": "An Author",
        "genre": "Audiobook",
        "language": "eng",
        "comment": "Read by Kokoro-82M: af_heart",
    }
    assert tags | wanted == tags
    assert [mark.start_seconds for mark in result.chapters] == [0.0, pytest.approx(second)]


@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_the_same_parts_give_the_same_bytes(tmp_path: Path, book_format: str) -> None:
    """No file tells when or by which run it was made."""
    manifest = make_book(tmp_path, CHAPTERS, book_format=book_format, cover=make_picture())
    finish_parts(tmp_path, manifest)

    first = assemble(tmp_path, manifest)
    result_file(Path(first.path)).unlink()
    again = assemble(tmp_path, manifest)

    assert again.sha256 == first.sha256


def test_a_file_for_each_chapter_has_a_number_instead_of_marks(tmp_path: Path) -> None:
    """Split files say which of how many they are, and together they are the whole book."""
    manifest = make_book(tmp_path, CHAPTERS, split=True)
    finish_parts(tmp_path, manifest)

    results = [assemble(tmp_path, manifest, output) for output in manifest.outputs]

    samples = [soundfile.read(result.path, dtype="int16")[0] for result in results]
    assert np.concatenate(samples).tolist() == expected_samples(manifest).tolist()
    for number, result in enumerate(results, 1):
        with av.open(result.path) as file:
            assert file.metadata["track"] == f"{number}/2"
            assert file.metadata["title"] == f"Chapter {number}: Ünïon — 章"
            assert file.metadata["album"] == "The Book"
            assert not file.chapters()


def test_one_gain_brings_the_whole_book_to_the_loudness(tmp_path: Path) -> None:
    """A soft chapter stays softer than a loud one, and the book as a whole is as loud as asked."""
    split = make_book(tmp_path, CHAPTERS, split=True, loudness_lufs=-18.0)
    whole = make_book(tmp_path, CHAPTERS, loudness_lufs=-18.0)
    finish_parts(tmp_path, split)
    loud = speak(split.parts[2].request.text, level=0.2)
    finish_part(tmp_path, split.parts[2], loud)

    results = [assemble(tmp_path, split, output) for output in split.outputs]
    results.append(assemble(tmp_path, whole))

    [(gain_db, measured)] = {(result.gain_db, result.loudness_lufs) for result in results}
    assert measured is not None
    assert measured + gain_db == pytest.approx(-18, abs=0.02)
    samples, _ = soundfile.read(results[1].path, dtype="int16")
    pause = np.zeros(samples.size - loud.size)
    expected = np.concatenate([loud, pause]) * 10 ** (gain_db / 20)
    assert np.abs(samples - expected).max() <= 0.5


def test_a_changed_part_is_measured_anew(tmp_path: Path) -> None:
    """What was measured of a part counts for these very bytes alone."""
    manifest = make_book(tmp_path, CHAPTERS, loudness_lufs=-18.0)
    finish_parts(tmp_path, manifest)
    before = assemble(tmp_path, manifest).loudness_lufs
    result_file(batch_dir(tmp_path, manifest.batch_id) / "Book.flac").unlink()
    finish_parts(tmp_path, manifest, level=0.2)

    after = assemble(tmp_path, manifest).loudness_lufs

    assert before is not None
    assert after == pytest.approx(before + 6.02, abs=0.01)


@pytest.mark.parametrize("damage", ["audio", "timings", "result", "changed", "other"])
def test_a_missing_part_leaves_no_hole(tmp_path: Path, damage: str) -> None:
    """Whatever is wrong with a part, the message names it and nothing is written."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    audio, timings, result = store.part_files(tmp_path, manifest.parts[1])
    if damage == "changed":
        audio.write_bytes(audio.read_bytes() + b"x")
    elif damage == "other":
        result.write_bytes(store.part_files(tmp_path, manifest.parts[0])[2].read_bytes())
    else:
        {"audio": audio, "timings": timings, "result": result}[damage].unlink()

    with pytest.raises(PartsMissing, match=r"^1 of 3 parts .*: chapter 1 part 2 .*ktts retry"):
        assemble(tmp_path, manifest)

    assert files_of(tmp_path, manifest) == []


def test_a_part_of_other_rules_is_a_missing_part(tmp_path: Path) -> None:
    """However it came there: no book ends in two readings, unless it was told to keep the part."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    part = manifest.parts[1]
    finish_part(tmp_path, part, speak(part.request.text), FIRST_RELEASE)

    with pytest.raises(PartsMissing, match="it was spoken under other rules: reading rules"):
        assemble(tmp_path, manifest)
    assert files_of(tmp_path, manifest) == []

    write_kept(tmp_path, manifest.batch_id, [part.request.job_id])
    assert assemble(tmp_path, manifest).chunks == 3


def test_timings_that_break_off_are_a_missing_part(tmp_path: Path) -> None:
    """Captions never stop in the middle of a book."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    store.part_files(tmp_path, manifest.parts[2])[1].write_bytes(b"")

    with pytest.raises(PartsMissing, match="its timings break off"):
        assemble(tmp_path, manifest)


def test_a_finished_file_is_returned_as_it_is(tmp_path: Path) -> None:
    """A job that is delivered twice is done once, even when the parts are gone by then."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    first = assemble(tmp_path, manifest)
    for path in (tmp_path / "parts").iterdir():
        path.unlink()

    again = assemble(tmp_path, manifest)

    assert again == first


@pytest.mark.parametrize("lost", ["Book.flac", "Book.srt", "Book.flac.json", "changed", "other"])
def test_what_a_crash_has_left_is_completed(tmp_path: Path, lost: str) -> None:
    """A re-run makes again what is missing or damaged, and removes what was begun."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    first = assemble(tmp_path, manifest)
    directory = batch_dir(tmp_path, manifest.batch_id)
    if lost == "changed":
        Path(first.path).write_bytes(b"x")
    elif lost == "other":
        other = first.model_copy(update={"job_id": "0" * 32})
        result_file(Path(first.path)).write_text(other.model_dump_json())
    else:
        (directory / lost).unlink()
    leftover = directory / f".{first.job_id}.dead.partial"
    leftover.mkdir()
    (leftover / "Book.flac").write_bytes(b"x")

    again = assemble(tmp_path, manifest)

    assert (again.job_id, again.sha256) == (first.job_id, first.sha256)
    assert files_of(tmp_path, manifest) == [
        *sorted(f"Book{suffix}" for suffix in (".flac", ".flac.json", *SUFFIXES))
    ]


@pytest.mark.parametrize("moment", ["at once", "later", "confirm"])
@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_a_stopped_run_leaves_nothing(
    tmp_path: Path, book_format: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it is told to end, no file of it stays behind."""
    monkeypatch.setattr("worker.books.assemble.WATCH_SECONDS", 0.0)
    manifest = make_book(tmp_path, CHAPTERS, book_format=book_format)
    finish_parts(tmp_path, manifest)

    def stop(progress: SpeechProgress | None = None) -> None:
        if progress is None or moment == "at once" or progress.chunks:
            raise Cancelled("enough")

    asked = {"confirm" if moment == "confirm" else "checkpoint": stop}
    with pytest.raises(Cancelled):
        assemble(tmp_path, manifest, **asked)

    assert files_of(tmp_path, manifest) == []


def test_progress_counts_parts_and_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins at nothing, never goes back, and the result tells the end of it."""
    manifest = make_book(tmp_path, CHAPTERS, loudness_lufs=-18.0)
    finish_parts(tmp_path, manifest)
    monkeypatch.setattr("worker.books.assemble.WATCH_SECONDS", 0.0)
    seen: list[SpeechProgress] = []

    result = assemble(tmp_path, manifest, checkpoint=seen.append)

    assert (seen[0].chunks, seen[0].audio_seconds, seen[0].real_time_factor) == (0, 0.0, 0.0)
    assert seen == sorted(seen, key=lambda progress: (progress.chunks, progress.audio_seconds))
    assert {progress.characters_total for progress in seen} == {result.characters}
    assert (result.chunks, result.characters) == (
        3,
        sum(len(part.request.text) for part in manifest.parts),
    )


def test_captions_show_what_is_heard_when_it_is(tmp_path: Path) -> None:
    """Cues lie where their words are in the whole file, pauses and chapters counted."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)

    result = assemble(tmp_path, manifest)

    directory = batch_dir(tmp_path, manifest.batch_id)
    assert result.files == ("Book.srt", "Book.vtt", "Book.words.vtt", "Book.timings.json")
    expected = [
        (0.0, 1.9, "It was a dark night."),
        (2.0, 3.1, "Nobody slept well."),
        (3.7, 5.6, "Then, at last, morning came."),
        (6.2, 8.5, "“Who is there?” asked Mr. Bell."),
    ]
    for name in ("Book.srt", "Book.vtt"):
        found = cues_of(directory / name)
        assert [text for *_, text in found] == [text for *_, text in expected]
        for (start, end, _), (first, last, _) in zip(found, expected, strict=True):
            assert (start, end) == pytest.approx((first, last), abs=0.002)
    words = cues_of(directory / "Book.words.vtt")
    assert [text for *_, text in words][:5] == ["It", "was", "a", "dark", "night."]
    assert words[8][:2] == pytest.approx((3.7, 4.0), abs=0.002)
    times = json.loads((directory / "Book.timings.json").read_text())
    assert [chapter["start_seconds"] for chapter in times["chapters"]] == [0.0, 6.2]
    assert times["chapters"][1]["sentences"][0]["words"][0] == {
        "text": "“Who",
        "start_seconds": 6.2,
        "end_seconds": 6.5,
    }


def test_captions_say_who_speaks(tmp_path: Path) -> None:
    """A role's name stands with its words in every file; the narrator has none."""
    manifest = make_book(tmp_path, CHAPTERS, speaker="Mr. <Bell>")
    finish_parts(tmp_path, manifest)

    assemble(tmp_path, manifest)

    directory = batch_dir(tmp_path, manifest.batch_id)
    assert cues_of(directory / "Book.srt")[-1][2] == "Mr. <Bell>: “Who is there?” asked Mr. Bell."
    vtt = (directory / "Book.vtt").read_text()
    assert "\n<v Mr. &lt;Bell&gt;>“Who is there?” asked" in vtt
    assert vtt.count("<v") == 1
    assert "\n<v Mr. &lt;Bell&gt;>there?”" in (directory / "Book.words.vtt").read_text()
    times = json.loads((directory / "Book.timings.json").read_text())
    last = times["chapters"][1]["sentences"][0]
    assert (last["speaker"], last["text"]) == ("Mr. <Bell>", "“Who is there?” asked Mr. Bell.")
    assert "speaker" not in times["chapters"][0]["sentences"][0]


def test_captions_are_left_out_on_demand(tmp_path: Path) -> None:
    """Without captions there is the file and its result."""
    manifest = make_book(tmp_path, CHAPTERS, has_captions=False)
    finish_parts(tmp_path, manifest)

    result = assemble(tmp_path, manifest)

    assert result.files == ()
    assert files_of(tmp_path, manifest) == ["Book.flac", "Book.flac.json"]


def test_without_word_times_there_is_no_file_of_words(tmp_path: Path) -> None:
    """Sentences are captioned all the same."""
    manifest = make_book(tmp_path, CHAPTERS)
    finish_parts(tmp_path, manifest)
    for part in manifest.parts:
        timings = store.part_files(tmp_path, part)[1]
        chunk = json.loads(timings.read_bytes()) | {"words": []}
        timings.write_text(json.dumps(chunk) + "\n")

    result = assemble(tmp_path, manifest)

    assert result.files == ("Book.srt", "Book.vtt", "Book.timings.json")
    assert len(cues_of(batch_dir(tmp_path, manifest.batch_id) / "Book.srt")) == 4


@pytest.mark.parametrize("cover", [b"GIF89a", b"\xff\xd8\xff\xe0", b"#EXTM3U\nhttp://a/b"])
def test_a_cover_that_is_no_picture_is_left_out(
    tmp_path: Path, cover: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A night's work is not lost for it, and the log says what is wrong."""
    manifest = make_book(tmp_path, CHAPTERS, cover=cover)
    finish_parts(tmp_path, manifest)

    result = assemble(tmp_path, manifest)

    with av.open(result.path) as file:
        assert not file.streams.video
    assert "not a JPEG or PNG picture" in caplog.text


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    """A manifest that somebody has written by hand cannot place a file outside."""
    manifest = make_book(tmp_path, CHAPTERS)
    output = BookOutput(name="../Book.flac", title="x", chapters=(0,))

    with pytest.raises(InvalidRequest):
        assemble(tmp_path, manifest, output)


@pytest.fixture
def file_limit() -> Iterator[Callable[[], None]]:
    """Return what lets this process write no file past 64 KiB, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_a_full_disk_is_an_error_that_says_so(
    tmp_path: Path, book_format: str, file_limit: Callable[[], None]
) -> None:
    """Nothing is left of a file that could not be written whole."""
    manifest = make_book(tmp_path, [["word " * 60] * 1, ["other " * 60]], book_format=book_format)
    finish_parts(tmp_path, manifest)
    file_limit()

    with pytest.raises(OutputError, match="free space on that volume"):
        assemble(tmp_path, manifest)

    assert files_of(tmp_path, manifest) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_book(tmp_path: Path) -> None:
    """Ten times the audio, captions included, takes no more of it."""
    program = """if True:
        import resource, sys
        from pathlib import Path
        import numpy as np
        from tests.builders.finished_book import finish_part, make_book, speak
        from tests.worker.books.test_assemble import assemble
        for count in (2, 2, 20):
            texts = [f"{count} {at} " + "A few words. " * 50 for at in range(count)]
            manifest = make_book(Path(sys.argv[1]), [texts], loudness_lufs=-18.0)
            samples = speak(texts[0])
            for part in manifest.parts:
                finish_part(Path(sys.argv[1]), part, samples)
            assemble(Path(sys.argv[1]), manifest)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )

    _, short, long = map(int, done.stdout.split())
    assert long - short < 8 * 2**20

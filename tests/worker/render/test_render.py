from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import soundfile

import worker.render.output
from jobs.assembly import result_file
from jobs.errors import (
    EmptyText,
    InvalidRequest,
    MissingLanguage,
    OutputError,
    OutputExists,
    SilentAudio,
    UnknownVoice,
    WorkerStopping,
)
from jobs.playback.chunk_timings import read_timings, timings_file
from jobs.playback.journal import journal_file
from jobs.playback.sentence_times import time_sentences
from jobs.request import (
    FORMATS,
    READINGS,
    AudioFormat,
    SpeechProgress,
    SpeechRequest,
    SpeechResult,
)
from jobs.text import pauses, text_version
from jobs.text.pauses import PAUSES
from tests.builders.journals import age_journal, read_journal
from tests.fakes.readers import make_phonemizer
from tests.fakes.tone import make_engine
from worker.engine import Engine, Phonemizer, Segment
from worker.pronunciation.reading.rules import Rule, RuleTable
from worker.render.render import chunk_seed, render_speech

SENTENCES = (
    "Call me Ishmael. Some years ago, never mind how long precisely, I thought I would sail "
    "about a little and see the watery part of the world.\n\n"
    "It is a way I have of driving off the spleen and regulating the circulation.\n\n"
    "Whenever I find myself growing grim about the mouth, I account it high time to get to sea.\n\n"
    "This is my substitute for pistol and ball.\n\n"
) * 4


class Stage:
    """A worker's directories and one engine; `render` is one delivery of a job."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.output_dir = root / "output"
        self.work_dir = root / "work"
        self.engine = engine
        self.seen: list[SpeechProgress] = []
        self.runs = 0

    def render(self, request: SpeechRequest, **options: Any) -> SpeechResult:
        self.runs += 1
        self.seen = []
        checkpoint: Callable[[SpeechProgress], None] = options.pop("checkpoint", lambda _: None)

        def record(progress: SpeechProgress) -> None:
            self.seen.append(progress)
            checkpoint(progress)

        arguments = {
            "engine": self.engine,
            "output_dir": self.output_dir,
            "work_dir": self.work_dir,
            "execution_id": f"e{self.runs}",
            "confirm": lambda: None,
            "checkpoint": record,
        }
        return render_speech(request, **(arguments | options))

    def files(self) -> list[str]:
        paths = [*self.output_dir.rglob("*"), *self.work_dir.rglob("*")]
        return sorted(path.name for path in paths if path.is_file())


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Empty directories and the stand-in engine."""
    return Stage(tmp_path, make_engine())


def stop_after(chunks: int) -> Callable[[SpeechProgress], None]:
    """Return a checkpoint that stops the worker once so many chunks are safe."""

    def checkpoint(progress: SpeechProgress) -> None:
        if progress.chunks == chunks:
            raise WorkerStopping("the worker stops")

    return checkpoint


@pytest.mark.parametrize("audio_format", FORMATS)
def test_a_request_becomes_a_file_and_its_facts(stage: Stage, audio_format: AudioFormat) -> None:
    """File and sidecar stand under the name; every field of the result is true; no work is left."""
    request = SpeechRequest(
        text=SENTENCES, output_name="book/one", format=audio_format, metadata={"isbn": "1"}
    )

    result = stage.render(request)

    file = stage.output_dir / f"book/one.{audio_format}"
    assert stage.files() == sorted(
        [f"one.{audio_format}", f"one.{audio_format}.json", f"one.{audio_format}.timings.jsonl"]
    )
    assert json.loads(result_file(file).read_bytes()) == result.model_dump(mode="json")
    assert result.path == str(file)
    assert result.output_file == f"book/one.{audio_format}"
    assert result.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (result.job_id, result.status) == (request.job_id, "finished")
    assert (result.voice, result.language, result.speed) == ("af_heart", "a", 1.0)
    assert (result.device, result.sample_rate, result.format) == ("cpu", 24_000, audio_format)
    assert result.characters == len(SENTENCES)
    assert result.chunks == stage.seen[-1].chunks > 1
    assert result.phonemes > 0
    assert result.processing_seconds > 0
    assert result.real_time_factor == pytest.approx(
        result.processing_seconds / result.audio_seconds
    )
    assert {"model", "g2p", "chunker", "render"} <= set(result.fingerprint)
    assert (result.mixed, result.metadata) == (False, {"isbn": "1"})
    assert list(stage.work_dir.iterdir()) == []


def test_the_job_id_is_the_name_where_none_is_given(stage: Stage) -> None:
    """A request without an output name gets its identity as one, and 24 kHz PCM inside."""
    request = SpeechRequest(text="Hello there.")

    result = stage.render(request)

    info = soundfile.info(stage.output_dir / f"{request.job_id}.wav")
    assert (info.samplerate, info.subtype) == (24_000, "PCM_16")
    assert result.audio_seconds == info.frames / 24_000


def test_progress_is_that_of_the_journal(stage: Stage) -> None:
    """It begins at zero, never goes back, and ends with the whole text."""
    result = stage.render(SpeechRequest(text=SENTENCES))

    first, last = stage.seen[0], stage.seen[-1]
    assert (first.chunks, first.characters, first.audio_seconds) == (0, 0, 0)
    assert first.remaining_seconds is None
    assert [progress.chunks for progress in stage.seen] == list(range(result.chunks + 1))
    assert (last.characters, last.characters_total) == (len(SENTENCES), len(SENTENCES))
    assert last.audio_seconds == result.audio_seconds
    assert last.real_time_factor == pytest.approx(last.processing_seconds / last.audio_seconds)


def test_equal_requests_give_equal_bytes(tmp_path: Path) -> None:
    """Two workers that never met make the same file."""
    request = SpeechRequest(text=SENTENCES)

    results = [Stage(tmp_path / name, make_engine()).render(request) for name in ("a", "b")]

    assert results[0].sha256 == results[1].sha256


def test_stopped_after_any_chunk_it_resumes_to_the_same_bytes(stage: Stage, tmp_path: Path) -> None:
    """Wherever a worker stops, no chunk is spoken twice and the file is that of one run."""
    request = SpeechRequest(text=SENTENCES, output_name="one")
    whole = Stage(tmp_path / "undisturbed", make_engine()).render(request)

    for chunks in range(whole.chunks):
        with pytest.raises(WorkerStopping):
            stage.render(request, checkpoint=stop_after(chunks))
        assert stage.files() == ([] if chunks == 0 else ["audio.pcm", "journal.jsonl", "lock"])
        assert len(stage.seen) == (1 if chunks == 0 else 2)
    result = stage.render(request)

    assert len(stage.seen) == 2
    assert stage.seen[0].chunks == whole.chunks - 1
    assert stage.seen[0].audio_seconds > 0
    assert stage.seen[0].processing_seconds == 0
    assert result.sha256 == whole.sha256
    assert (result.chunks, result.phonemes, result.unspoken, result.mixed) == (
        whole.chunks,
        whole.phonemes,
        whole.unspoken,
        False,
    )


def test_a_plain_reading_has_no_rules(stage: Stage) -> None:
    """The request says whether the rules act; the fingerprint names them where they do."""
    amount = RuleTable((Rule("amount", re.compile("[0-9]+"), lambda _: "seven"),))
    stage.engine = replace(stage.engine, load_phonemizer=lambda _: make_phonemizer(amount))

    full, plain = (stage.render(SpeechRequest(text="5", reading=way)) for way in READINGS)

    assert (full.phonemes, plain.phonemes) == (len("seven"), len("number"))
    assert full.fingerprint["reading"] == text_version.READING_VERSION
    assert plain.fingerprint["reading"] == "plain"


def test_the_pauses_are_as_long_as_the_request_asks(stage: Stage) -> None:
    """Only the silences grow; the fingerprint tells them from the usual ones."""
    text = "One of them all.\n\nTwo of them all.\n\nThree of them all."

    usual, long = (stage.render(SpeechRequest(text=text, pause_scale=x)) for x in (1, 2))

    assert long.audio_seconds - usual.audio_seconds == pytest.approx(2 * PAUSES.paragraph_seconds)
    assert usual.fingerprint["pauses"] == PAUSES.fingerprint != long.fingerprint["pauses"]


def test_places_of_a_text_with_entities_are_those_of_its_source(stage: Stage) -> None:
    """What is unspoken, heard and journalled refers to the text as it was written."""
    text = "Tom &amp; Ada &hearts; it. " * 20
    request = SpeechRequest(text=text)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(2))

    result = stage.render(request)

    timings = list(read_timings(timings_file(Path(result.path))))
    assert [0, *(chunk.end for chunk in timings)] == [*(c.start for c in timings), len(text)]
    heard = [text[word.start : word.end] for chunk in timings for word in chunk.words]
    assert heard == ["Tom", "Ada", "it"] * 20
    assert {piece.text for piece in result.unspoken} == {"&amp;", "&hearts;"}
    shown = time_sentences(text, timings, sample_rate=result.sample_rate)
    assert [sentence.text for sentence in shown] == ["Tom & Ada ♥ it."] * 20


SSML = """<speak>
  <p><s>Meet <sub alias="Doctor Who">Dr W</sub> now.</s> <s>I said <prosody rate="200%">this
  word</prosody> &amp; stopped there.</s></p><p>Then ♥ came back.</p> <break time="2s"/>
  <prosody rate="50%">Slowly it went on, and on, and on.</prosody> That is the end.</speak>"""


def test_ssml_is_spoken_at_its_rates_and_shown_without_tags(stage: Stage) -> None:
    """Stopped after any chunk it goes on to the same bytes; places are those of the source."""
    stage.engine = replace(stage.engine, load_phonemizer=lambda _: make_phonemizer())
    synthesizer = stage.engine.synthesizer
    usual, spoken = synthesizer.synthesize, []

    def listen(phonemes: str, **options: Any) -> Segment:
        spoken.append((phonemes, options["speed"]))
        return usual(phonemes, **options)

    synthesizer.synthesize = listen  # type: ignore[method-assign]
    request = SpeechRequest(text=SSML, speed=1.25)
    whole = stage.render(request)
    at_once = list(spoken)
    for chunks in range(1, whole.chunks):
        with pytest.raises(WorkerStopping):
            stage.render(request, checkpoint=stop_after(chunks), run="again")
    result = stage.render(request, run="again")

    assert (
        at_once
        == spoken[len(at_once) :]
        == [
            ("meet doctor who now. i said", 1.25),
            ("this word", 2.0),
            ("stopped there.", 1.25),
            ("then came back.", 1.25),
            ("slowly it went on, and on, and on.", 0.625),
            ("that is the end.", 1.25),
        ]
    )
    assert result.sha256 == whole.sha256
    assert {piece.text for piece in result.unspoken} == {"&amp;", "♥"}
    timings = list(read_timings(timings_file(Path(result.path))))
    assert [0, *(chunk.end for chunk in timings)] == [*(c.start for c in timings), len(SSML)]
    heard = [SSML[word.start : word.end] for word in timings[0].words]
    assert heard == ["Meet", '<sub alias="Doctor Who">Dr W</sub>', "now", "I", "said"]
    shown = [one.text for one in time_sentences(SSML, timings, sample_rate=result.sample_rate)]
    assert shown == [
        "Meet Dr W now.",
        "I said this word & stopped there.",
        "Then ♥ came back.",
        "Slowly it went on, and on, and on.",
        "That is the end.",
    ]


def test_processing_time_counts_all_runs(stage: Stage) -> None:
    """The result has the time of earlier runs' chunks too; progress only that of this one."""
    stage.engine = make_engine(seconds_per_chunk=0.05)
    request = SpeechRequest(text=SENTENCES)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(2))

    result = stage.render(request)

    first, last = stage.seen[0], stage.seen[-1]
    assert result.processing_seconds >= 0.05 * result.chunks
    assert last.processing_seconds < result.processing_seconds - 0.1
    assert last.real_time_factor == pytest.approx(
        last.processing_seconds / (last.audio_seconds - first.audio_seconds)
    )


def test_a_job_that_moves_between_unlike_workers_says_so(stage: Stage) -> None:
    """Finished chunks are kept under another fingerprint; the result is marked as mixed."""
    request = SpeechRequest(text=SENTENCES)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))

    result = stage.render(request, engine=make_engine(version="2"))

    assert result.mixed
    assert result.fingerprint["tone"] == "2"


@contextmanager
def rules_of(version: str) -> Iterator[None]:
    """Make the reading rules another version for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_version, "READING_VERSION", version)
        yield


def test_the_fingerprint_names_rules_cuts_and_every_pause(stage: Stage) -> None:
    """Each of them changes the bytes of a text that uses it."""
    fingerprint = stage.render(SpeechRequest(text="Hello.")).fingerprint

    assert fingerprint["reading"] == text_version.READING_VERSION
    assert fingerprint["chunker"] == text_version.CHUNKER_VERSION
    assert fingerprint["pauses"] == PAUSES.fingerprint


def test_a_job_begun_under_other_rules_is_spoken_anew(
    stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One file never has two readings: it is the file that an undisturbed run makes."""
    request = SpeechRequest(text=SENTENCES)
    with rules_of("0"), pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(2))

    with caplog.at_level(logging.INFO):
        result = stage.render(request)

    assert [progress.chunks for progress in stage.seen] == list(range(result.chunks + 1))
    assert (result.mixed, result.fingerprint["reading"]) == (False, text_version.READING_VERSION)
    calm = Stage(tmp_path / "calm", stage.engine).render(request)
    assert (result.sha256, result.fingerprint) == (calm.sha256, calm.fingerprint)
    assert "reading rules 0, now" in caplog.text


def test_a_job_begun_with_another_pause_is_spoken_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every silence of the file has the length of today."""
    request = SpeechRequest(text="One of them.\n\nTwo of them.\n\nThree of them.")
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))
    longer = replace(PAUSES, paragraph_seconds=PAUSES.paragraph_seconds + 0.5)
    before = Stage(stage.output_dir.parent / "calm", stage.engine).render(request)
    monkeypatch.setattr(pauses, "PAUSES", longer)

    result = stage.render(request)

    assert not result.mixed
    assert result.fingerprint["pauses"] != before.fingerprint["pauses"]
    assert result.audio_seconds == pytest.approx(before.audio_seconds + 1)


def test_a_job_begun_with_another_package_is_spoken_anew(stage: Stage) -> None:
    """Words are what a package makes of them; the sound may differ, the reading may not."""
    request = SpeechRequest(text=SENTENCES)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))
    stage.engine = make_engine()
    stage.engine.phonemizer("a").fingerprint = {"g2p": "another"}

    result = stage.render(request)

    assert (stage.seen[0].chunks, result.mixed) == (0, False)


def test_a_job_that_the_first_release_journalled_is_spoken_anew(stage: Stage) -> None:
    """Its fingerprint names no rules and no pauses, so they were others."""
    request = SpeechRequest(text=SENTENCES)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(2))
    age_journal(stage.work_dir / request.job_id)

    result = stage.render(request)

    assert (stage.seen[0].chunks, result.mixed) == (0, False)
    assert list(stage.work_dir.iterdir()) == []


def test_a_file_made_from_another_workers_chunks_has_their_fingerprint(stage: Stage) -> None:
    """Who only encodes what was spoken does not claim to have spoken it."""
    request = SpeechRequest(text="One sentence only.")
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))

    result = stage.render(request, engine=make_engine(version="2"))

    assert not result.mixed
    assert result.fingerprint["tone"] == "1"


def test_a_job_that_took_a_detour_for_want_of_memory_says_so(stage: Stage) -> None:
    """The result counts the chunks that were made otherwise, and does not call itself usual."""
    request = SpeechRequest(text=SENTENCES)
    synthesizer = stage.engine.synthesizer
    usual, spoken = synthesizer.synthesize, []

    def halve_the_second(phonemes: str, **options: Any) -> Segment:
        spoken.append(phonemes)
        detour = "halved" if len(spoken) == 2 else ""
        return replace(usual(phonemes, **options), detour=detour)

    synthesizer.synthesize = halve_the_second  # type: ignore[method-assign]

    result = stage.render(request)

    assert (result.detours, result.mixed) == ({"halved": 1}, True)


def test_a_finished_job_is_returned_as_it_is(stage: Stage) -> None:
    """A second delivery costs nothing, whoever made the file, and keeps its own labels."""
    first = stage.render(SpeechRequest(text="Hello.", metadata={"a": "1"}))
    stage.engine = make_engine(version="2")

    second = stage.render(SpeechRequest(text="Hello.", metadata={"b": "2"}))

    assert stage.seen == []
    assert second == first.model_copy(update={"metadata": {"b": "2"}})


def test_a_repetition_is_done_once_however_often_it_is_delivered(stage: Stage) -> None:
    """A named run speaks anew; the same name delivered again finds its own file."""
    request = SpeechRequest(text="Hello.", output_name="one")
    stage.render(request)
    stage.engine = make_engine(version="2")

    again = stage.render(request, run="monday")
    chunks_done = len(stage.seen)
    redelivered = stage.render(request, run="monday")

    assert again.fingerprint["tone"] == "2"
    assert chunks_done == 2
    assert stage.seen == []
    assert redelivered == again


@pytest.mark.parametrize("damage", ["sidecar", "audio", "changed", "timings", "torn timings"])
def test_an_incomplete_or_changed_file_is_made_again(stage: Stage, damage: str) -> None:
    """Under the job's own name neither a lost file nor a changed one counts as finished."""
    request = SpeechRequest(text="Hello there.")
    result = stage.render(request)
    file = Path(result.path)
    timings = timings_file(file)
    whole = timings.read_bytes()
    if damage == "changed":
        file.write_bytes(file.read_bytes()[:-2])
    elif damage == "torn timings":
        timings.write_bytes(whole[: len(whole) // 2])
    else:
        {"audio": file, "timings": timings, "sidecar": result_file(file)}[damage].unlink()

    again = stage.render(request)

    assert len(stage.seen) == 2
    assert again.sha256 == result.sha256
    assert timings.read_bytes() == whole
    assert stage.files() == [file.name, result_file(file).name, timings.name]


@pytest.mark.parametrize("existing", ["file", "other job", "sidecar", "timings", "changed"])
def test_other_content_is_kept_unless_overwriting(stage: Stage, existing: str) -> None:
    """A name that holds anything else is refused before any work, or replaced on demand."""
    request = SpeechRequest(text="Hello.", output_name="book/one")
    file = stage.output_dir / "book/one.wav"
    file.parent.mkdir(parents=True)
    foreign = {
        "file": file,
        "sidecar": result_file(file),
        "timings": timings_file(file),
    }
    if existing in foreign:
        foreign[existing].write_text("mine")
    else:
        text = "Other." if existing == "other job" else "Hello."
        stage.render(SpeechRequest(text=text, output_name="book/one"))
        if existing == "changed":
            file.write_bytes(b"edited by hand")
    before = {path: path.read_bytes() for path in file.parent.iterdir()}

    with pytest.raises(OutputExists, match="already holds other content; choose another"):
        stage.render(request)

    assert {path: path.read_bytes() for path in file.parent.iterdir()} == before
    assert stage.seen == []
    result = stage.render(request, overwrite=True)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == result.sha256
    assert stage.files() == ["one.wav", "one.wav.json", "one.wav.timings.jsonl"]


def test_a_file_that_came_meanwhile_is_kept(stage: Stage) -> None:
    """What somebody puts under the name while the job runs is not replaced; the work stays."""
    request = SpeechRequest(text="Hello.", output_name="one")

    with pytest.raises(OutputExists):
        stage.render(
            request, confirm=lambda: (stage.output_dir / "one.wav").write_bytes(b"mine") and None
        )

    assert (stage.output_dir / "one.wav").read_bytes() == b"mine"
    assert stage.files() == ["audio.pcm", "journal.jsonl", "lock", "one.wav"]


def test_a_directory_under_the_name_is_never_replaced(stage: Stage) -> None:
    """Not even overwriting removes a directory."""
    (stage.output_dir / "one.wav").mkdir(parents=True)

    with pytest.raises(OutputExists, match="is not a file"):
        stage.render(SpeechRequest(text="Hello.", output_name="one"), overwrite=True)


@pytest.mark.parametrize(
    "link", ["book", "book/one.wav", "book/one.wav.json", "book/one.wav.timings.jsonl"]
)
def test_no_symlink_leads_out_of_the_output_directory(
    stage: Stage, tmp_path: Path, link: str
) -> None:
    """A linked directory or file is refused, and nothing is made at its target."""
    outside = tmp_path / "outside"
    outside.mkdir()
    path = stage.output_dir / link
    path.parent.mkdir(parents=True)
    path.symlink_to(outside / "inner" if link == "book" else outside / "file")

    with pytest.raises(InvalidRequest, match="symbolic link"):
        stage.render(SpeechRequest(text="Hello.", output_name="book/one"), overwrite=True)

    assert list(outside.iterdir()) == []


def test_the_output_directory_itself_may_be_a_link(stage: Stage, tmp_path: Path) -> None:
    """Where the operator's own directory lies is the operator's business."""
    (tmp_path / "disk").mkdir()
    stage.output_dir.symlink_to(tmp_path / "disk")

    result = stage.render(SpeechRequest(text="Hello.", output_name="one"))

    assert Path(result.path) == tmp_path / "disk/one.wav"


def test_the_name_is_checked_on_this_side_too(stage: Stage) -> None:
    """A name that no honest producer sends does not lead a worker astray."""
    request = SpeechRequest.model_construct(
        **(SpeechRequest(text="Hello.").model_dump() | {"output_name": "../escape"})
    )

    with pytest.raises(InvalidRequest, match="leads out of the output directory"):
        stage.render(request)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"voice": "xx_nobody"}, UnknownVoice),
        ({"language": "klingon"}, MissingLanguage),
        ({"text": "☃ ☃"}, EmptyText),
    ],
)
def test_what_cannot_be_spoken_leaves_nothing(
    stage: Stage, changes: dict[str, str], error: type[Exception]
) -> None:
    """An impossible request is refused before the first chunk and leaves no file."""
    request = SpeechRequest.model_construct(**(SpeechRequest(text="Hello.").model_dump() | changes))

    with pytest.raises(error):
        stage.render(request)

    assert stage.files() == []


@pytest.mark.parametrize("word", ["SILENT", "NAN", "NOTHING"])
def test_a_hole_fails_the_job_and_names_the_passage(stage: Stage, word: str) -> None:
    """Missing audio is an error that shows the text; what was spoken before is kept."""
    text = f"A good beginning it was.\n\nThen came {word} at last."

    with pytest.raises(SilentAudio, match=rf"characters \d+ to {len(text)} .*{word}"):
        stage.render(SpeechRequest(text=text))

    assert "journal.jsonl" in stage.files()


def test_what_has_no_sound_is_listed(stage: Stage) -> None:
    """Every unspoken piece is in the result with its place in the text, also after a resume."""
    text = "Snow ☃ falls here.\n\nAnd ☂ rain too.\n\nThe end."
    request = SpeechRequest(text=text)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))

    result = stage.render(request)

    assert [(piece.start, piece.text) for piece in result.unspoken] == [
        (text.index("☃"), "☃"),
        (text.index("☂"), "☂"),
    ]


def test_words_are_timed_where_they_are_heard(stage: Stage) -> None:
    """Each word's samples follow the trimmed audio and its place in the text."""
    text = "One two, three.\n\nFour five six."
    request = SpeechRequest(text=text)
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(2))

    journal = read_journal(stage.work_dir / request.job_id)

    assert journal is not None
    words = [word for line in journal.lines for word in line.words]
    assert [text[word.start : word.end] for word in words] == [
        "One",
        "two",
        "three",
        "Four",
        "five",
        "six",
    ]
    # 50 ms for each letter after the 30 ms that trimming leaves before the first sound.
    assert (words[0].start_sample, words[0].end_sample) == (0, pytest.approx(720 + 3_600, abs=60))
    assert words[1].start_sample == pytest.approx(720 + 4 * 1_200, abs=60)
    assert words[2].end_sample - words[2].start_sample == 5 * 1_200
    assert words[3].start_sample == journal.lines[1].sample_offset
    assert all(a.end_sample <= b.start_sample for a, b in pairwise(words))


def test_without_phoneme_times_there_are_no_word_times(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that cannot say when it speaks what costs the captions, not the job."""
    synthesize = stage.engine.synthesizer.synthesize
    monkeypatch.setattr(
        stage.engine.synthesizer,
        "synthesize",
        lambda *args, **options: Segment(synthesize(*args, **options).samples),
    )
    request = SpeechRequest(text="Hello there.")
    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=stop_after(1))

    journal = read_journal(stage.work_dir / request.job_id)

    assert journal is not None
    assert journal.lines[0].words == ()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_book(stage: Stage) -> None:
    """Ten minutes of audio (29 MB) pass through a fraction of that memory."""
    text = "A sentence of some forty letters it is.\n\n" * 300
    stage.render(SpeechRequest(text=text[:400]))
    tracemalloc.start()

    result = stage.render(SpeechRequest(text=text))

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.audio_seconds > 600
    assert peak_bytes < 10_000_000


def test_whoever_is_no_longer_the_live_run_publishes_nothing(stage: Stage) -> None:
    """`confirm` has the last word before the file gets its name."""

    def confirm() -> None:
        raise WorkerStopping("another run has taken over")

    with pytest.raises(WorkerStopping):
        stage.render(SpeechRequest(text="Hello."), confirm=confirm)

    assert stage.files() == ["audio.pcm", "journal.jsonl", "lock"]


def test_a_stop_while_encoding_leaves_no_partial_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is asked while a long file is written, too."""
    monkeypatch.setattr("worker.render.finish.WATCH_SECONDS", 0.0)
    request = SpeechRequest(text="Hello.", format="mp3")
    asked = 0

    def checkpoint(_: SpeechProgress) -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise WorkerStopping("now")

    with pytest.raises(WorkerStopping):
        stage.render(request, checkpoint=checkpoint)

    assert stage.files() == ["audio.pcm", "journal.jsonl", "lock"]


def test_a_full_disk_while_speaking_keeps_what_was_done(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC in mid-book is one clear line; with space again the rest is done, byte for byte."""
    request = SpeechRequest(text=SENTENCES, output_name="one")
    whole = Stage(tmp_path / "undisturbed", make_engine()).render(request)
    write = os.write
    room_bytes = 400_000

    def limited(descriptor: int, data: bytes) -> int:
        nonlocal room_bytes
        taken = min(len(data), room_bytes)
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room_bytes -= taken
        return write(descriptor, data[:taken])

    monkeypatch.setattr(os, "write", limited)
    with pytest.raises(OutputError, match="No space left on device; free space on that volume"):
        stage.render(request)
    monkeypatch.undo()
    kept = len(journal_file(stage.work_dir / request.job_id).read_bytes().splitlines()) - 1

    result = stage.render(request)

    assert 0 < kept < whole.chunks
    assert stage.seen[0].chunks in {kept, kept - 1}
    assert result.sha256 == whole.sha256
    assert stage.files() == ["one.wav", "one.wav.json", "one.wav.timings.jsonl"]


def test_a_disk_that_fails_while_finishing_leaves_nothing_half(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the finished file cannot be made safe, its name stays free and the journal stays."""
    request = SpeechRequest(text="Hello.", output_name="one")

    def fsync(descriptor: int) -> None:
        if "partial" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(OutputError, match=r"one\.wav: No space left"):
        stage.render(request)

    assert stage.files() == ["audio.pcm", "journal.jsonl", "lock"]


def test_a_read_only_directory_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which path is not writable, for whom, and what to do."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(OutputError, match="Read-only file system; make it writable for user"):
        stage.render(SpeechRequest(text="Hello.", output_name="one"))


class Crash(BaseException):
    """The process ends here: nothing after it is done, not even tidying up."""


@pytest.mark.parametrize(
    "point", ["before timings", "before audio", "before sidecar", "before tidying"]
)
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("run", ["", "monday"])
def test_a_crash_while_publishing_is_finished_by_the_next_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, point: str, run: str, overwrite: bool
) -> None:
    """Between any two renames a crash leaves a state from which a re-run ends as undisturbed."""
    request = SpeechRequest(text="Hello there. You.", output_name="one")
    if overwrite:
        stage.render(SpeechRequest(text="Other content.", output_name="one"))
    if run:
        stage.render(request, overwrite=overwrite)
        stage.engine = make_engine(version="2")
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        kind = {".json": "sidecar", ".jsonl": "timings"}.get(target.suffix, "audio")
        if point == f"before {kind}" and target.parent == stage.output_dir:
            raise Crash
        return rename(path, target)

    def remove(job_dir: Path) -> None:
        raise Crash

    monkeypatch.setattr(Path, "replace", replace)
    if point == "before tidying":
        monkeypatch.setattr("worker.render.journal_writer.remove_work", remove)
    with pytest.raises(Crash):
        stage.render(request, run=run, overwrite=overwrite)
    monkeypatch.undo()
    # As a kill would leave it: unfinished files of that run are still there.
    (stage.output_dir / f".{request.job_id}.e0.wav.partial").write_bytes(b"half")

    result = stage.render(request, run=run, overwrite=overwrite)

    assert stage.seen == [] or [progress.chunks for progress in stage.seen] == [
        stage.seen[0].chunks
    ]
    file = stage.output_dir / "one.wav"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == result.sha256
    assert SpeechResult.model_validate_json(result_file(file).read_bytes()) == result
    assert list(stage.work_dir.iterdir()) == []
    assert [path for path in stage.files() if "partial" not in path] == [
        "one.wav",
        "one.wav.json",
        "one.wav.timings.jsonl",
    ]
    assert [timing.end for timing in read_timings(timings_file(file))][-1] == len(request.text)
    assert result.run == run
    assert result.fingerprint["tone"] == ("2" if run else "1")
    if point != "before tidying":
        assert stage.files() == ["one.wav", "one.wav.json", "one.wav.timings.jsonl"]


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [("timings", False), ("audio", False), ("sidecar", True)],
)
def test_a_crash_while_publishing_before_an_upgrade_leaves_one_reading(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, point: str, is_kept: bool
) -> None:
    """What has its name is finished as it is; what has none is spoken by the rules of today."""
    request = SpeechRequest(text="Hello there. You.", output_name="one")
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        kind = {".json": "sidecar", ".jsonl": "timings"}.get(target.suffix, "audio")
        if point == kind and target.parent == stage.output_dir:
            raise Crash
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with rules_of("0"), pytest.raises(Crash):
        stage.render(request)
    monkeypatch.undo()

    result = stage.render(request)

    assert not result.mixed
    assert result.fingerprint["reading"] == ("0" if is_kept else text_version.READING_VERSION)
    file = stage.output_dir / "one.wav"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == result.sha256
    assert stage.files() == ["one.wav", "one.wav.json", "one.wav.timings.jsonl"]
    assert list(stage.work_dir.iterdir()) == []


def test_a_result_that_was_found_is_not_spoken_by_the_one_who_waited(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A duplicate that gets the lock right after the first has finished looks once more."""
    request = SpeechRequest(text="Hello.", output_name="one")
    first = stage.render(request)
    looked = 0

    def find_late(*args: Any, **options: Any) -> SpeechResult | None:
        nonlocal looked
        looked += 1
        return None if looked == 1 else worker.render.output.find_finished(*args, **options)

    monkeypatch.setattr("worker.render.render.find_finished", find_late)

    second = stage.render(request)

    assert second == first
    assert stage.seen == []
    assert list(stage.work_dir.iterdir()) == []


def test_seeds_differ_between_chunks_and_jobs_but_not_between_runs() -> None:
    """A seed is 63 bits of the job's identity and the chunk's index."""
    seeds = {chunk_seed(job, index) for job in ("a", "b") for index in range(50)}

    assert len(seeds) == 100
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert chunk_seed("a", 7) == chunk_seed("a", 7)


TURNS = [
    {"speaker": "Ann", "text": "Meet me here, Ben."},
    {"speaker": "Ben", "text": "No. [speed:50%]Not here."},
    {"text": "He left, ♥ &amp; she [voice:zf_xiaoyi]stayed &lt;home&gt;."},
    {"speaker": "Ann", "text": "♥"},
]
SPEAKERS = {"Ann": {"voice": "bf_emma", "speed": 1.25}, "Ben": "am_adam:0.5,am_echo:0.5"}


def test_each_speaker_has_a_voice_a_speed_and_a_language(stage: Stage) -> None:
    """Stopped after any chunk it goes on to the same bytes; captions say who speaks."""
    loaded: list[str] = []

    def load(language: str) -> Phonemizer:
        loaded.append(language)
        return make_phonemizer()

    stage.engine = replace(stage.engine, load_phonemizer=load)
    synthesizer = stage.engine.synthesizer
    usual, spoken = synthesizer.synthesize, []

    def listen(phonemes: str, **options: Any) -> Segment:
        spoken.append((phonemes, options["voice"], options["speed"]))
        return usual(phonemes, **options)

    synthesizer.synthesize = listen  # type: ignore[method-assign]
    request = SpeechRequest(turns=TURNS, speakers=SPEAKERS)
    whole = stage.render(request)
    at_once = list(spoken)
    for chunks in range(1, whole.chunks):
        with pytest.raises(WorkerStopping):
            stage.render(request, checkpoint=stop_after(chunks), run="again")
    result = stage.render(request, run="again")

    blend = "am_adam:0.5,am_echo:0.5"
    assert (
        at_once
        == spoken[len(at_once) :]
        == [
            ("meet me here, ben.", "bf_emma", 1.25),
            ("no.", blend, 1.0),
            ("not here.", blend, 0.5),
            ("he left, she", "af_heart", 0.5),
            ("stayed home.", "zf_xiaoyi", 0.5),
        ]
    )
    assert loaded == ["a", "b", "z"]
    assert result.sha256 == whole.sha256
    text = request.text
    timings = list(read_timings(timings_file(Path(result.path))))
    assert [0, *(chunk.end for chunk in timings)] == [*(c.start for c in timings), len(text)]
    assert [piece.text for piece in result.unspoken] == ["♥", "&amp;", "&lt;", "&gt;", "♥"]
    shown = time_sentences(text, timings, sample_rate=result.sample_rate, speakers=request.speakers)
    assert [(each.speaker, each.text) for each in shown] == [
        ("Ann", "Meet me here, Ben."),
        ("Ben", "No."),
        ("Ben", "Not here."),
        ("", "He left, ♥ & she"),
        ("zf_xiaoyi", "stayed <home>."),
    ]


def test_a_speaker_that_cannot_speak_is_found_before_the_first_chunk(stage: Stage) -> None:
    """The language of the last turn is not found missing after an hour."""

    def load(language: str) -> Phonemizer:
        if language == "z":
            raise MissingLanguage("Chinese is not installed")
        return make_phonemizer()

    stage.engine = replace(stage.engine, load_phonemizer=load)
    speakers = {"Ann": "af_heart", "Ben": "zf_xiaoyi"}

    with pytest.raises(MissingLanguage):
        stage.render(SpeechRequest(text=f"{SENTENCES}[voice:Ben]B.", speakers=speakers))

    assert stage.seen == []


def test_jobs_of_one_name_and_two_formats_keep_their_own_results(stage: Stage) -> None:
    """What lies beside a file bears the file's whole name: nobody replaces another's facts."""
    first = stage.render(SpeechRequest(text="One.", output_name="one", format="wav"))
    second = stage.render(SpeechRequest(text="Another.", output_name="one", format="flac"))

    for result in (first, second):
        beside = result_file(Path(result.path)).read_bytes()
        assert SpeechResult.model_validate_json(beside) == result
        assert len(list(read_timings(timings_file(Path(result.path))))) == 1


def test_a_file_of_an_earlier_version_is_known(stage: Stage) -> None:
    """A result and timings without the file's extension count, and go when they are replaced."""
    request = SpeechRequest(text="One.", output_name="one")
    file = Path(stage.render(request).path)
    result_file(file).rename(file.with_suffix(".json"))
    timings_file(file).rename(file.with_suffix(".timings.jsonl"))
    stage.seen.clear()

    again = stage.render(request)
    assert stage.seen == []
    assert again.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    stage.render(request, run="again")
    assert stage.files() == ["one.wav", "one.wav.json", "one.wav.timings.jsonl"]


def test_an_opus_file_bears_its_jobs_serial(stage: Stage) -> None:
    """The same job has the same bytes each time, and another job another stream."""
    request = SpeechRequest(text="One.", output_name="one", format="opus")
    first = Path(stage.render(request).path).read_bytes()
    again = Path(stage.render(request, run="again", overwrite=True).path).read_bytes()
    other = Path(stage.render(SpeechRequest(text="One.", output_name="two", format="opus")).path)

    assert first == again
    assert first[14:18] == int(request.job_id[:7], 16).to_bytes(4, "little")
    assert other.read_bytes()[14:18] != first[14:18]

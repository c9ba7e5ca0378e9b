"""What is heard when: one line per chunk, beside every finished file."""

from __future__ import annotations

import hashlib
import wave
from pathlib import Path

import pytest

from jobs.errors import InputError, WorkerStopping
from jobs.playback.chunk_timings import ChunkTiming, encode_timing, read_timings, timings_file
from jobs.playback.journal import JournalLine, Word
from jobs.request import SpeechProgress, SpeechRequest
from tests.fakes.tone import make_engine
from worker.render.render import render_speech

TEXT = "One sentence is here. [pause:1s] Another one follows. [pause:1s] The third is the last."


def render(root: Path, name: str, checkpoint=lambda _progress: None) -> Path:
    """Speak the text and return the finished file."""
    result = render_speech(
        SpeechRequest(text=TEXT, output_name=name),
        make_engine(),
        output_dir=root / "output",
        work_dir=root / "work",
        execution_id="e1",
        checkpoint=checkpoint,
        confirm=lambda: None,
    )
    return Path(result.path)


def test_the_chunks_tile_the_text_and_the_audio(tmp_path: Path):
    """The first chunk begins both, each begins where the last one ended, the last one ends both."""
    file = render(tmp_path, "one")

    timings = list(read_timings(timings_file(file)))

    assert len(timings) == 3
    starts = [(timing.start, timing.start_sample) for timing in timings]
    ends = [(timing.end, timing.end_sample) for timing in timings]
    assert starts == [(0, 0), *ends[:-1]]
    with wave.open(str(file)) as audio:
        assert ends[-1] == (len(TEXT), audio.getnframes())


def test_words_are_heard_within_their_chunk(tmp_path: Path):
    """Every word of the text has its place, in order, inside the chunk that speaks it."""
    timings = list(read_timings(timings_file(render(tmp_path, "one"))))

    words = [TEXT[word.start : word.end].strip(".") for word in timings[1].words]
    assert words == ["Another", "one", "follows"]
    for timing in timings:
        marks = [sample for word in timing.words for sample in (word.start_sample, word.end_sample)]
        assert marks == sorted(marks)
        assert timing.start_sample <= marks[0] <= marks[-1] <= timing.end_sample


def test_a_resumed_run_leaves_the_same_bytes(tmp_path: Path):
    """Timings do not depend on how often a job was interrupted."""

    def stop(progress: SpeechProgress) -> None:
        if progress.chunks == 2:
            raise WorkerStopping("stop here")

    calm = timings_file(render(tmp_path / "calm", "one")).read_bytes()
    with pytest.raises(WorkerStopping):
        render(tmp_path / "torn", "one", stop)

    resumed = timings_file(render(tmp_path / "torn", "one")).read_bytes()

    assert hashlib.sha256(resumed).hexdigest() == hashlib.sha256(calm).hexdigest()


def test_a_line_is_read_back_as_it_was_written(tmp_path: Path):
    """A chunk's places and words survive; what else the journal knows is left out."""
    line = JournalLine(
        chunk=4,
        start=10,
        end=30,
        span_sha256="x",
        sample_offset=100,
        sample_count=50,
        phonemes=3,
        seconds=1.5,
        execution_id="e",
        fingerprint="f",
        words=(Word(10, 14, 100, 120),),
    )
    path = tmp_path / "one.timings.jsonl"
    path.write_bytes(encode_timing(line))

    assert list(read_timings(path)) == [ChunkTiming(10, 30, 100, 150, (Word(10, 14, 100, 120),))]
    assert b"seconds" not in path.read_bytes()


@pytest.mark.parametrize("content", [None, "no JSON", "[]", '{"start": 1}', '{"words": 3}'])
def test_what_is_no_timings_is_refused(tmp_path: Path, content: str | None):
    """A missing file and one that holds something else are one clear error."""
    path = tmp_path / "one.timings.jsonl"
    if content is not None:
        path.write_text(content)

    with pytest.raises(InputError, match=r"one\.timings\.jsonl .*speak it again"):
        list(read_timings(path))

"""Engines for fault tests: they keep a log of what was made; the tone can end its own process.

``KTTS_SYNTHESIZER=tests.faults.engine:load_engine`` puts the tone into a model process, and
``tests.faults.engine:load_real_engine`` Kokoro. Environment:

* ``KTTS_FAULT_DIR``: where ``made.log`` grows; required.

and for the tone:

* ``KTTS_FAULT_KILL_MODEL_PROCESS``: ``before-rename``, ``after-rename`` or ``while-discarding``
  (a journal of other rules); the first model process that comes there kills itself with SIGKILL,
  and only the first.
* ``KTTS_FAULT_READING_VERSION``: the version of the reading rules that it has.
* ``KTTS_FAULT_LEAK_BYTES``: memory that each chunk leaves behind.
* ``KTTS_FAULT_MENDED``: words that make the tone misbehave are spoken like all others.
* ``KTTS_FAULT_ASSEMBLY_SECONDS``: how long an assembly takes for each part; its steps are logged.
* ``KTTS_TONE_SECONDS_PER_CHUNK``, ``KTTS_FAULT_TONE_VERSION``: as `tests.fakes.tone.make_engine`.

Each line of the log: ``begun <seed>`` before Kokoro speaks, ``spoke <seed>`` after the tone has,
``chunk <job> <index> <execution>`` after the journal, ``file <job> <execution>`` after a finished
file got its name; of a book, ``reading <part's job>`` before an assembly reads a part, and
``assembled <job>`` after the book's file got its name.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import worker.render.finish
from jobs.text import text_version
from tests.fakes import tone
from worker.engine import Announce, ClaimCard, Engine, MemoryUse, Segment, Synthesizer
from worker.render.journal_writer import JournalWriter
from worker.settings import WorkerSettings

LOG_NAME = "made.log"


class FaultySynthesizer(tone.ToneSynthesizer):
    """Speaks as the tone does, with a log and a leak."""

    def __init__(
        self, directory: Path, *, leak_bytes: int, is_mended: bool, **options: Any
    ) -> None:
        super().__init__(**options)
        self.is_mended = is_mended
        self.directory = directory
        self.leak_bytes = leak_bytes
        self.leaked: list[bytearray] = []

    def synthesize(self, phonemes: str, *, voice: str, speed: float, seed: int) -> Segment:
        if self.is_mended:
            phonemes = phonemes.replace(tone.MARK, "a")
        segment = super().synthesize(phonemes, voice=voice, speed=speed, seed=seed)
        write_line(self.directory, f"spoke {seed}")
        if self.leak_bytes:
            self.leaked.append(bytearray(b"x" * self.leak_bytes))
        return segment

    def release_memory(self) -> tuple[MemoryUse, MemoryUse]:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        use = MemoryUse(host_bytes=pages * os.sysconf("SC_PAGE_SIZE"))
        return use, use


class LoggedSynthesizer:
    """Another synthesizer, with a log."""

    def __init__(self, directory: Path, wrapped: Synthesizer) -> None:
        self.directory = directory
        self.wrapped = wrapped
        self.device = wrapped.device
        self.fingerprint = wrapped.fingerprint
        self.check_voice = wrapped.check_voice
        self.release_memory = wrapped.release_memory

    def synthesize(self, phonemes: str, *, voice: str, speed: float, seed: int) -> Segment:
        write_line(self.directory, f"begun {seed}")
        return self.wrapped.synthesize(phonemes, voice=voice, speed=speed, seed=seed)


def load_real_engine(settings: WorkerSettings, claim_card: ClaimCard, announce: Announce) -> Engine:
    """Load Kokoro as a worker does."""
    from worker.speech import kokoro

    directory = Path(os.environ["KTTS_FAULT_DIR"])
    _log_chunks(directory)
    _log_files(directory, label="")
    engine = kokoro.load_engine(settings, claim_card, announce)
    return replace(engine, synthesizer=LoggedSynthesizer(directory, engine.synthesizer))


def load_engine(_settings: WorkerSettings, _claim_card: ClaimCard, _announce: Announce) -> Engine:
    """Build the engine that the environment describes."""
    directory = Path(os.environ["KTTS_FAULT_DIR"])
    label = os.environ.get("KTTS_FAULT_KILL_MODEL_PROCESS", "")
    if version := os.environ.get("KTTS_FAULT_READING_VERSION"):
        text_version.READING_VERSION = version
    if label == "while-discarding":
        _end_while_discarding(directory, label)
    _log_chunks(directory)
    _log_files(directory, label)
    if pace := os.environ.get("KTTS_FAULT_ASSEMBLY_SECONDS"):
        _log_assemblies(directory, float(pace))
    synthesizer = FaultySynthesizer(
        directory,
        leak_bytes=int(os.environ.get("KTTS_FAULT_LEAK_BYTES", "0")),
        is_mended="KTTS_FAULT_MENDED" in os.environ,
        seconds_per_chunk=float(os.environ.get("KTTS_TONE_SECONDS_PER_CHUNK", "0")),
        version=os.environ.get("KTTS_FAULT_TONE_VERSION", "1"),
    )
    return Engine(synthesizer=synthesizer, load_phonemizer=tone.make_engine().load_phonemizer)


def write_line(directory: Path, line: str) -> None:
    """Append a line in one write, so that it is there whole whatever happens next."""
    descriptor = os.open(directory / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def end_once(directory: Path, label: str) -> None:
    """Kill this process without warning, unless one was killed for `label` before."""
    try:
        (directory / f"killed-{label}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _log_chunks(directory: Path) -> None:
    append: Callable[..., None] = JournalWriter.append

    def append_and_log(self: JournalWriter, line: Any, pcm: bytes) -> None:
        append(self, line, pcm)
        write_line(directory, f"chunk {self.job_dir.name} {line.chunk} {line.execution_id}")

    JournalWriter.append = append_and_log  # type: ignore[method-assign]


def _end_while_discarding(directory: Path, label: str) -> None:
    unlink: Callable[..., None] = Path.unlink

    def unlink_and_end(path: Path, **options: Any) -> None:
        unlink(path, **options)
        # A journal that is discarded loses its audio before its lines.
        if path.name == "audio.pcm" and path.with_name("journal.jsonl").exists():
            end_once(directory, label)

    Path.unlink = unlink_and_end  # type: ignore[method-assign]


def _log_files(directory: Path, label: str) -> None:
    publish: Callable[..., None] = worker.render.finish.publish_file

    def publish_and_log(place: Any, partial: Path, result: Any, **options: Any) -> None:
        if label == "before-rename":
            end_once(directory, label)
        publish(place, partial, result, **options)
        write_line(directory, f"file {place.job_id} {partial.name.split('.')[2]}")
        if label == "after-rename":
            end_once(directory, label)

    worker.render.finish.publish_file = publish_and_log


def _log_assemblies(directory: Path, seconds_per_part: float) -> None:
    import worker.books.assemble  # only here: it loads every encoder

    read: Callable[..., Any] = worker.books.assemble.read_samples
    publish: Callable[..., None] = worker.books.assemble._publish

    def read_and_log(placed: Any) -> Any:
        write_line(directory, f"reading {placed.part.request.job_id}")
        time.sleep(seconds_per_part)
        return read(placed)

    def publish_and_log(made: Any, result: Any, file: Path) -> None:
        publish(made, result, file)
        write_line(directory, f"assembled {result.job_id}")

    worker.books.assemble.read_samples = read_and_log
    worker.books.assemble._publish = publish_and_log

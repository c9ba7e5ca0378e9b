"""A job on the real model, killed three times, beside the same job left alone.

    python -m tests.faults.kills FILE

One worker speaks the text undisturbed; then it is spoken again, and at a quarter, a half and three
quarters of its chunks the model process, the worker and the server are killed with SIGKILL in the
middle of a chunk. Settings come from the environment, as for `ktts worker`. The last line of stdout
is one JSON document:

* ``sha256``, ``undisturbed_sha256``, ``equal``: of the two files;
* ``chunks``: how many the text has;
* ``redone``: how many of them the model began more than once;
* ``kills``: which process, and in which chunk, counted from 0.

Exit code 0 if the files are equal and no kill cost more than one chunk, else 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jobs.queue.job import SpeechJob
from jobs.request import SpeechRequest
from tests.conftest import eventually
from tests.faults.engine import LOG_NAME
from tests.faults.processes import Process, Stable, kill_model_process, open_stable

START_SECONDS = 300.0
"""How long the model may take to load, and a dead worker's job to be given to another."""

CHUNK_SECONDS = 60.0
"""How long one chunk may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One process that was killed."""

    process: str
    chunk: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the last line says."""

    sha256: str
    undisturbed_sha256: str
    equal: bool
    chunks: int
    redone: int
    kills: tuple[Kill, ...]

    @property
    def is_good(self) -> bool:
        return self.equal and self.redone <= len(self.kills)


def run_kills(text: str, stable: Stable, **environment: str) -> Report:
    """Speak `text` twice; `environment` is for the workers.

    Raises:
        ValueError: the text has fewer chunks than it takes to kill three times in mid-job.
    """
    stable.janitor()
    worker = _start_worker(stable, environment)
    request = SpeechRequest(text=text)
    job = stable.queue.submit(request)
    calm = job.wait(START_SECONDS + CHUNK_SECONDS * len(text) / 100)
    if calm.chunks < 4:
        raise ValueError(f"the text has {calm.chunks} chunks; take one that has at least 4")
    (stable.directory / LOG_NAME).unlink()
    job = stable.queue.submit(request, again=True)
    kills = []
    for number, (process, kill) in enumerate(_killers(stable, worker, environment).items(), 1):
        chunk = calm.chunks * number // 4
        _await_chunk(stable, job, chunk, kills[-1].chunk if kills else 0)
        kill()
        kills.append(Kill(process, chunk))
    killed = job.wait(START_SECONDS + CHUNK_SECONDS * (calm.chunks - kills[-1].chunk))
    return Report(
        sha256=killed.sha256,
        undisturbed_sha256=calm.sha256,
        equal=killed.sha256 == calm.sha256 and killed.fingerprint == calm.fingerprint,
        chunks=killed.chunks,
        redone=sum(count > 1 for count in _begun(stable).values()),
        kills=tuple(kills),
    )


def _start_worker(stable: Stable, environment: dict[str, str]) -> Process:
    return stable.worker(
        ready=False,
        **environment | {"KTTS_SYNTHESIZER": "tests.faults.engine:load_real_engine"},
    )


def _killers(
    stable: Stable, worker: Process, environment: dict[str, str]
) -> dict[str, Callable[[], object]]:
    """Return for each process what ends it, and starts it again where nothing else does."""

    def kill_worker() -> None:
        worker.kill()
        _start_worker(stable, environment)

    return {
        "model_process": lambda: kill_model_process(worker),
        "worker": kill_worker,
        "server": stable.server.restart,
    }


def _await_chunk(stable: Stable, job: SpeechJob, chunk: int, last_chunk: int) -> None:
    """Wait until the model is at work on `chunk`, the first that was not begun before."""
    seconds = START_SECONDS + CHUNK_SECONDS * (chunk - last_chunk)
    eventually(lambda: len(_begun(stable)) > chunk, seconds)
    if job.status().is_terminal:
        raise ValueError(f"the job had ended before chunk {chunk} was killed; take a longer text")


def _begun(stable: Stable) -> Counter[int]:
    """Return how often the model began each chunk, by its seed."""
    return Counter(line.seed for line in stable.made("begun"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one text; see the module's docstring for what is printed."""
    parser = argparse.ArgumentParser(description="Kill three times, then compare.")
    parser.add_argument("file", type=Path, help="text in UTF-8, of at least four chunks")
    text = parser.parse_args(argv).file.read_text(encoding="utf-8")
    directory = Path(tempfile.mkdtemp(prefix="ktts-kills-"))
    with open_stable(directory) as stable:
        report = run_kills(text, stable)
    print(json.dumps(asdict(report)))
    if report.is_good:
        shutil.rmtree(directory)
        return 0
    print(f"logs are in {directory}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

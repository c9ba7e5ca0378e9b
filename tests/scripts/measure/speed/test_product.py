"""This product as the benchmark drives it: real processes with the tone engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.errors import JobFailed, StartupError
from scripts.cli import main
from scripts.measure.memory.endurance import describe_soak, run_soak
from scripts.measure.memory.mixture import UNSPEAKABLE, SoakJob
from scripts.measure.memory.process_memory import find_children
from scripts.measure.speed.machine import allowed_cores
from scripts.measure.speed.product import Product, own_places
from scripts.measure.speed.scaling import REPLICAS, measure_scaling
from tests.conftest import ROOT


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """Yield a product that runs; ended with the test."""
    environment = os.environ | {
        "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
        "PYTHONPATH": str(ROOT),
    }
    running = Product(tmp_path / "bench", environment, lambda _: None)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_the_same_text_is_spoken_each_time_anew(product: Product) -> None:
    """A take waits for real work: it has audio, a first chunk and an overhead within its time."""
    before = len(find_children(os.getpid()))
    takes = [product.speak("Hello there. " * 40) for _ in range(2)]

    assert takes[0].audio_seconds == pytest.approx(takes[1].audio_seconds)
    for take in takes:
        assert take.audio_seconds > 20
        assert 0 < take.first_chunk_seconds <= take.wall_seconds
        assert 0 < take.overhead_seconds < take.wall_seconds
    assert product.last_result is not None
    assert not Path(product.last_result.path).exists()
    product.stop()
    assert len(find_children(os.getpid())) < before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_memory_is_that_of_the_worker_and_its_model(product: Product) -> None:
    """The model process holds tens of megabytes, and the peak counts its parent too."""
    held = product.model_bytes()
    peak = product.peak_bytes()

    assert held is not None
    assert peak is not None
    assert held > 10 << 20
    assert peak > held


def test_a_text_that_fails_is_an_error(product: Product) -> None:
    """A measurement never counts what was not spoken."""
    with pytest.raises(JobFailed, match="nothing that can be spoken"):
        product.speak(UNSPEAKABLE)


def test_an_engine_that_does_not_load_ends_the_start(tmp_path: Path) -> None:
    """The worker's own words come out, and nothing is left running."""
    environment = os.environ | {
        "KTTS_SYNTHESIZER": "tests.fakes.tone:missing",
        "PYTHONPATH": str(ROOT),
    }
    product = Product(tmp_path / "bench", environment, lambda _: None)
    try:
        with pytest.raises(StartupError, match="cannot load the speech engine"):
            product.start()
    finally:
        product.stop()


def test_a_soak_notes_every_job(product: Product) -> None:
    """Finished, failed and cancelled jobs all leave a sample; a surprise is named."""
    jobs = [
        SoakJob("Hello.", "af_heart", "finished"),
        SoakJob(UNSPEAKABLE, "af_heart", "failed"),
        SoakJob("Ciao. " * 300, "if_sara", "cancelled"),
        SoakJob("BOOM", "af_heart", "finished"),
    ]
    document = describe_soak(run_soak(product, jobs, lambda _: None), None)

    assert document["jobs"] == len(document["rss_bytes"]) == 4
    assert document["characters"] == sum(len(job.text) for job in jobs)
    assert sum(document["fates"].values()) == 4
    assert document["fates"]["failed"] == 2
    assert document["unexpected"] == ["'BOOM' with af_heart: failed, not finished"]
    assert document["grew"] is None


def test_ktts_soak_answers_in_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command runs its own stack, leaves the user's directories alone and cleans up."""
    monkeypatch.setenv("KTTS_SYNTHESIZER", "tests.fakes.tone:load_engine")
    monkeypatch.setenv("KTTS_OUTPUT_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    assert main(["soak", "--jobs", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (document["jobs"], document["characters"]) == (2, 4_000)
    assert os.environ["KTTS_OUTPUT_DIR"] == str(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_places_of_the_user_are_put_back() -> None:
    """What is left out while measuring is there again afterwards, even after Ctrl-C."""
    environment = {"KTTS_OUTPUT_DIR": "/mine", "KTTS_THREADS": "1"}

    with suppress(KeyboardInterrupt), own_places(environment) as left:
        assert left == environment == {"KTTS_THREADS": "1"}
        raise KeyboardInterrupt
    assert environment == {"KTTS_OUTPUT_DIR": "/mine", "KTTS_THREADS": "1"}


@pytest.mark.skipif(len(allowed_cores()) < REPLICAS, reason="needs two cores to pin to")
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot pin")
def test_replicas_are_pinned_and_work_at_once(tmp_path: Path) -> None:
    """Each worker stays on its core, and with slow chunks two of them do about twice the work."""
    cores = tuple(allowed_cores()[:REPLICAS])
    environment = os.environ | {
        "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
        "KTTS_TONE_SECONDS_PER_CHUNK": "0.3",
        "PYTHONPATH": str(ROOT),
    }
    product = Product(tmp_path / "bench", environment, lambda _: None, cores=cores)
    seen: list[set[int]] = []
    others = set(find_children(os.getpid()))  # other tests' worker may be there

    def look(_line: str) -> None:
        children = set(find_children(os.getpid())) - others
        models = [model for child in children for model in find_children(child)]
        seen.extend(os.sched_getaffinity(model) for model in models)

    found = measure_scaling(product, cores, "Hello there. " * 60, 1, look).describe()
    assert sorted(seen, key=min) == [{core} for core in cores]
    assert found["cores"] == list(cores)
    assert found["two"]["median"] > 0
    assert found["ratio_spread"] == [found["ratio"]] * 2

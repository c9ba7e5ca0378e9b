"""The network alone, in each arithmetic that a processor has."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.measure.speed.paths import KOKORO, find_paths, measure_paths, time_paths
from worker.speech.fast.processor import Processor

RANGES = object()


def posed(*, avx2: bool = False, avx512: bool = False, bf16: bool = False) -> Processor:
    """Return a processor."""
    return Processor("posed", has_avx2=avx2, has_avx512=avx512, has_vnni=False, has_bf16=bf16)


@pytest.mark.parametrize(
    ("processor", "fault", "expected"),
    [
        (posed(), "", ["fast, fp32"]),
        (posed(avx2=True), "", ["fast, fp32", "fast, int8"]),
        (posed(avx2=True), "wrong", ["fast, fp32"]),
        (posed(avx2=True, avx512=True, bf16=True), "", ["fast, fp32", "fast, bf16", "fast, int8"]),
    ],
)
def test_each_path_of_the_processor_has_a_row(
    processor: Processor, fault: str, expected: list[str]
) -> None:
    """Kokoro's own network is always first."""
    found = list(find_paths(processor, RANGES, fault, "fp32"))

    assert [name for name, _ in found] == [KOKORO, *expected]


def test_int8_needs_ranges() -> None:
    """And is mixed with bf16 only where the processor has bf16."""
    assert "fast, int8" not in dict(find_paths(posed(avx2=True), None, "", "fp32"))
    old = dict(find_paths(posed(avx2=True), RANGES, "", "int8"))
    new = dict(find_paths(posed(avx512=True, bf16=True), RANGES, "", "fp32"))

    assert old["fast, int8"] == ("fp32", "int8", RANGES)
    assert new["fast, int8"] == ("bf16", "fp32", RANGES)


def test_the_best_round_counts_and_the_first_does_not() -> None:
    """All speak by turns; the unmeasured round is the slowest here."""
    now = 0.0
    played = []
    lengths = {KOKORO: iter([90.0, 8.0, 4.0]), "fast, int8": iter([90.0, 2.0, 3.0])}

    def speak(name: str) -> float:
        nonlocal now
        played.append(name)
        now += next(lengths[name])
        return 12.0

    speakers = {name: (lambda name=name: speak(name)) for name in lengths}
    found = time_paths(speakers, 2, lambda: now)

    assert played == [KOKORO, "fast, int8"] * 3
    assert found[KOKORO] == {"speed": 3.0, "ratio": 1.0}
    assert found["fast, int8"] == {"speed": 6.0, "ratio": 2.0}


@pytest.mark.slow
def test_without_a_model_there_is_no_answer(tmp_path: Path) -> None:
    """The rest of a benchmark goes on."""
    assert measure_paths(tmp_path, 1, 1, {}) == {}

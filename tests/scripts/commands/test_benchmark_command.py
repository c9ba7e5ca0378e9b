"""``ktts benchmark`` with posed contestants: what it is asked for reaches them and its answer."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from scripts.commands import benchmark
from scripts.measure.speed.chart import write_title
from scripts.measure.speed.comparison import Record
from scripts.measure.speed.contestant import Take
from scripts.measure.speed.entrants import Venue


def test_masks_load_and_paths_are_in_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mask goes to everybody; the core that is kept busy and what was measured are told."""
    venues: list[Venue] = []

    class PosedProduct:
        name = "ktts"
        last_result = None

    def make_product(venue: Venue) -> PosedProduct:
        venues.append(venue)
        return PosedProduct()

    def compare(_contestants: Any, _plan: Any, _clock: Any, _tell: Any, watch: Any) -> Any:
        record = Record("ktts", [2.0], cold_first_chunk_seconds=0.7, peak_bytes=1 << 30)
        with watch():
            record.takes = {size: [Take(10, 1.0, 0.5, 0.1)] for size in ("short", "medium", "book")}
        return {"ktts": record}

    monkeypatch.setattr(benchmark, "check_model", lambda _directory: None)
    monkeypatch.setattr(benchmark, "make_product", make_product)
    monkeypatch.setattr(benchmark, "_find_peers", lambda *_: [])
    monkeypatch.setattr(benchmark, "_measure_scaling", lambda *_: None)
    monkeypatch.setattr(benchmark, "measure_ceiling", lambda *_: {"fp32": 100.0})
    monkeypatch.setattr(
        benchmark, "measure_paths", lambda *_: {"kokoro, fp32": {"speed": 2.0, "ratio": 1.0}}
    )
    monkeypatch.setattr(benchmark, "compare", compare)

    assert benchmark.main(["--quick", "--isa", "avx2", "--busy"]) == 0

    shown = capsys.readouterr()
    answer = json.loads(shown.out.splitlines()[-1])
    assert venues[0].environment["ONEDNN_MAX_CPU_ISA"] == "AVX2"
    assert "ONEDNN_MAX_CPU_ISA" not in os.environ
    assert (answer["isa"], answer["busy_core"] is None) == ("avx2", False)
    assert answer["first_chunk_seconds"] == {"cold": 0.7, "warm": 0.1}
    assert answer["first_sound_seconds"] == 0.1
    assert answer["load_beside"].keys() == {"cores", "is_quiet"}
    assert answer["paths"]["kokoro, fp32"]["speed"] == 2.0
    assert "network alone, kokoro, fp32: 2.00x" in shown.err
    assert "load beside" in shown.err
    assert answer["date"] in write_title(answer)[0]

"""``ktts benchmark`` with posed contestants: what it is asked for reaches them and its answer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import DownloadFailed
from scripts.commands.measurement import benchmark
from scripts.measure.speed.benchmark_plan import Clock, make_plan
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


def test_installing_peers_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another task."""
    asked: list[Any] = []
    monkeypatch.setattr(benchmark, "install_peers", asked.append)

    assert benchmark.main(["--install-peers"]) == 0
    assert asked == [benchmark.tell]


def test_a_peer_that_cannot_take_part_is_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whether it is not installed or cannot be fetched; the other one takes part."""
    told: list[str] = []
    venue = Venue(tmp_path, tmp_path, {}, 1, told.append)
    first, second = benchmark.PEERS
    notes: dict[str, str] = {}

    def make_peer(name: str, _venue: Venue) -> str:
        if name == first:
            raise DownloadFailed("no route to host")
        return name

    monkeypatch.setattr(benchmark, "tell", told.append)
    monkeypatch.setattr(benchmark, "make_peer", make_peer)
    monkeypatch.setattr(benchmark, "find_missing", dict)

    assert benchmark._find_peers(venue, notes) == [second]
    assert notes == {first: "no route to host"}

    monkeypatch.setattr(benchmark, "find_missing", lambda: {second: "not installed"})
    assert benchmark._find_peers(venue, notes) == []
    assert notes[second] == "not installed"
    assert told[-1] in {f"{second}: not installed", f"{first}: no route to host"}


def test_replicas_are_left_out_where_cores_or_time_are_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The notes say why; with both there, each replica gets a core and one thread."""
    notes: dict[str, str] = {}
    venue = Venue(tmp_path, tmp_path, {"KTTS_THREADS": "4"}, 1, lambda _: None)
    plan = make_plan("A sentence. " * 200, quick=False, whole=False)
    hurried, calm = Clock(0.0), Clock(10_000.0)

    class Scaling:
        def describe(self) -> dict[str, float]:
            return {"ratio": 1.9}

    monkeypatch.setattr(benchmark, "separate_cores", lambda: [0])
    assert benchmark._measure_scaling(venue, plan, calm, notes) is None
    assert "two physical cores" in notes["scaling"]

    monkeypatch.setattr(benchmark, "separate_cores", lambda: [0, 2, 4])
    assert benchmark._measure_scaling(venue, plan, hurried, notes) is None
    assert "no time left" in notes["scaling"]

    monkeypatch.setattr(benchmark, "measure_scaling", lambda *_: Scaling())
    assert benchmark._measure_scaling(venue, plan, calm, notes) == {"ratio": 1.9}

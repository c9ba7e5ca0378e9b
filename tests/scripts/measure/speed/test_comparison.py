"""Interleaved rounds and the document that they become, with posed contestants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jobs.errors import StartupError
from scripts.measure.speed.benchmark_plan import Clock, Plan
from scripts.measure.speed.ceiling import share_of_ceiling
from scripts.measure.speed.comparison import Record, compare
from scripts.measure.speed.contestant import Take
from scripts.measure.speed.document import (
    describe_ratios,
    describe_record,
    describe_waits,
    write_circumstances,
    write_paths,
    write_table,
)

PLAN = Plan(
    texts={"short": "One.", "medium": "One. Two.", "book": "One. Two. Three. Four."},
    peer_texts={"short": "One.", "medium": "One. Two.", "book": "One. Two."},
    rounds={"short": 3, "medium": 2, "book": 1},
    starts=2,
    scaling_text="",
    scaling_rounds=0,
)


class PosedContestant:
    """Speaks a character in `pace` seconds and makes a tenth of a second of audio of it."""

    def __init__(self, name: str, pace: float, played: list[str], fails_at: str = "") -> None:
        self.name = name
        self.pace = pace
        self.played = played
        self.fails_at = fails_at
        self.starts = 0
        self.is_running = False

    def start(self) -> float:
        if self.fails_at == "start":
            raise StartupError(f"{self.name} has ended: no model")
        self.starts += 1
        self.is_running = True
        return float(self.starts)

    def speak(self, text: str) -> Take:
        if self.fails_at == text:
            raise StartupError(f"{self.name} has ended: out of memory")
        self.played.append(f"{self.name} {len(text)}")
        return Take(len(text), len(text) / 10, len(text) * self.pace, self.pace)

    def peak_bytes(self) -> int:
        return 100

    def stop(self) -> None:
        self.is_running = False


def run(*peers: PosedContestant, clock: float = 60) -> tuple[dict[str, Record], list[str]]:
    """Compare a product that speaks ten times real time with some peers."""
    played: list[str] = peers[0].played if peers else []
    product = PosedContestant("ktts", 0.01, played)
    records = compare([product, *peers], PLAN, Clock(clock), lambda _: None)
    assert not any(contestant.is_running for contestant in (product, *peers))
    return records, played


def test_everybody_speaks_in_turn() -> None:
    """Rounds of all sizes alternate, the order changes, and the peers get their slice."""
    played: list[str] = []
    records, _ = run(PosedContestant("kokoro", 0.05, played))

    assert played[2:] == [
        "ktts 4", "kokoro 4", "ktts 9", "kokoro 9", "ktts 22", "kokoro 9",
        "kokoro 4", "ktts 4", "kokoro 9", "ktts 9",
        "ktts 4", "kokoro 4",
    ]  # fmt: skip
    assert records["ktts"].ready_seconds == [1.0, 2.0]
    assert records["ktts"].speeds("short") == [pytest.approx(10.0)] * 3


def test_a_ratio_is_our_speed_over_theirs() -> None:
    """By audio and by characters; who was not there has none."""
    records, _ = run(PosedContestant("kokoro", 0.05, []))
    document = describe_ratios(records, "ktts")

    assert document["ratios"]["kokoro"] == {"short": 5.0, "medium": 5.0, "book": 5.0}
    assert document["ratio_spread"]["kokoro"]["short"] == [5.0, 5.0]
    assert document["ratios_by_characters"]["kokoro"]["book"] == 5.0
    assert document["ratios"]["kokoro-onnx"] == {"short": None, "medium": None, "book": None}
    json.dumps(document)


@pytest.mark.parametrize("fails_at", ["start", "One. Two."])
def test_a_peer_that_fails_is_left_out(fails_at: str) -> None:
    """The others go on, and the record says what it said."""
    played: list[str] = []
    records, _ = run(
        PosedContestant("kokoro", 0.05, played, fails_at),
        PosedContestant("kokoro-onnx", 0.02, played),
    )

    assert records["kokoro"].fault.startswith("kokoro has ended")
    assert records["kokoro"].speeds("medium") == []
    assert describe_ratios(records, "ktts")["ratios"]["kokoro-onnx"]["book"] == 2.0


def test_a_product_that_fails_ends_the_run() -> None:
    """There is nothing to compare then, and the peers are ended."""
    peer = PosedContestant("kokoro", 0.05, [])
    product = PosedContestant("ktts", 0.01, [], "One. Two.")

    with pytest.raises(StartupError, match="out of memory"):
        compare([product, peer], PLAN, Clock(60), lambda _: None)
    assert not product.is_running
    assert not peer.is_running


def test_without_time_there_is_still_one_round() -> None:
    """A slow machine gets an answer of every size."""
    records, _ = run(PosedContestant("kokoro", 0.05, []), clock=0)

    assert [len(records["ktts"].takes[size]) for size in PLAN.rounds] == [1, 1, 1]
    assert [len(records["kokoro"].takes[size]) for size in PLAN.rounds] == [1, 1, 1]


def test_the_answer_has_every_figure() -> None:
    """Speed with its spread, latency, start-up, memory and the share of the processor."""
    records, _ = run(PosedContestant("kokoro", 0.05, [], "start"))
    found = describe_record(records["ktts"], {"fp32": 630.0, "int8": None})

    assert found["short"]["speed"] == found["short"]["low"] == found["short"]["high"] == 10.0
    assert found["short"]["first_chunk_seconds"] == 0.01
    assert found["short"]["share_of_peak"] == {"fp32": 1.0, "int8": None}
    assert found["ready_seconds"] == 1.5
    assert found["peak_rss_bytes"] == 100
    assert describe_record(records["kokoro"], {})["short"] is None
    table = "\n".join(write_table(records, describe_ratios(records, "ktts")["ratios"]))
    assert "10.00x (10.00-10.00)" in table
    assert "times as fast as kokoro: not measured" in table


def test_the_share_of_a_rate_that_nobody_measured_is_unknown() -> None:
    """63 thousand million operations make a second of audio."""
    assert share_of_ceiling(2.0, {"fp32": 252.0, "bf16": None}) == {"fp32": 0.5, "bf16": None}


def test_first_chunks_and_first_sound_are_told() -> None:
    """Cold and warm of a sentence, and a paragraph on a warm worker."""
    records, _ = run(PosedContestant("kokoro", 0.05, []))

    assert describe_waits(records["ktts"]) == {
        "first_chunk_seconds": {"cold": 0.01, "warm": 0.01},
        "first_sound_seconds": 0.01,
    }
    assert describe_waits(Record("ktts"))["first_sound_seconds"] is None


def test_somebody_watches_while_each_one_speaks() -> None:
    """Not while they are started, which is measured by nobody."""
    watched: list[int] = []
    played: list[str] = []

    @contextmanager
    def watch() -> Iterator[None]:
        before = len(played)
        yield
        watched.append(len(played) - before)

    compare([PosedContestant("ktts", 0.01, played)], PLAN, Clock(60), lambda _: None, watch)

    assert watched == [1] * sum(PLAN.rounds.values())


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ({"cores": 0.02, "is_quiet": True}, "load beside: 0.02 cores; a quiet run"),
        ({"cores": 0.9, "is_quiet": False}, "load beside: 0.90 cores; NOT A QUIET RUN"),
        ({"cores": None, "is_quiet": None}, "so this run is not called quiet"),
    ],
)
def test_a_run_is_called_quiet_only_where_it_was(load: dict[str, object], expected: str) -> None:
    """People read it under the table."""
    lines = "\n".join(
        write_circumstances(
            {
                "first_chunk_seconds": {"cold": 0.7, "warm": 0.6},
                "load_beside": load,
                "busy_core": 1,
            }
        )
    )

    assert expected in lines
    assert "first chunk: cold 0.70 s, warm 0.60 s" in lines
    assert "core 1 was kept busy" in lines


def test_each_path_has_a_line() -> None:
    """Its speed, and how much faster than kokoro's own network it is."""
    lines = list(write_paths({"fast, int8": {"speed": 6.0, "ratio": 2.5}}))

    assert lines == ["network alone, fast, int8: 6.00x, 2.50 times kokoro's"]

"""How many workers a machine gets, by posed cores and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.local_stack import worker_plan
from scripts.local_stack.worker_plan import (
    choose_workers,
    find_free_bytes,
    measure_efficiency,
    plan_workers,
)

GIB = 1 << 30


@pytest.mark.parametrize(
    ("cores", "gibibytes", "workers"),
    [
        (1, 4, 1),
        (2, 4, 1),
        (4, 8, 1),
        (8, 16, 2),
        (16, 32, 4),
        (64, 128, 16),
        (64, 16, 7),
        (64, 2, 1),
        (8, 0, 1),
    ],
)
def test_a_worker_for_every_four_cores_as_memory_allows(
    cores: int, gibibytes: int, workers: int
) -> None:
    """Each has 2 GiB, and 1 GiB is left; one there is always."""
    assert plan_workers(cores, gibibytes * GIB) == workers


def test_what_is_lost_to_waiting() -> None:
    """As computed from the measured share: 78 % of 8 cores are used, and 62 % of 16."""
    shares = {threads: round(measure_efficiency(threads), 2) for threads in (1, 4, 8, 16)}

    assert shares == {1: 1.0, 4: 0.89, 8: 0.78, 16: 0.62}


def test_the_user_and_a_card_come_before_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who says how many threads there are says how much of the machine is to be used."""
    monkeypatch.setattr(worker_plan, "count_cores", lambda: 8)
    monkeypatch.setattr(worker_plan, "find_free_bytes", lambda: 64 * GIB)
    none, card = tmp_path / "none", tmp_path

    assert choose_workers({}, none) == choose_workers({"KTTS_DEVICE": "cpu"}, card) == 2
    assert choose_workers({"KTTS_THREADS": "2"}, none) == choose_workers({}, card) == 1


@pytest.mark.parametrize(
    ("name", "content", "is_limit"),
    [
        ("memory.max", "1024\n", True),
        ("memory.max", "max\n", False),
        ("memory/memory.limit_in_bytes", "1024\n", True),
        ("other", "1024\n", False),
    ],
)
def test_a_containers_memory_counts(
    tmp_path: Path, name: str, content: str, is_limit: bool
) -> None:
    """The limit of the container, where there is one below what is free."""
    (tmp_path / "memory").mkdir()
    (tmp_path / name).write_text(content)

    assert (find_free_bytes(tmp_path) == 1024) == is_limit

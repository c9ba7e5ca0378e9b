"""The best rate of the processor, measured on products of matrices."""

from __future__ import annotations

import json
import os

import pytest

from scripts.measure.speed import ceiling
from scripts.measure.speed.ceiling import KINDS, measure_ceiling


@pytest.mark.heavy
def test_each_kind_that_the_processor_has_gets_a_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """fp32 is everywhere; another kind may be missing, and is said to be."""
    import torch

    before = torch.get_num_threads()
    monkeypatch.setattr(ceiling, "_SECONDS_PER_KIND", 0.02)
    monkeypatch.setattr(ceiling, "_SIZE", 64)
    try:
        assert ceiling.main(["1"]) == 0
    finally:
        torch.set_num_threads(before)

    rates = json.loads(capsys.readouterr().out)
    assert tuple(rates) == KINDS
    assert rates["fp32"] > 0


def test_a_child_that_fails_leaves_the_rates_open() -> None:
    """The benchmark goes on without them."""
    rates = measure_ceiling(1, os.environ | {"PYTHONHOME": "/nowhere"})

    assert rates == dict.fromkeys(KINDS)


@pytest.mark.heavy
def test_a_kind_that_is_not_there_has_no_rate() -> None:
    """Neither in this PyTorch nor on this processor."""

    class Torch:
        int8 = None

        def randint(self, *_: object, **__: object) -> object:
            raise RuntimeError("not implemented for 'Char'")

    assert ceiling._measure("int8", Torch()) is None

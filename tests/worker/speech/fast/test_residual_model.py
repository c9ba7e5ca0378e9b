"""The blocks of decoder and pitch_energy on the real weights, against kokoro's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from worker.speech.fast.kernels.activation import PlainActivation
from worker.speech.fast.padding import Padding
from worker.speech.fast.residual import StyleProjection, make_shortcut_block
from worker.speech.model.network import build_network
from worker.speech.model.tensors import load_state
from worker.speech.model.weights import WEIGHTS_NAME, load_config

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def network(model: Path) -> Any:
    """Return kokoro's network."""
    return build_network(load_config(model), load_state(model / WEIGHTS_NAME))


@pytest.mark.parametrize("length", [9, 16])
@pytest.mark.parametrize(
    "path",
    ["predictor.F0.0", "predictor.F0.1", "decoder.encode", "decoder.decode.3"],
    ids=["same channels", "doubled", "other channels", "decoder doubled"],
)
def test_a_block_is_kokoros(network: Any, path: str, length: int) -> None:
    """To bf16's rounding, with and without rows behind the frames."""
    block = network.get_submodule(path)
    inputs, style_width = block.conv1.in_channels, block.norm1.fc.in_features
    torch.manual_seed(4)
    style = torch.randn(1, style_width) * 0.2
    rows = torch.full((1, length, inputs), 1000.0, dtype=torch.bfloat16)
    rows[:, :9] = torch.randn(1, 9, inputs)
    project = StyleProjection()
    made = make_shortcut_block(block, project, PlainActivation(), torch.float32, None)
    project.freeze()

    with torch.inference_mode():
        expected = block(rows[:, :9].float().transpose(1, 2), style).transpose(1, 2)
        found = made(rows, Padding(9, length), project(style))[:, : expected.shape[1]].float()

    assert found.shape == expected.shape
    assert (found - expected).square().sum() / expected.square().sum() < 1e-4

from __future__ import annotations

import pytest
import torch
from kokoro.istftnet import AdainResBlk1d

from worker.speech.extent import Extent
from worker.speech.kernels.activation import PlainActivation
from worker.speech.residual import StyleProjection
from worker.speech.shortcut import make_shortcut_block


def make_block(inputs: int, outputs: int, upsample: str) -> AdainResBlk1d:
    """Return one of kokoro's blocks with weights of chance, weight norm folded."""
    torch.manual_seed(inputs + outputs)
    block = AdainResBlk1d(inputs, outputs, style_dim=12, upsample=upsample)
    for module in block.modules():
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)
    return block.eval()


@pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")
@pytest.mark.parametrize(
    ("inputs", "outputs", "upsample"),
    [(16, 16, "none"), (24, 16, "none"), (24, 16, "True")],
    ids=["as it is", "other channels", "twice the frames"],
)
@pytest.mark.parametrize("length", [9, 16])
def test_a_block_is_kokoros(inputs: int, outputs: int, upsample: str, length: int) -> None:
    """To bf16's rounding, with and without rows behind the frames."""
    block = make_block(inputs, outputs, upsample)
    values, style = torch.randn(1, inputs, 9), torch.randn(1, 12)
    project = StyleProjection()
    made = make_shortcut_block(block, project, PlainActivation(), torch.float32, None)
    project.freeze()
    rows = torch.full((1, length, inputs), 1000.0).bfloat16()
    rows[:, :9] = values.transpose(1, 2)

    with torch.inference_mode():
        expected = block(rows[:, :9].float().transpose(1, 2), style).transpose(1, 2)
        found = made(rows, Extent(9, length), project(style)).float()[:, : expected.shape[1]]

    error = (found - expected).square().sum() / expected.square().sum()
    assert error < 1e-4

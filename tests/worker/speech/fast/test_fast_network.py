"""What the fast network does to kokoro's own modules."""

from __future__ import annotations

import torch

from worker.speech.fast.convolution import DenseConvolution
from worker.speech.fast.fast_network import _convert


def test_what_is_converted_leaves_alone_what_was_taken_from_it_before() -> None:
    """A convolution in fp32 keeps its bias although its module goes on in bf16."""
    generator = torch.Generator().manual_seed(1)
    module = torch.nn.Conv1d(4, 4, 3, padding=1).requires_grad_(requires_grad=False)
    rows = torch.rand(1, 10, 4, generator=generator)
    taken = DenseConvolution(module.weight, module.bias, torch.float32, answer=torch.float32)
    before = taken(rows, 10)

    _convert(torch.nn.Sequential(module), torch.bfloat16)

    assert (module.weight.dtype, module.bias.dtype) == (torch.bfloat16, torch.bfloat16)
    assert torch.equal(taken(rows, 10), before)

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from worker.speech.fast import convolution, int8_products
from worker.speech.fast.convolution import (
    DenseConvolution,
    DoublingConvolution,
    Int8Convolution,
    Upsampler,
    quantize_weight,
)
from worker.speech.fast.int8_products import Int8Form, find_int8_fault, find_int8_form


def pose(width: int, frames: int = 20) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return rows in bf16, a weight and a bias."""
    torch.manual_seed(width)
    return torch.randn(1, frames, 16).bfloat16(), torch.randn(24, 16, width), torch.randn(24)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize(("width", "stride", "padding"), [(3, 1, None), (1, 1, None), (12, 6, 3)])
def test_rows_are_convolved_as_channels_are(
    dtype: torch.dtype, width: int, stride: int, padding: int | None
) -> None:
    """The layout is another, the result is conv1d's in bf16."""
    rows, weight, bias = pose(width)
    expected = functional.conv1d(
        rows.float().transpose(1, 2),
        weight,
        bias,
        stride,
        width // 2 if padding is None else padding,
    ).transpose(1, 2)

    found = DenseConvolution(weight, bias, dtype, stride=stride, padding=padding)(
        rows, rows.shape[1]
    )

    assert found.dtype == torch.bfloat16
    assert found.is_contiguous()
    torch.testing.assert_close(found.float(), expected, rtol=0.02, atol=0.05)


def test_an_answer_in_fp32_is_not_rounded() -> None:
    """Where fp32 is asked for, the result is conv1d's to fp32's own precision."""
    rows, weight, bias = pose(3)
    expected = functional.conv1d(rows.float().transpose(1, 2), weight, bias, padding=1)

    found = DenseConvolution(weight, bias, torch.float32, answer=torch.float32)(rows, 20)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected.transpose(1, 2))


def test_an_upsampler_is_the_transposed_convolution() -> None:
    """Two taps with ten times the channels give what the transposed convolution gives."""
    torch.manual_seed(0)
    rows, weight, bias = torch.randn(1, 9, 8), torch.randn(8, 4, 20), torch.randn(4)
    expected = functional.conv_transpose1d(rows.transpose(1, 2), weight, bias, 10, 5)

    found = Upsampler(weight, bias, torch.float32, cut=5)(rows, 9)

    assert found.shape == (1, 90, 4)
    torch.testing.assert_close(found.float(), expected.transpose(1, 2), rtol=2**-8, atol=1e-3)


def pose_doubling() -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Return weight and bias of a convolution, and those of the pool before it."""
    torch.manual_seed(3)
    return torch.randn(6, 16, 3), torch.randn(6), (torch.randn(16, 1, 3), torch.randn(16))


def double(
    values: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    pool: tuple[torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """Do with two convolutions what `DoublingConvolution` does with one."""
    pooled = functional.conv_transpose1d(
        values.transpose(1, 2), *pool, stride=2, padding=1, output_padding=1, groups=16
    )
    return functional.conv1d(pooled, weight, bias, padding=1).transpose(1, 2)


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_doubling_is_the_pool_and_the_convolution(frames: int) -> None:
    """Both as one, the first and the last frame included."""
    weight, bias, pool = pose_doubling()
    rows = torch.randn(1, frames, 16)

    found = DoublingConvolution(weight, bias, pool, torch.float32)(rows, frames)

    assert found.shape == (1, 2 * frames, 6)
    torch.testing.assert_close(
        found.float(), double(rows, weight, bias, pool), rtol=2**-7, atol=0.05
    )


def test_doubling_mends_the_last_frame_among_more_rows() -> None:
    """Rows past the frames stand for zero, as padding does."""
    weight, bias, pool = pose_doubling()
    rows = torch.randn(1, 9, 16)
    doubling = DoublingConvolution(weight, bias, pool, torch.float32)

    found = doubling(functional.pad(rows, (0, 0, 0, 7)), 9)

    assert found.shape == (1, 32, 6)
    torch.testing.assert_close(found[:, :18], doubling(rows, 9), rtol=2**-7, atol=0.05)


@pytest.mark.skipif(bool(find_int8_fault()), reason="oneDNN has no int8 convolution here")
def test_doubling_in_int8_is_right_at_the_edges() -> None:
    """The first and the last frame are no further off than rounding."""
    weight, bias, pool = pose_doubling()
    rows = torch.randint(0, 256, (1, 9, 16), dtype=torch.uint8)
    scale = torch.rand(16) * 0.02 + 0.01
    expected = double((rows.float() - 128) * scale, weight, bias, pool)

    found = DoublingConvolution(weight, bias, pool, torch.float32, scale)(rows, 9).float()

    for part in (slice(0, 1), slice(1, -1), slice(-1, None)):
        noise = (found - expected)[:, part].square().sum() / expected[:, part].square().sum()
        assert noise < 0.01


@pytest.mark.skipif(bool(find_int8_fault()), reason="oneDNN has no int8 convolution here")
def test_an_upsampler_in_int8_is_the_transposed_convolution() -> None:
    """Two taps, which need padding of one frame, keep their place in int8."""
    torch.manual_seed(0)
    rows = torch.randint(0, 256, (1, 9, 16), dtype=torch.uint8)
    weight, bias, scale = torch.randn(16, 4, 20), torch.randn(4), torch.rand(16) + 0.01
    values = ((rows.float() - 128) * scale).transpose(1, 2)
    expected = functional.conv_transpose1d(values, weight, bias, 10, 5).transpose(1, 2)

    found = Upsampler(weight, bias, torch.float32, scale, cut=5)(rows, 9).float()

    assert found.shape == expected.shape
    assert (found - expected).square().sum() / expected.square().sum() < 0.01


def test_a_quantised_weight_comes_back_within_half_a_step() -> None:
    """The scale of the input is folded in; each output channel has a scale of its own."""
    _, weight, _ = pose(3)
    scale = torch.rand(16) + 0.1

    values, scales = quantize_weight(weight, scale)

    folded = weight * scale.view(1, -1, 1)
    error = (values.float() * scales.view(-1, 1, 1) - folded).abs()
    assert values.dtype == torch.int8
    assert values.abs().amax() <= find_int8_form().largest_weight
    assert (error <= scales.view(-1, 1, 1) * 0.5001).all()


@pytest.mark.parametrize("width", [1, 3, 7])
def test_no_sum_of_four_leaves_sixteen_bits(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Whatever the bytes are: the worst of them are tried on every four, the steps stay fine."""
    form = Int8Form(kernels=None, answer=torch.float32, largest_weight=127, sums_four=True)
    for module in (convolution, int8_products):
        monkeypatch.setattr(module, "find_int8_form", lambda: form)
    torch.manual_seed(width)
    weight = torch.randn(24, 18, width)
    weight[0] = weight[0].abs()  # a channel of one sign is the worst

    values, scales = quantize_weight(weight, torch.rand(18) + 0.1)

    flat = functional.pad(values.int().transpose(1, 2).flatten(1), (0, -18 * width % 8))
    for start in range(0, flat.shape[1], 8):
        for pair in (0, 2):
            four = flat[:, [start + pair + offset for offset in (0, 1, 4, 5)]]
            assert (255 * four.clamp(min=0)).sum(1).max() < 2**15
            assert (255 * four.clamp(max=0)).sum(1).min() >= -(2**15)
    assert (values.abs().amax((1, 2)) >= 32).all()
    assert (scales > 0).all()


def test_a_channel_of_zeros_stays_zero() -> None:
    """A weight of nothing but zeros has no scale, and that is no division by zero."""
    values, scales = quantize_weight(torch.zeros(4, 8, 3), torch.ones(8))

    assert not values.any()
    assert torch.isfinite(scales).all()
    assert (scales > 0).all()


@pytest.mark.skipif(bool(find_int8_fault()), reason="oneDNN has no int8 convolution here")
@pytest.mark.parametrize("images", [1, 3])
def test_int8_is_the_convolution_of_what_was_rounded(images: int) -> None:
    """Only rounding parts it from the dense convolution: 1 % of the signal's power at most."""
    torch.manual_seed(1)
    rows = torch.randint(0, 256, (images, 30, 16), dtype=torch.uint8)
    weight, bias, scale = torch.randn(24, 16, 5), torch.randn(24), torch.rand(16) + 0.01
    values = (rows.float() - 128) * scale
    expected = functional.conv1d(values.transpose(1, 2), weight, bias, padding=2).transpose(1, 2)

    found = Int8Convolution(weight, bias, scale)(rows, rows.shape[1])

    noise = (found.float() - expected).square().sum() / expected.square().sum()
    assert found.shape == expected.shape
    assert found.is_contiguous()
    assert noise < 0.01

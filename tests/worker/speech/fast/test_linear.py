from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from worker.speech.fast.int8_products import find_int8_fault
from worker.speech.fast.linear import make_linear

needs_int8 = pytest.mark.skipif(bool(find_int8_fault()), reason="oneDNN has no int8 here")


def pose() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a matrix, a bias and what one step of each input is worth."""
    torch.manual_seed(5)
    return torch.randn(24, 16) / 4, torch.randn(24), torch.rand(16) * 0.02 + 0.005


def curve(values: torch.Tensor, *, is_gelu: bool) -> torch.Tensor:
    """Apply GELU where it is asked for."""
    return functional.gelu(values, approximate="tanh") if is_gelu else values


@pytest.mark.parametrize("is_gelu", [True, False], ids=["gelu", "plain"])
def test_a_dense_product_is_the_linear_layer(*, is_gelu: bool) -> None:
    """In fp32, for rows in bf16."""
    weight, bias, _ = pose()
    rows = torch.randn(1, 9, 16).bfloat16()

    found = make_linear(weight, bias, None, is_gelu=is_gelu)(rows, 9)

    expected = curve(functional.linear(rows.float(), weight, bias), is_gelu=is_gelu)
    torch.testing.assert_close(found, expected)


@needs_int8
@pytest.mark.parametrize("count", [1, 9, 64, 65])
@pytest.mark.parametrize("is_gelu", [True, False], ids=["gelu", "plain"])
def test_an_int8_product_is_no_further_off_than_rounding(count: int, *, is_gelu: bool) -> None:
    """The weights alone are rounded: the rows are given in steps."""
    weight, bias, scale = pose()
    rows = torch.randint(0, 256, (1, count, 16), dtype=torch.uint8)
    values = functional.linear((rows.float() - 128) * scale, weight, bias)
    expected = curve(values, is_gelu=is_gelu)

    found = make_linear(weight, bias, scale, is_gelu=is_gelu)(rows, count)

    assert found.dtype == torch.float32
    assert found.shape == expected.shape
    assert (found - expected).square().sum() / expected.square().sum() < 0.001


@needs_int8
def test_each_row_is_multiplied_alone() -> None:
    """What other rows hold changes no bit, so rows may be added to round a length up."""
    weight, bias, scale = pose()
    product = make_linear(weight, bias, scale)
    rows = torch.randint(0, 256, (1, 64, 16), dtype=torch.uint8)

    assert torch.equal(product(rows, 9)[:, :9], product(rows[:, :9].contiguous(), 9))

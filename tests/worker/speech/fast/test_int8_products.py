from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from worker.speech.fast import int8_products
from worker.speech.fast.int8_products import (
    NativeProduct,
    OnednnConvolution,
    OnednnProduct,
    find_int8_fault,
    find_int8_form,
)
from worker.speech.fast.kernels.library import load_kernels
from worker.speech.fast.processor import Processor

KERNELS = load_kernels()
needs_both = pytest.mark.skipif(
    KERNELS is None or bool(find_int8_fault()), reason="there is no C kernel, or no int8 here"
)


@pytest.fixture
def posed_form(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test pose processors; the form is found again before and after."""
    find_int8_form.cache_clear()
    yield monkeypatch
    find_int8_form.cache_clear()


@pytest.mark.parametrize("has_vnni", [True, False])
def test_onednn_cannot_saturate_sixteen_bits_without_vnni(
    posed_form: pytest.MonkeyPatch, *, has_vnni: bool
) -> None:
    """Two products of the largest uint8 and the largest weight fit where they are summed."""
    posed = Processor("posed", has_avx2=True, has_avx512=True, has_vnni=has_vnni, has_bf16=False)
    posed_form.setattr(int8_products, "examine_processor", lambda: posed)

    form = find_int8_form()

    assert form.kernels is None
    assert (2 * 255 * form.largest_weight < 2**15) is not has_vnni
    assert form.largest_weight <= 127


@pytest.mark.skipif(KERNELS is None, reason="there is no C kernel")
@pytest.mark.parametrize("has_vnni", [True, False])
def test_avx2_takes_the_c_kernel(posed_form: pytest.MonkeyPatch, *, has_vnni: bool) -> None:
    """Whose sums of four have room for the weights; AVX-VNNI alone changes nothing."""
    posed = Processor("posed", has_avx2=True, has_avx512=False, has_vnni=has_vnni, has_bf16=False)
    posed_form.setattr(int8_products, "examine_processor", lambda: posed)

    form = find_int8_form()

    assert form.kernels is not None
    assert form.sums_four


def test_without_the_c_kernel_onednn_answers_in_fp32(posed_form: pytest.MonkeyPatch) -> None:
    """On AVX2, where its answers in bf16 are reference code."""
    posed = Processor("posed", has_avx2=True, has_avx512=False, has_vnni=False, has_bf16=False)
    posed_form.setattr(int8_products, "examine_processor", lambda: posed)
    posed_form.setattr(int8_products, "load_kernels", lambda _most: None)

    form = find_int8_form()

    assert (form.kernels, form.answer, form.largest_weight) == (None, torch.float32, 64)


@needs_both
@pytest.mark.parametrize(
    ("images", "rows", "channels", "width", "padding", "outs"),
    [(1, 600, 128, 11, 5, 128), (5, 30, 32, 3, 1, 24), (1, 3, 66, 7, 3, 17), (2, 9, 16, 2, 1, 40)],
)
def test_the_c_kernel_convolves_as_onednn_does(  # noqa: PLR0917  # each is a size
    images: int, rows: int, channels: int, width: int, padding: int, outs: int
) -> None:
    """Sums are exact in both, so few results differ, by the last bit of bf16."""
    torch.manual_seed(rows)
    x = torch.randint(0, 256, (images, rows, channels), dtype=torch.uint8)
    weight = torch.randint(-32, 33, (outs, channels, width), dtype=torch.int8)
    scales, bias = torch.rand(outs) / 1000, torch.randn(outs)
    assert KERNELS is not None

    native = NativeProduct(KERNELS, weight, scales, bias, padding=padding, answer=torch.bfloat16)(x)
    onednn = OnednnConvolution(weight, scales, bias, padding)(x)

    assert native.shape == onednn.shape
    torch.testing.assert_close(native, onednn, rtol=2**-7, atol=2**-8)
    assert (native != onednn).float().mean() < 0.001


@needs_both
def test_the_c_kernel_multiplies_as_onednn_does() -> None:
    """A matrix product is a convolution of width one, answered in fp32."""
    torch.manual_seed(7)
    x = torch.randint(0, 256, (37, 768), dtype=torch.uint8)
    matrix = torch.randint(-32, 33, (48, 768), dtype=torch.int8)
    scales, bias = torch.rand(48) / 1000, torch.randn(48)
    assert KERNELS is not None

    native = NativeProduct(
        KERNELS, matrix.unsqueeze(2), scales, bias, padding=0, answer=torch.float32
    )(x.unsqueeze(0))[0]

    torch.testing.assert_close(native, OnednnProduct(matrix, scales, bias, is_gelu=False)(x))


@needs_both
def test_the_c_kernel_gives_the_same_bytes_on_any_threads() -> None:
    """Every sum is exact, and every row is computed alone."""
    torch.manual_seed(8)
    x = torch.randint(0, 256, (3, 700, 32), dtype=torch.uint8)
    weight = torch.randint(-32, 33, (16, 32, 3), dtype=torch.int8)
    assert KERNELS is not None
    product = NativeProduct(
        KERNELS, weight, torch.rand(16), torch.randn(16), padding=1, answer=torch.bfloat16
    )
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = product(x)
        torch.set_num_threads(3)
        assert torch.equal(alone, product(x))
    finally:
        torch.set_num_threads(threads)

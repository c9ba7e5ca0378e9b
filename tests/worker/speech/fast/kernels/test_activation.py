from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from jobs.errors import StartupError, SynthesisError
from worker.speech.fast.kernels import build
from worker.speech.fast.kernels.activation import (
    LeakyRelu,
    NativeActivation,
    PlainActivation,
    Snake,
    load_activation,
)
from worker.speech.fast.kernels.library import open_kernels
from worker.speech.fast.padding import Padding

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

SHAPES = [(128, 1001, 1, 3), (256, 600, 5, 1), (130, 257, 3, 1), (24, 7, 1, 5), (5, 1, 1, 3)]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the kernel, built by this machine's compiler."""
    return build.build_kernels(tmp_path_factory.mktemp("kernels"))


def pose(
    channels: int, frames: int, phases: int, *, is_int8: bool
) -> tuple[torch.Tensor, torch.Tensor, Snake]:
    """Return rows, style and constants; the rows past the last frame hold nonsense."""
    torch.manual_seed(channels + frames)
    rows = torch.randn(phases, -(-frames // phases), channels).bfloat16()
    for frame in range(frames, rows.shape[0] * rows.shape[1]):
        rows[frame % phases, frame // phases] = 1000.0
    steps = torch.rand(channels) * 20 + 20 if is_int8 else None
    return rows, torch.randn(2, channels), Snake(torch.rand(channels) * 3 + 0.1, steps)


def test_it_is_norm_style_and_snake() -> None:
    """One phase in bf16 is what kokoro's own modules compute, to bf16's rounding."""
    rows, style, snake = pose(16, 50, 1, is_int8=False)
    normed = torch.nn.functional.instance_norm(rows.float().transpose(1, 2))
    styled = style[0].view(1, -1, 1) * normed + style[1].view(1, -1, 1)
    alpha = snake.alpha.view(1, -1, 1)
    expected = (styled + torch.sin(alpha * styled) ** 2 / alpha).transpose(1, 2)

    found = PlainActivation()(rows, Padding(50, 50), 1, style, snake)

    torch.testing.assert_close(found.float(), expected, rtol=2**-8, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_c_and_torch_agree_in_int8(library: Path, shape: tuple[int, int, int, int]) -> None:
    """They differ by at most one step of 255, on fewer than one element in a thousand."""
    channels, frames, phases_in, phases_out = shape
    rows, style, snake = pose(channels, frames, phases_in, is_int8=True)

    native = NativeActivation(open_kernels(library))(
        rows, Padding(frames, frames), phases_out, style, snake
    ).int()
    plain = PlainActivation()(rows, Padding(frames, frames), phases_out, style, snake).int()

    assert native.shape == plain.shape == (phases_out, -(-frames // phases_out), channels)
    assert (native - plain).abs().max() <= 1
    assert (native != plain).float().mean() < 0.001


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_c_and_torch_agree_in_bf16(library: Path, shape: tuple[int, int, int, int]) -> None:
    """They differ by at most one rounding, on one element in a hundred."""
    channels, frames, phases_in, phases_out = shape
    rows, style, snake = pose(channels, frames, phases_in, is_int8=False)

    native = NativeActivation(open_kernels(library))(
        rows, Padding(frames, frames), phases_out, style, snake
    ).float()
    plain = PlainActivation()(rows, Padding(frames, frames), phases_out, style, snake).float()

    torch.testing.assert_close(native, plain, rtol=2**-7, atol=1e-4)
    assert (native != plain).sum() <= max(1, native.numel() / 100)


@pytest.mark.parametrize("is_native", [True, False], ids=["c", "torch"])
@pytest.mark.parametrize("has_style", [True, False], ids=["styled", "bare"])
def test_a_leaky_relu_instead_of_snake(library: Path, *, is_native: bool, has_style: bool) -> None:
    """Behind norm and style, or alone; in bf16 and in uint8, to half a step."""
    activate = NativeActivation(open_kernels(library)) if is_native else PlainActivation()
    rows, style, snake = pose(130, 300, 1, is_int8=True)
    assert snake.steps is not None
    expected = rows[0].float()
    if has_style:
        normed = torch.nn.functional.instance_norm(rows.float().transpose(1, 2))[0].T
        expected = normed * style[0] + style[1]
    expected = torch.nn.functional.leaky_relu(expected, 0.2)
    levels = (expected * snake.steps + 128).clamp(0, 255)

    given = style if has_style else None
    dense = activate(rows, Padding(300, 300), 1, given, LeakyRelu(0.2))[0].float()
    whole = activate(rows, Padding(300, 300), 1, given, LeakyRelu(0.2, snake.steps))[0].float()

    torch.testing.assert_close(dense, expected, rtol=2**-8, atol=1e-3)
    assert (whole - levels).abs().max() < 0.51


@pytest.mark.parametrize("is_native", [True, False], ids=["c", "torch"])
def test_phases_only_move_rows(library: Path, *, is_native: bool) -> None:
    """Frame t lies in row t / 3 of image t % 3, and what is left over stands for zero."""
    activate = NativeActivation(open_kernels(library)) if is_native else PlainActivation()
    rows, style, snake = pose(8, 10, 1, is_int8=True)

    together = activate(rows, Padding(10, 10), 1, style, snake)
    apart = activate(rows, Padding(10, 10), 3, style, snake)

    for frame in range(10):
        assert torch.equal(apart[frame % 3, frame // 3], together[0, frame])
    assert (apart[1:, 3] == 128).all()


@pytest.mark.parametrize("is_native", [True, False], ids=["c", "torch"])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_rounded_away(
    library: Path, wrong: float, *, is_native: bool
) -> None:
    """int8 cannot hold NaN, so it ends the chunk instead of becoming a click."""
    activate = NativeActivation(open_kernels(library)) if is_native else PlainActivation()
    rows, style, snake = pose(8, 10, 1, is_int8=True)
    rows[0, 4, 2] = wrong

    with pytest.raises(SynthesisError, match="no numbers"):
        activate(rows, Padding(10, 10), 1, style, snake)
    with pytest.raises(SynthesisError, match="no numbers"):
        activate(rows, Padding(10, 10), 1, None, LeakyRelu(0.1, snake.steps))


@pytest.mark.parametrize("is_native", [True, False], ids=["c", "torch"])
@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("is_int8", [True, False], ids=["int8", "bf16"])
def test_more_rows_than_frames_change_nothing(
    library: Path, phases: int, *, is_native: bool, is_int8: bool
) -> None:
    """Nonsense behind the frames is not read; in the result zeros stand there."""
    activate = NativeActivation(open_kernels(library)) if is_native else PlainActivation()
    rows, style, snake = pose(8, 50, 1, is_int8=is_int8)
    longer = torch.cat([rows, torch.full((1, 14, 8), float("nan"), dtype=torch.bfloat16)], dim=1)

    expected = activate(rows, Padding(50, 50), phases, style, snake)
    found = activate(longer, Padding(50, 64), phases, style, snake)

    assert found.shape == (phases, -(-64 // phases), 8)
    assert torch.equal(found[:, : expected.shape[1]], expected)
    assert (found[:, expected.shape[1] :] == (128 if is_int8 else 0)).all()


def test_the_bytes_do_not_depend_on_threads(library: Path) -> None:
    """Sums are taken over fixed blocks, in order."""
    activate = NativeActivation(open_kernels(library))
    rows, style, snake = pose(128, 3000, 1, is_int8=False)
    threads = torch.get_num_threads()
    found = []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(activate(rows, Padding(3000, 3000), 3, style, snake))
    finally:
        torch.set_num_threads(threads)

    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_a_kernel_is_built_once_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is a compiler the first start builds; a later one needs none."""
    built = build.find_kernel(tmp_path)
    monkeypatch.setenv("PATH", "")

    assert built == tmp_path / build.kernel_name()
    assert build.find_kernel(tmp_path) == built
    assert load_activation(tmp_path).name.startswith("c-")
    assert list(tmp_path.iterdir()) == [built]


def test_without_a_compiler_torch_does_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No compiler and no kernel is no error; asking for a build is one."""
    monkeypatch.setenv("PATH", "")

    assert load_activation(tmp_path).name == "torch"
    with pytest.raises(StartupError, match="no C compiler on PATH"):
        build.build_kernels(tmp_path)


def test_a_broken_library_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged file in the cache costs speed and one warning that names it."""
    (tmp_path / build.kernel_name()).write_bytes(b"not a library")

    assert load_activation(tmp_path).name == "torch"
    assert f"{tmp_path / build.kernel_name()} cannot be loaded" in caplog.text


def test_a_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of what it said is in the error, and no file is left."""
    broken = tmp_path / "activation.c"
    broken.write_text("int main(void) { return missing; }\n")
    monkeypatch.setattr(build, "C_FILES", (str(broken),))

    with pytest.raises(StartupError, match=r"failed: .*activation\.c"):
        build.build_kernels(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []

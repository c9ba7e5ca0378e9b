from __future__ import annotations

from pathlib import Path

import pytest

from worker.speech.fast.processor import Processor, examine_processor, find_int8_form

MASKS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")


def examine(monkeypatch: pytest.MonkeyPatch, directory: Path, flags: str, mask: str) -> Processor:
    """Examine a posed processor whose every feature is said by its flags."""
    for probe in ("amx_tile", "avx2", "avx512", "avx512_bf16", "vnni"):
        monkeypatch.delattr(f"torch.cpu._is_{probe}_supported", raising=False)
    for name in MASKS:
        monkeypatch.delenv(name, raising=False)
    if mask:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", mask)
    cpuinfo = directory / "cpuinfo"
    cpuinfo.write_text(f"model name\t: posed\nflags\t\t: {flags}\n")
    return examine_processor(cpuinfo)


SERVER = "avx2 avx_vnni avx512f avx512_vnni avx512_bf16"


@pytest.mark.parametrize(
    ("flags", "mask", "expected"),
    [
        (SERVER, "", (True, True, True, True)),
        (SERVER, "AVX512_CORE_VNNI", (True, True, True, False)),
        (SERVER, "AVX512_CORE", (True, True, False, False)),
        (SERVER, "avx2_vnni", (True, False, True, False)),
        (SERVER, "AVX2", (True, False, False, False)),
        (SERVER, "SSE41", (False, False, False, False)),
        ("avx2 avx_vnni", "", (True, False, True, False)),
        ("avx2", "", (True, False, False, False)),
        ("neon", "", (False, False, False, False)),
    ],
)
def test_features_are_what_the_processor_has_and_the_mask_leaves(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    flags: str,
    mask: str,
    expected: tuple[bool, ...],
) -> None:
    """AVX2, AVX-512, VNNI and bf16, as oneDNN will use them."""
    found = examine(monkeypatch, tmp_path, flags, mask)

    assert (found.has_avx2, found.has_avx512, found.has_vnni, found.has_bf16) == expected


@pytest.mark.parametrize("has_vnni", [True, False])
def test_weights_cannot_saturate_sixteen_bits_without_vnni(
    monkeypatch: pytest.MonkeyPatch, *, has_vnni: bool
) -> None:
    """Two products of the largest uint8 and the largest weight fit where they are summed."""
    posed = Processor("posed", has_avx2=True, has_avx512=False, has_vnni=has_vnni, has_bf16=False)
    monkeypatch.setattr("worker.speech.fast.processor.examine_processor", lambda: posed)
    find_int8_form.cache_clear()
    try:
        largest = find_int8_form().largest_weight
    finally:
        find_int8_form.cache_clear()

    assert (2 * 255 * largest < 2**15) is not has_vnni
    assert largest <= 127

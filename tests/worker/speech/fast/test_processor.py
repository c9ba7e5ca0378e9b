from __future__ import annotations

from pathlib import Path

import pytest

from worker.speech.fast.processor import Processor, examine_processor

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


@pytest.mark.parametrize(
    ("flags", "mask", "expected"),
    [
        (SERVER, "", (2, "AVX-512 with VNNI")),
        (SERVER, "AVX2", (1, "AVX2")),
        ("avx2 avx_vnni", "", (1, "AVX2 with VNNI")),
        (SERVER, "SSE41", (0, "")),
    ],
)
def test_a_mask_holds_the_c_kernels_too(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    flags: str,
    mask: str,
    expected: tuple[int, str],
) -> None:
    """They may use no more than oneDNN."""
    found = examine(monkeypatch, tmp_path, flags, mask)

    assert (found.level, found.vectors) == expected

"""Pictures, where matplotlib is installed; a clear error where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from jobs.errors import OutputError, StartupError
from jobs.places import install_command
from scripts.cli import main
from scripts.measure.quality.picture import draw_spectrograms
from scripts.measure.speed.chart import (
    check_chart,
    draw_comparison,
    draw_memory,
    import_pyplot,
    make_figure,
    write_title,
)

PNG = b"\x89PNG"

SIZE = {"speed": 10.0, "low": 9.0, "high": 11.0, "first_chunk_seconds": 0.2}
FOUND = {"short": SIZE, "medium": SIZE, "book": None, "ready_seconds": 5.0, "peak_rss_bytes": None}
NOTHING = {"short": None, "medium": None, "book": None, "ready_seconds": None}
DOCUMENT = {
    "date": "2026-02-03",
    "machine": {"processor": "posed", "packages": {"torch": "2.13.0", "numpy": "2"}},
    "threads": 2,
    "load_beside": {"cores": 0.0, "is_quiet": True},
    "results": {"ktts": FOUND, "kokoro": FOUND, "kokoro-onnx": NOTHING},
    "paths": {"kokoro, fp32": {"speed": 2.0}, "fast, int8": {"speed": 6.0}},
}


@pytest.mark.parametrize("command", ["benchmark", "soak", "quality"])
def test_without_matplotlib_the_command_ends_at_once(
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Before anything is measured, with what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setenv("KTTS_MODEL_DIR", str(tmp_path))

    assert main([command, "--plot", "a.png"]) == StartupError.exit_code
    assert install_command("plot") in capsys.readouterr().err


def test_a_place_that_is_not_there_is_found_out_first(tmp_path: Path) -> None:
    """Not after a quarter of an hour."""
    pytest.importorskip("matplotlib")

    with pytest.raises(OutputError, match="is no directory"):
        check_chart(tmp_path / "missing" / "a.png")


@pytest.mark.slow
def test_pictures_are_drawn(tmp_path: Path) -> None:
    """Gaps in what was measured are gaps in the picture."""
    pytest.importorskip("matplotlib")
    draw_comparison(DOCUMENT, tmp_path / "a.png")
    draw_memory([1000.0, 1500.0], [3, 2000], 1, tmp_path / "b.png")
    draw_spectrograms({"one": np.zeros(9_000, np.float32)}, "Hello.", tmp_path / "c.png")

    for name in ("a", "b", "c"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(PNG)


def test_the_title_says_what_was_measured() -> None:
    """Date, versions, threads and processor, and that others computed beside it."""
    assert write_title(DOCUMENT) == ["ktts benchmark, 2026-02-03; torch 2.13.0", "posed, 2 threads"]
    disturbed = {"isa": "avx2", "busy_core": 1, "load_beside": {"is_quiet": False}}

    assert write_title(DOCUMENT | disturbed)[1] == (
        "posed, 2 threads, held to AVX2, one core kept busy, not a quiet run"
    )


@pytest.mark.slow
def test_labels_lie_in_their_frames_and_a_tool_has_one_colour() -> None:
    """Whatever the highest bar is; no legend lies on bars."""
    pytest.importorskip("matplotlib")
    plot = import_pyplot()
    figure = make_figure(DOCUMENT, plot)
    figure.canvas.draw()

    colours = [
        {
            bars.get_label(): bars.patches[0].get_facecolor()
            for bars in axes.containers
            if getattr(bars, "patches", None)
        }
        for axes in figure.axes[:3]
    ]
    assert colours[0]["ktts"] != colours[0]["kokoro"]
    assert colours[0]["ktts"] == colours[2]["ktts"]
    for axes in figure.axes:
        assert axes.get_legend() is None
        frame = axes.get_window_extent()
        for text in axes.texts:
            extent = text.get_window_extent()
            assert frame.y0 <= extent.y0 <= extent.y1 <= frame.y1
            assert extent.x1 <= frame.x1
    plot.close(figure)

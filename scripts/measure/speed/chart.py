"""Pictures of what was measured, with matplotlib where that is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.errors import OutputError, StartupError
from scripts.measure.speed.texts import SIZES

_MIB = 1 << 20


def check_chart(path: Path) -> None:
    """Find out now whether `path` can be drawn later: measuring takes minutes.

    Raises:
        StartupError: matplotlib is missing.
        OutputError: there is no such directory.
    """
    import_pyplot()
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path.absolute().parent} is no directory; create it first")


def draw_comparison(document: Mapping[str, Any], path: Path) -> None:
    """Draw speed, latency, start-up and memory of everybody into a PNG."""
    plot = import_pyplot()
    results = {name: found for name, found in document["results"].items() if found["short"]}
    figure, axes = plot.subplots(2, 2, figsize=(11, 8), layout="constrained")
    _draw_sizes(axes[0, 0], results, "speed", "x real time, higher is better")
    _draw_sizes(axes[0, 1], results, "first_chunk_seconds", "seconds to the first audio")
    _draw_each(axes[1, 0], results, "ready_seconds", 1, "seconds from start to ready")
    _draw_each(axes[1, 1], results, "peak_rss_bytes", _MIB, "most memory, MiB")
    figure.suptitle(f"ktts benchmark, {document['machine']['processor']}")
    figure.savefig(path, format="png", dpi=120)
    plot.close(figure)


def draw_memory(
    megabytes: Sequence[float], characters: Sequence[int], warm_up: int, path: Path
) -> None:
    """Draw the memory of the model process after each job of a soak into a PNG."""
    plot = import_pyplot()
    figure, axes = plot.subplots(figsize=(11, 5), layout="constrained")
    axes.plot(range(1, len(megabytes) + 1), megabytes, label="resident memory")
    axes.axvline(warm_up, linestyle="--", color="grey", label="warmed up")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("jobs done")
    axes.set_ylabel("MiB")
    sizes = axes.twinx()
    sizes.bar(range(1, len(characters) + 1), characters, alpha=0.25, color="tab:orange")
    sizes.set_ylabel("characters of the job")
    axes.legend(loc="lower right")
    axes.set_title("model process after each job")
    figure.savefig(path, format="png", dpi=120)
    plot.close(figure)


def _draw_sizes(axes: Any, results: Mapping[str, Any], fact: str, title: str) -> None:
    width = 0.8 / max(1, len(results))
    for place, (name, found) in enumerate(results.items()):
        known = [(at, found[size]) for at, size in enumerate(SIZES) if found[size]]
        values = [entry[fact] for _, entry in known]
        reach = None
        if fact == "speed":
            reach = [
                [entry["speed"] - entry["low"] for _, entry in known],
                [entry["high"] - entry["speed"] for _, entry in known],
            ]
        positions = [at + (place - (len(results) - 1) / 2) * width for at, _ in known]
        bars = axes.bar(positions, values, width, yerr=reach, label=name)
        axes.bar_label(bars, fmt="%.2g", fontsize=8)
    axes.set_xticks(range(len(SIZES)), SIZES)
    axes.set_title(title)
    axes.legend()


def _draw_each(axes: Any, results: Mapping[str, Any], fact: str, unit: float, title: str) -> None:
    values = [(found[fact] or 0) / unit for found in results.values()]
    bars = axes.bar(list(results), values)
    axes.bar_label(bars, fmt="%.4g")
    axes.set_title(title)


def import_pyplot() -> Any:
    """Return matplotlib, set to draw into files; raises StartupError where it is missing."""
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt
    except ImportError as exc:
        raise StartupError(
            f"--plot needs matplotlib ({exc}); pip install 'kokoro-tts-processor[plot]'"
        ) from exc
    return plt

"""Pictures of what was measured, with matplotlib where that is installed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.errors import OutputError, StartupError
from jobs.places import install_command
from scripts.measure.speed.paths import KOKORO
from scripts.measure.speed.texts import SIZES

_GIB = 1 << 30
_INK = "#333333"
_COLORS = {"ktts": "#0072b2", "kokoro": "#e69f00", "kokoro-onnx": "#999999"}
"""One colour a tool in every panel; they differ for the colour-blind, too."""
_HEADROOM = 1.15
"""Room for the labels, over the largest value."""
_TITLE_PACKAGES = ("kokoro-tts-processor", "kokoro", "kokoro-onnx", "torch", "onnxruntime")


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
    """Draw speed, waiting, memory and paths of everybody into a PNG."""
    plot = import_pyplot()
    figure = make_figure(document, plot)
    figure.savefig(path, format="png", dpi=120)
    plot.close(figure)


def make_figure(document: Mapping[str, Any], plot: Any) -> Any:
    """Return the picture: what everybody's speed is, above what it costs to wait and to hold."""
    results = {name: found for name, found in document["results"].items() if found["short"]}
    figure = plot.figure(figsize=(12, 8), layout="constrained")
    grid = figure.add_gridspec(2, 6)
    speed, paths = figure.add_subplot(grid[0, :4]), figure.add_subplot(grid[0, 4:])
    first, ready, memory = (
        figure.add_subplot(grid[1, place : place + 2]) for place in range(0, 6, 2)
    )
    _draw_sizes(speed, results, "speed", "{:.1f}", "Seconds of audio per second (more is better)")
    _draw_sizes(first, results, "first_chunk_seconds", "{:.2f}", "Seconds to the first audio")
    _draw_each(ready, results, "ready_seconds", "Seconds from start to ready")
    _draw_each(memory, results, "peak_rss_bytes", "Most memory, GiB", unit=_GIB)
    _draw_paths(paths, document.get("paths") or {})
    handles, names = speed.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
    figure.suptitle("\n".join(write_title(document)), fontsize=11)
    return figure


def write_title(document: Mapping[str, Any]) -> list[str]:
    """Return what was measured: when, with which versions, on what."""
    machine = document["machine"]
    packages = machine.get("packages") or {}
    versions = ", ".join(f"{name} {packages[name]}" for name in _TITLE_PACKAGES if name in packages)
    load = document.get("load_beside") or {}
    circumstances = [
        str(machine["processor"]),
        f"{document.get('threads', '?')} threads",
        f"held to {document['isa'].upper()}" if document.get("isa") else "",
        "one core kept busy" if document.get("busy_core") is not None else "",
        "" if load.get("is_quiet") else "not a quiet run",
    ]
    first = f"ktts benchmark, {document.get('date', 'no date')}"
    return [f"{first}; {versions}" if versions else first, ", ".join(filter(None, circumstances))]


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


def _draw_sizes(
    axes: Any, results: Mapping[str, Any], fact: str, precision: str, title: str
) -> None:
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
        bars = axes.bar(
            positions, values, width * 0.94, yerr=reach, label=name, color=_color(name), ecolor=_INK
        )
        _label(axes, bars, values, precision)
    axes.set_xticks(range(len(SIZES)), SIZES)
    _finish(axes, title)


def _draw_each(
    axes: Any, results: Mapping[str, Any], fact: str, title: str, *, unit: float = 1
) -> None:
    values = [(found[fact] or 0) / unit for found in results.values()]
    colors = [_color(name) for name in results]
    bars = axes.bar(list(results), values, 0.6, color=colors)
    _label(axes, bars, values, "{:.1f}")
    _finish(axes, title)


def _draw_paths(axes: Any, paths: Mapping[str, Mapping[str, float]]) -> None:
    names = list(paths)[::-1]
    values = [paths[name]["speed"] for name in names]
    # kokoro's own network has its colour, all others are this product's.
    colors = [_color("kokoro" if name == KOKORO else "ktts") for name in names]
    bars = axes.barh(names, values, 0.6, color=colors)
    _label(axes, bars, values, "{:.1f}")
    axes.set_xlim(0, max(values, default=1) * _HEADROOM)
    axes.set_title("The network alone, by arithmetic", fontsize=10)
    _bare(axes)


def _label(axes: Any, bars: Any, values: Sequence[float], precision: str) -> None:
    labels = [precision.format(value) if value else "" for value in values]
    axes.bar_label(bars, labels, padding=2, fontsize=8)


def _finish(axes: Any, title: str) -> None:
    """Leave room for the labels above the highest bar."""
    axes.set_ylim(0, axes.get_ylim()[1] * _HEADROOM)
    axes.set_title(title, fontsize=10)
    _bare(axes)


def _bare(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9, length=0)


def _color(name: str) -> str:
    return _COLORS.get(name, _INK)


def import_pyplot() -> Any:
    """Return matplotlib, set to draw into files; raises StartupError where it is missing."""
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt
    except ImportError as exc:
        raise StartupError(f"--plot needs matplotlib ({exc}); {install_command('plot')}") from exc
    return plt

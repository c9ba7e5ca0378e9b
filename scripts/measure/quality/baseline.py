"""The committed baseline: what the set showed when it was last measured with care."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobs.errors import InputError
from scripts.measure.quality.scores import ALL

DEFAULT_PATH = Path(__file__).parent / "baseline.json"

TOLERANCES = {
    "word_error_rate": 0.01,
    "foreign_loss": 0.03,
    "misread_share": 0.0,
    "opinion_loss": 0.03,
    "opinion_loss_at_most": 0.03,
    "lost_pauses": 0,
    "excess_db": 0.3,
    "length_deviation": 0.005,
    "longest_silence_seconds": 0.3,
    "clipped_share": 0.0005,
}
"""How much worse than the baseline each figure may be; less is better in all of them."""

MAX_POINTS = 0.005
"""Word error rate that a text of the user's own may lose against fp32."""
MAX_LENGTH_DEVIATION = 0.01
"""Share of its length that it may differ by."""


def read_figures(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures that a baseline holds; those that were not measured are left out."""
    distance, floor = summary["distance_db"][ALL], summary["floor_db"][ALL]
    ratios = [ratio for ratio in summary["length_ratio"].values() if ratio is not None]
    figures = {
        "word_error_rate": summary["word_error_rate"][ALL],
        "foreign_loss": summary.get("foreign_loss"),
        "misread_share": summary.get("misread_share"),
        "excess_db": None if distance is None or floor is None else round(distance - floor, 3),
        "length_deviation": max((round(abs(ratio - 1), 5) for ratio in ratios), default=None),
        "longest_silence_seconds": summary["longest_silence_seconds"],
        "clipped_share": summary["clipped_share"],
    }
    return {name: value for name, value in figures.items() if value is not None}


def find_worse(
    figures: Mapping[str, float], baseline: Mapping[str, float], *, covered: bool
) -> Iterator[str]:
    """Yield what is worse than the baseline by more than its tolerance."""
    if not covered:
        yield "the chunks do not tile the text"
    for name, value in figures.items():
        limit = baseline.get(name, float("inf")) + TOLERANCES[name]
        if value > limit:
            yield f"{name} is {value:.4g}, the baseline allows {limit:.4g}"


def find_broken_promises(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a text of the user's own is worse than fp32 by more than is promised."""
    if not summary["covered"]:
        yield "the chunks do not tile the text"
    for voice, rate in summary["word_error_rate"].items():
        fp32 = summary["word_error_rate_fp32"][voice]
        if rate is not None and fp32 is not None and rate > fp32 + MAX_POINTS:
            yield f"{voice}: word error rate {rate:.2%}, in fp32 {fp32:.2%}"
    for voice, ratio in summary["length_ratio"].items():
        if ratio is not None and abs(ratio - 1) > MAX_LENGTH_DEVIATION:
            yield f"{voice}: {ratio:.3f} times as long as in fp32"


def load_baseline(path: Path, name: str) -> dict[str, float] | None:
    """Return the figures of one set; None where it was never measured.

    Raises:
        InputError: the file cannot be read.
    """
    return _load(path).get(name)


def save_baseline(path: Path, name: str, figures: Mapping[str, float]) -> None:
    """Make these figures the baseline of one set; the others stay.

    Raises:
        InputError: the file that is there cannot be read.
    """
    known = _load(path) if path.exists() else {}
    content = json.dumps(known | {name: dict(figures)}, indent=2, sort_keys=True)
    path.write_text(f"{content}\n", encoding="utf-8")


def _load(path: Path) -> dict[str, dict[str, float]]:
    try:
        content: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise InputError(f"the baseline {path} cannot be read: {exc}") from exc
    return content

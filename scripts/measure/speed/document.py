"""The answer of ``ktts benchmark``: one JSON document, and the same as a table for people."""

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from scripts.measure.speed.ceiling import share_of_ceiling
from scripts.measure.speed.comparison import Record, Spread, ratios_by_round, spread_of
from scripts.measure.speed.entrants import PEERS
from scripts.measure.speed.texts import SIZES

Ceiling = Mapping[str, float | None]


def describe_ratios(records: Mapping[str, Record], ours: str) -> dict[str, Any]:
    """Return our speed over each peer's: middle, spread, and the same by text read."""
    by_size = {
        peer: {size: _compare(records.get(ours), records.get(peer), size) for size in SIZES}
        for peer in PEERS
    }
    by_text = {
        peer: {size: _compare_paces(records.get(ours), records.get(peer), size) for size in SIZES}
        for peer in PEERS
    }
    return {
        "ratios": _map_sizes(by_size, lambda found: _round(found.median)),
        "ratio_spread": _map_sizes(by_size, lambda found: [_round(found.low), _round(found.high)]),
        "ratios_by_characters": _map_sizes(by_text, lambda found: _round(found.median)),
    }


def describe_record(record: Record, ceiling: Ceiling) -> dict[str, Any]:
    """Return everything that was measured of one contestant."""
    return {
        "ready_seconds": _round(record.ready),
        "ready_seconds_each": [_round(seconds) for seconds in record.ready_seconds],
        "cold_first_chunk_seconds": _round(record.cold_first_chunk_seconds),
        "peak_rss_bytes": record.peak_bytes,
        "fault": record.fault,
        **{size: _describe_size(record, size, ceiling) for size in SIZES},
    }


def describe_waits(ours: Record) -> dict[str, Any]:
    """Return how long this product keeps people waiting: a first chunk, cold and warm, and a job.

    The first sound is that of a paragraph on a warm worker, as a queue's interactive job.
    """
    warm = [take.first_chunk_seconds for take in ours.takes.get("short", [])]
    paragraph = [take.first_chunk_seconds for take in ours.takes.get("medium", [])]
    return {
        "first_chunk_seconds": {
            "cold": _round(ours.cold_first_chunk_seconds),
            "warm": _round(median(warm)) if warm else None,
        },
        "first_sound_seconds": _round(median(paragraph)) if paragraph else None,
    }


def write_paths(paths: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield a line for each arithmetic, for people."""
    for name, found in paths.items():
        yield f"network alone, {name}: {found['speed']:.2f}x, {found['ratio']:.2f} times kokoro's"


def write_circumstances(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what people should know before they believe the figures."""
    waits = document["first_chunk_seconds"]
    known = ", ".join(f"{name} {value:.2f} s" for name, value in waits.items() if value is not None)
    yield f"first chunk: {known or 'not measured'}"
    load = document["load_beside"]
    if document["busy_core"] is not None:
        yield f"core {document['busy_core']} was kept busy, as --busy asks"
    if load["cores"] is None:
        yield "load beside: not measured, so this run is not called quiet"
    elif load["is_quiet"]:
        yield f"load beside: {load['cores']:.2f} cores; a quiet run"
    else:
        yield f"load beside: {load['cores']:.2f} cores; NOT A QUIET RUN, other programs computed"


def write_table(records: Mapping[str, Record], ratios: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines for people."""
    yield f"{'':<12}" + "".join(f"{size:>22}" for size in SIZES) + f"{'ready':>9}{'memory':>10}"
    for name, record in records.items():
        speeds = "".join(f"{_cell(record, size):>22}" for size in SIZES)
        ready = f"{record.ready:.1f} s" if record.ready is not None else "-"
        memory = f"{record.peak_bytes >> 20} MiB" if record.peak_bytes else "-"
        yield f"{name:<12}{speeds}{ready:>9}{memory:>10}"
    for peer, sizes in ratios.items():
        known = ", ".join(f"{size} {ratio:.2f}" for size, ratio in sizes.items() if ratio)
        yield f"times as fast as {peer}: {known or 'not measured'}"


def _describe_size(record: Record, size: str, ceiling: Ceiling) -> dict[str, Any] | None:
    takes = record.takes.get(size)
    speed = spread_of(record.speeds(size))
    if not takes or speed is None:
        return None
    return {
        "speed": _round(speed.median),
        "low": _round(speed.low),
        "high": _round(speed.high),
        "rounds": len(takes),
        "characters": takes[0].characters,
        "audio_seconds": _round(median(take.audio_seconds for take in takes)),
        "wall_seconds": _round(median(take.wall_seconds for take in takes)),
        "characters_per_second": _round(median(record.paces(size))),
        "first_chunk_seconds": _round(median(take.first_chunk_seconds for take in takes)),
        "overhead_seconds": _round(median(take.overhead_seconds for take in takes)),
        "share_of_peak": share_of_ceiling(speed.median, ceiling),
    }


def _compare(ours: Record | None, theirs: Record | None, size: str) -> Spread | None:
    if ours is None or theirs is None:
        return None
    return spread_of(ratios_by_round(ours.speeds(size), theirs.speeds(size)))


def _compare_paces(ours: Record | None, theirs: Record | None, size: str) -> Spread | None:
    if ours is None or theirs is None:
        return None
    return spread_of(ratios_by_round(ours.paces(size), theirs.paces(size)))


def _map_sizes(found: Mapping[str, Mapping[str, Spread | None]], read: Any) -> dict[str, Any]:
    return {
        peer: {size: read(spread) if spread else None for size, spread in sizes.items()}
        for peer, sizes in found.items()
    }


def _cell(record: Record, size: str) -> str:
    speed = spread_of(record.speeds(size))
    return f"{speed.median:.2f}x ({speed.low:.2f}-{speed.high:.2f})" if speed else "-"


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

"""``ktts benchmark``: how fast this machine speaks, beside kokoro and kokoro-onnx, in one run.

Everybody speaks the same text in turn, in processes of their own, with the same threads: this
product through its queue as a user gets it, kokoro's own pipeline on the same weights, kokoro-onnx
with its int8 graph (once: ``--install-peers``). A speed is seconds of audio per second; a ratio is
our speed over the peer's, the middle of the rounds. ``--quick`` ends within three minutes, the
whole takes about a quarter of an hour. ``--isa avx2`` holds PyTorch and our kernels to older
instructions, ``--busy`` keeps one core busy with something else. What other programs compute in the
meantime is measured: a run is called quiet only where that is under a twentieth of the cores.

The last line of standard output is one JSON document: ``{"date", "machine", "load_beside",
"ratios", "ratio_spread", "ratios_by_characters", "results", "paths", "first_chunk_seconds",
"first_sound_seconds", "scaling", "processor_peak", "peak_rss_bytes", "ready_seconds", "product",
"threads", "isa", "busy_core", "notes"}``. Talk goes to standard error.

Exit codes: 0 measured, 66 the text cannot be read, 69 a peer cannot be fetched, 74 the picture
cannot be written, 78 this product does not start or something is not installed, 130 interrupted.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.errors import DownloadFailed
from scripts.console.input_text import read_file
from scripts.console.screen import tell
from scripts.local_stack.stack import stop_signals
from scripts.measure.speed.benchmark_plan import Clock, Plan, make_plan
from scripts.measure.speed.ceiling import measure_ceiling
from scripts.measure.speed.chart import check_chart, draw_comparison
from scripts.measure.speed.comparison import compare
from scripts.measure.speed.document import (
    describe_ratios,
    describe_record,
    describe_waits,
    write_circumstances,
    write_paths,
    write_table,
)
from scripts.measure.speed.entrants import (
    ONNX,
    PEERS,
    Venue,
    find_missing,
    install_peers,
    make_peer,
    make_product,
)
from scripts.measure.speed.machine import (
    ISA_MASKS,
    allowed_cores,
    describe_machine,
    keep_core_busy,
    measure_load,
    separate_cores,
)
from scripts.measure.speed.paths import measure_paths
from scripts.measure.speed.product import Product, own_places
from scripts.measure.speed.scaling import REPLICAS, measure_scaling
from scripts.measure.speed.texts import load_book
from scripts.parsers import machine_parsers
from worker.settings import WorkerSettings
from worker.speech.model.weights import check_model

SCALING_SECONDS = 50.0
"""What two more replicas need at least; a quick run that has less left goes without."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = machine_parsers.benchmark().parse_args(argv)
    if args.install_peers:
        install_peers(tell)
        return 0
    if args.plot is not None:
        check_chart(args.plot)
    settings = WorkerSettings()
    check_model(settings.model_dir)
    book = load_book() if args.text is None else read_file(args.text, settings.max_characters)
    plan = make_plan(book, quick=args.quick, whole=args.whole)
    masks = ISA_MASKS[args.isa] if args.isa else {}
    with (
        stop_signals(),
        own_places(os.environ) as environment,
        tempfile.TemporaryDirectory(prefix="ktts-benchmark-") as folder,
        keep_core_busy() if args.busy else nullcontext() as busy_core,
    ):
        venue = Venue(
            folder=Path(folder),
            model_dir=settings.model_dir,
            environment={**environment, **masks},
            threads=settings.threads or len(allowed_cores()),
            tell=tell,
        )
        document, table = _measure(venue, plan, isa=args.isa, busy_core=busy_core)
    if not args.json:
        for line in table:
            tell(line)
    if args.plot is not None:
        draw_comparison(document, args.plot)
        tell(f"drawn: {args.plot}")
    print(json.dumps(document))
    return 0


def _measure(
    venue: Venue, plan: Plan, *, isa: str | None, busy_core: int | None
) -> tuple[dict[str, Any], list[str]]:
    clock = Clock(plan.seconds)
    machine = describe_machine()
    meter = measure_load()
    ceiling = measure_ceiling(venue.threads, venue.environment)
    notes = dict(plan.slices)
    if isa:
        notes["isa"] = f"{ONNX} computes with all instructions: ONNX Runtime knows no mask"
    product = make_product(venue)
    contestants = [product, *_find_peers(venue, notes)]
    records = compare(contestants, plan, clock, tell, meter.watch)
    notes |= {name: record.fault for name, record in records.items() if record.fault}
    with meter.watch():
        paths = measure_paths(venue.model_dir, venue.threads, plan.path_rounds, venue.environment)
    scaling = _measure_scaling(venue, plan, clock, notes)
    ours = records[product.name]
    ratios = describe_ratios(records, product.name)
    document = {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": machine,
        "load_beside": meter.describe(),
        **ratios,
        "results": {name: describe_record(found, ceiling) for name, found in records.items()},
        "paths": paths,
        **describe_waits(ours),
        "scaling": scaling,
        "processor_peak": ceiling,
        "peak_rss_bytes": ours.peak_bytes,
        "ready_seconds": ours.ready,
        "product": product.last_result.fingerprint if product.last_result else None,
        "threads": venue.threads,
        "isa": isa,
        "busy_core": busy_core,
        "notes": notes,
    }
    table = [
        *write_table(records, ratios["ratios"]),
        *write_paths(paths),
        *write_circumstances(document),
        *(f"{subject}: {note}" for subject, note in notes.items()),
    ]
    return document, table


def _find_peers(venue: Venue, notes: dict[str, str]) -> list[Any]:
    """Return the peers that can take part; the others are noted."""
    missing = find_missing()
    peers = []
    for name in PEERS:
        try:
            if name not in missing:
                peers.append(make_peer(name, venue))
        except DownloadFailed as exc:
            missing[name] = str(exc)
    for name, why in missing.items():
        tell(f"{name}: {why}")
    notes |= missing
    return peers


def _measure_scaling(
    venue: Venue, plan: Plan, clock: Clock, notes: dict[str, str]
) -> dict[str, Any] | None:
    cores = tuple(separate_cores()[:REPLICAS])
    if len(cores) < REPLICAS or not hasattr(os, "sched_setaffinity"):
        notes["scaling"] = "left out: it needs two physical cores and a system that can pin"
        return None
    if not clock.has(SCALING_SECONDS):
        notes["scaling"] = "left out: no time left; run without --quick"
        return None
    product = Product(
        venue.folder / "replicas",
        {**venue.environment, "KTTS_THREADS": "1"},
        tell,
        cores=cores,
    )
    found = measure_scaling(product, cores, plan.scaling_text, plan.scaling_rounds, tell)
    return found.describe()

"""``ktts soak``: many mixed jobs through one worker, and its memory after each of them.

200 jobs of 1 to 2,000 characters, about 60,000 in all, voices and languages mixed, some cancelled,
some failing; a quarter of an hour or less. Says whether the model process has grown after the first
20 jobs by more than noise.

The last line of standard output is one JSON document: ``{"jobs", "characters", "audio_seconds",
"fates", "unexpected", "grew", "growth_bytes", "noise_bytes", "early_bytes", "late_bytes",
"peak_rss_bytes", "rss_bytes"}``. Talk goes to standard error.

Exit codes: 0 it has not grown, 1 it has, or a job did not end as it should; 74 the picture cannot
be written, 78 the worker does not start or tells nothing of its memory, 130 interrupted.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.console.screen import tell
from scripts.local_stack.stack import stop_signals
from scripts.measure.memory.endurance import describe_soak, run_soak
from scripts.measure.memory.growth import WARM_UP_JOBS
from scripts.measure.memory.mixture import make_jobs
from scripts.measure.speed.chart import check_chart, draw_memory
from scripts.measure.speed.product import Product, own_places
from scripts.parsers import machine_parsers

_MIB = 1 << 20


def main(argv: Sequence[str] | None = None) -> int:
    """Run the jobs and judge."""
    args = machine_parsers.soak().parse_args(argv)
    if args.plot is not None:
        check_chart(args.plot)
    with (
        stop_signals(),
        own_places(os.environ) as environment,
        tempfile.TemporaryDirectory(prefix="ktts-soak-") as folder,
    ):
        product = Product(Path(folder), environment, tell)
        try:
            tell(f"ready after {product.start():.1f} s")
            soak = run_soak(product, list(make_jobs(args.jobs)), tell)
            peak = product.peak_bytes()
        finally:
            product.stop()
    document = describe_soak(soak, peak)
    if args.plot is not None:
        megabytes = [size / _MIB for size in soak.rss_bytes]
        draw_memory(megabytes, soak.characters, WARM_UP_JOBS, args.plot)
    tell(_verdict(document))
    print(json.dumps(document))
    return int(bool(document["grew"] or document["unexpected"]))


def _verdict(document: dict[str, Any]) -> str:
    if document["grew"] is None:
        return f"too few jobs to say whether memory grows; {WARM_UP_JOBS} are the warm-up"
    found = "has grown" if document["grew"] else "has not grown"
    return (
        f"the model process {found}: {document['growth_bytes'] / _MIB:+.0f} MiB after the first "
        f"{WARM_UP_JOBS} jobs, noise {document['noise_bytes'] / _MIB:.0f} MiB"
    )

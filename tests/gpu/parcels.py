"""Packs the model and wheels into parcels, and opens them on a machine without a network.

A parcel is a slice of one tar archive: ``wheels/*.whl`` and ``model/``, in which ``weights.npz``
replaces the parameters. A tensor of at most 256 different values, which all int8 layers of the
registries' weights are, is stored as one byte a value and a table; others are stored as they are.
So the parameters come back bit for bit, and 327 MB fit into two parcels.

Only the standard library is imported at the top: a bare interpreter opens the wheels first.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PARCEL_BYTES = 60_000_000
VOICES = ("af_heart", "am_michael")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
BESIDE_TORCH = ("attrs", "kokoro", "loguru", "numpy")
"""What the network needs beside the base dependencies; kokoro's own are not imported."""

_PARCEL = "ktts-gpu-{number}-of-{count}.parcel"
_WEIGHTS = "weights.npz"
_TABLE_SIZE = 256


def main() -> int:
    """Pack, or with ``--open`` unpack, as the scripts beside this file say."""
    parser = argparse.ArgumentParser(prog="tests/gpu/pack")
    parser.add_argument("directory", type=Path, help="where the parcels are")
    parser.add_argument("--open", action="store_true", help="unpack them there")
    parser.add_argument("--python", default="3.12", help="version there (default: %(default)s)")
    parser.add_argument("--model", type=Path, help="model directory (default: the user's cache)")
    args = parser.parse_args()
    if args.open:
        open_parcels(args.directory)
        return 0
    from jobs.settings import default_cache_dir

    model = args.model or default_cache_dir() / "model"
    args.directory.mkdir(parents=True, exist_ok=True)
    for old in args.directory.glob(_PARCEL.format(number="*", count="*")):
        old.unlink()
    with tempfile.TemporaryDirectory(dir=args.directory) as folder:
        staging = Path(folder)
        download_wheels(staging / "wheels", args.python)
        shrink_model(model, staging / "model")
        for parcel in write_parcels(staging, args.directory):
            print(f"{parcel} {parcel.stat().st_size / 1e6:.1f} MB")
    return 0


def download_wheels(target: Path, python: str) -> None:
    """Download the wheels of `find_requirements` in the versions of this environment."""
    pins = [f"{name}=={importlib.metadata.version(name)}" for name in sorted(find_requirements())]
    platforms = [part for name in PLATFORMS for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", python, "--implementation", "cp", *platforms]
    subprocess.run([*command, "-d", target, *pins], check=True)


def find_requirements() -> set[str]:
    """Return the names of the base dependencies, of theirs, and of `BESIDE_TORCH`."""
    from packaging.requirements import Requirement

    found = set(BESIDE_TORCH)
    waiting = ["kokoro-tts-processor"]
    while waiting:
        for line in importlib.metadata.requires(waiting.pop()) or ():
            requirement = Requirement(line)
            is_wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if is_wanted and requirement.name not in found:
                found.add(requirement.name)
                waiting.append(requirement.name)
    return found


def shrink_model(model: Path, target: Path) -> None:
    """Write what `restore_model` needs of a whole model directory, with two of its voices."""
    import numpy as np

    from worker.speech.model.tensors import load_state
    from worker.speech.model.weights import CONFIG_NAME, SOURCE_NAME, WEIGHTS_NAME, voice_path

    for path in (CONFIG_NAME, SOURCE_NAME, *map(voice_path, VOICES)):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes((model / path).read_bytes())
    arrays = {}
    for name, tensor in load_state(model / WEIGHTS_NAME).items():
        values = tensor.numpy()
        table, codes = np.unique(values, return_inverse=True)
        if table.size <= _TABLE_SIZE < values.size:
            arrays[f"table/{name}"] = table
            arrays[f"codes/{name}"] = codes.astype(np.uint8).reshape(values.shape)
        else:
            arrays[f"values/{name}"] = values
    np.savez_compressed(target / _WEIGHTS, **arrays)


def restore_model(model: Path) -> None:
    """Make `model`, as `shrink_model` left it, a model directory that a worker can load."""
    import numpy as np

    from worker.speech.model.tensors import save_state
    from worker.speech.model.weights import (
        SOURCE_NAME,
        WEIGHTS_NAME,
        ModelFile,
        ModelSource,
        describe_file,
        write_source,
    )

    with np.load(model / _WEIGHTS) as arrays:
        state = {}
        for key in arrays.files:
            kind, _, name = key.partition("/")
            if kind == "values":
                state[name] = arrays[key]
            elif kind == "codes":
                state[name] = arrays[f"table/{name}"][arrays[key]]
    save_state(state, model / WEIGHTS_NAME)
    record = json.loads((model / SOURCE_NAME).read_text(encoding="utf-8"))
    listed = (ModelFile(**entry) for entry in record.pop("files"))
    files = tuple(
        describe_file(model, file.path, origin=file.origin, version=file.version)
        for file in listed
        if (model / file.path).is_file()
    )
    write_source(model, ModelSource(files=files, **record))


def write_parcels(staging: Path, target: Path, limit: int = PARCEL_BYTES) -> Iterator[Path]:
    """Write `staging` as one archive, cut into files of at most `limit` bytes; yield each."""
    archive = target / "all.tar"
    with tarfile.open(archive, "w") as tar:
        for folder in sorted(staging.iterdir()):
            tar.add(folder, folder.name)
    count = -(-archive.stat().st_size // limit)
    with archive.open("rb") as file:
        for number in range(1, count + 1):
            parcel = target / _PARCEL.format(number=number, count=count)
            parcel.write_bytes(file.read(limit))
            yield parcel
    archive.unlink()


def join_parcels(directory: Path) -> bytes:
    """Return the archive; ends the program where a parcel is missing."""
    found = sorted(directory.glob(_PARCEL.format(number="*", count="*")))
    count = int(found[0].stem.rpartition("-")[2]) if found else 1
    names = [_PARCEL.format(number=number, count=count) for number in range(1, count + 1)]
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        sys.exit(f"{directory} lacks {', '.join(missing)}")
    return b"".join((directory / name).read_bytes() for name in names)


def open_parcels(directory: Path) -> None:
    """Unpack into ``open``: wheels of missing packages into ``site``, the model into ``model``."""
    opened = directory / "open"
    with tarfile.open(fileobj=io.BytesIO(join_parcels(directory))) as tar:
        tar.extractall(opened, filter="data")
    missing = list(find_missing((opened / "wheels").glob("*.whl")))
    print("installing", *(wheel.name.partition("-")[0] for wheel in missing))
    if missing:
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
        subprocess.run([*command, "--target", opened / "site", *missing], check=True)
        importlib.invalidate_caches()  # ``site`` is on the path already, and was not there before
    restore_model(opened / "model")


def find_missing(wheels: Iterable[Path]) -> Iterator[Path]:
    """Yield the wheels whose package this interpreter does not have."""
    for wheel in sorted(wheels):
        try:
            importlib.metadata.version(wheel.name.partition("-")[0])
        except importlib.metadata.PackageNotFoundError:
            yield wheel


if __name__ == "__main__":
    sys.exit(main())

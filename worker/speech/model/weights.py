"""Describes the model directory: its files, their origin, and whether they are complete.

::

    config.json        architecture and vocabulary
    kokoro-v1_0.pth    parameters: a dict of module name -> state dict
    voices/<name>.pt   style rows of one voice, float32 (510, 1, 256)
    calibration.json   ranges for int8, measured here; without it int8 is not used
    SOURCE.json        origin, version, sha256 and size of every file; written last

A directory without ``SOURCE.json`` is unfinished.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.errors import StartupError
from jobs.voices import VOICES
from worker.disk import hash_file

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "kokoro-v1_0.pth"
VOICES_NAME = "voices"
CALIBRATION_NAME = "calibration.json"
CALIBRATION_VERSION = 4
"""Changes with what runs in int8: 2 added the decoder, 3 ALBERT, pitch and energy."""
SOURCE_NAME = "SOURCE.json"

ORIGINAL = "fp32 original"
DEQUANTIZED = "int8-dequantized"

_REMEDY = "run `ktts fetch-model`"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of the model directory and where it came from."""

    path: str
    """Relative to the directory, with forward slashes."""
    origin: str
    """Registry and package, or hub repository."""
    version: str
    """Release or commit of the origin."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The contents of SOURCE.json."""

    precision: str
    """`ORIGINAL` or `DEQUANTIZED`."""
    note: str
    """What people should know about these weights."""
    files: tuple[ModelFile, ...]

    def find(self, path: str) -> ModelFile | None:
        """Return the record of a file, or None."""
        return next((file for file in self.files if file.path == path), None)

    @property
    def weights_sha256(self) -> str:
        """Checksum of the parameters."""
        return next(file.sha256 for file in self.files if file.path == WEIGHTS_NAME)

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices, sorted."""
        parent = f"{VOICES_NAME}/"
        found = (file.path for file in self.files if file.path.startswith(parent))
        return tuple(sorted(path.removeprefix(parent).removesuffix(".pt") for path in found))

    @property
    def has_all_voices(self) -> bool:
        """Whether all voices of the catalogue are there."""
        return set(VOICES) <= set(self.voices)


def voice_path(name: str) -> str:
    """Return the path of a voice, relative to the directory."""
    return f"{VOICES_NAME}/{name}.pt"


def describe_file(directory: Path, path: str, *, origin: str, version: str) -> ModelFile:
    """Return the record of a file that was just written."""
    file = directory / path
    return ModelFile(path, origin, version, hash_file(file), file.stat().st_size)


def write_source(directory: Path, source: ModelSource) -> None:
    """Replace SOURCE.json in `directory` atomically."""
    text = json.dumps(asdict(source), indent=2, ensure_ascii=False)
    unfinished = directory / f".{SOURCE_NAME}"
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(directory / SOURCE_NAME)


def check_model(directory: Path) -> ModelSource:
    """Check that all files are there with the right size; return their source.

    Raises:
        StartupError: the model is missing or incomplete.
    """
    source = _read_source(directory)
    for file in source.files:
        found = directory / file.path
        if not found.is_file():
            raise StartupError(f"{found} is missing; {_REMEDY}")
        if found.stat().st_size != file.size:
            raise StartupError(
                f"{found} has {found.stat().st_size} bytes instead of {file.size}; {_REMEDY}"
            )
    return source


def find_damage(directory: Path) -> Iterator[str]:
    """Yield one line per file that is missing or has another checksum.

    Raises:
        StartupError: SOURCE.json is missing or unreadable.
    """
    for file in _read_source(directory).files:
        found = directory / file.path
        if not found.is_file():
            yield f"{found} is missing"
        elif (sha256 := hash_file(found)) != file.sha256:
            yield f"{found} is damaged: sha256 {sha256} instead of {file.sha256}"


def load_config(directory: Path) -> dict[str, Any]:
    """Read the architecture and the vocabulary.

    Raises:
        StartupError: the file is no JSON object.
    """
    path = directory / CONFIG_NAME
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise StartupError(f"{path} cannot be read ({exc}); {_REMEDY}") from exc
    return config


def load_vocabulary(directory: Path) -> frozenset[str]:
    """Read the symbols that the model knows.

    Raises:
        StartupError: the configuration cannot be read, or has none.
    """
    vocabulary = load_config(directory).get("vocab")
    if not isinstance(vocabulary, dict):
        raise StartupError(f"{directory / CONFIG_NAME} has no vocabulary; {_REMEDY}")
    return frozenset(vocabulary)


def _read_source(directory: Path) -> ModelSource:
    path = directory / SOURCE_NAME
    if not path.is_file():
        state = "is unfinished" if directory.is_dir() and any(directory.iterdir()) else "is empty"
        raise StartupError(f"the model directory {directory} {state}: no {SOURCE_NAME}; {_REMEDY}")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(ModelFile(**entry) for entry in record.pop("files"))
        source = ModelSource(files=files, **record)
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise StartupError(f"{path} cannot be read ({exc}); {_REMEDY}") from exc
    missing = {CONFIG_NAME, WEIGHTS_NAME} - {file.path for file in source.files}
    if missing or not source.voices:
        lacking = ", ".join(sorted(missing)) or "any voice"
        raise StartupError(f"{path} does not list {lacking}; {_REMEDY}")
    return source

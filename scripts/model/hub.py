"""Kokoro's full-precision original from the Hugging Face hub, at one pinned commit."""

import os
import shutil
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from huggingface_hub import hf_hub_url

from jobs.child import child_command
from jobs.errors import DownloadFailed
from jobs.voices import VOICES
from scripts.model.cache import Report
from scripts.model.catalogue import HubModel
from scripts.model.clients import run_client
from worker.speech.model.weights import (
    CONFIG_NAME,
    ORIGINAL,
    VOICES_NAME,
    WEIGHTS_NAME,
    ModelFile,
    ModelSource,
    describe_file,
    voice_path,
)

_PROBE_SECONDS = 4

# Run in a process of its own, like pip and npm: whatever its client raises is one line here.
_PROGRAM = """
import sys
from huggingface_hub import snapshot_download
repository, revision, target, *patterns = sys.argv[1:]
snapshot_download(repository, revision=revision, local_dir=target, allow_patterns=patterns)
"""

_NOTE = "The parameters are the original ones, in full precision."


def fill_from_hub(
    folder: Path, model: HubModel, downloads: Path, report: Report, *, endpoint: str | None = None
) -> ModelSource:
    """Fill the empty `folder` with a model, all but its SOURCE.json.

    Args:
        folder: Where the files go.
        model: What to fetch.
        downloads: Where unfinished downloads are kept for the next attempt.
        report: Told what is going on.
        endpoint: Another server that speaks the hub's language; None is the client's own choice.

    Raises:
        DownloadFailed: the hub cannot be reached, or a file is not the pinned one.
    """
    _probe(model, endpoint)
    kept = downloads / f"hub-{model.revision}"
    report(f"fetching {model.repository} from the hub, {model.size / 1e6:.0f} MB")
    _download(model, kept, report, endpoint)
    (folder / VOICES_NAME).mkdir()
    paths = (CONFIG_NAME, WEIGHTS_NAME, *(voice_path(name) for name in VOICES))
    return ModelSource(ORIGINAL, _NOTE, tuple(_place(path, kept, folder, model) for path in paths))


def _probe(model: HubModel, endpoint: str | None) -> None:
    """Ask once whether the hub answers: its client would try for half a minute."""
    url = hf_hub_url(model.repository, CONFIG_NAME, revision=model.revision, endpoint=endpoint)
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310  # the client made this URL
    try:
        with urllib.request.urlopen(request, timeout=_PROBE_SECONDS):  # noqa: S310  # as above
            pass
    except urllib.error.HTTPError as exc:
        exc.close()  # It answers; what it means is for its own client to say.
    except OSError as exc:
        reason = getattr(exc, "reason", exc)
        if isinstance(reason, ssl.SSLError):
            return  # Its client may trust other certificates than Python does.
        raise DownloadFailed(f"the hub cannot be reached: {reason}") from exc


def _download(model: HubModel, target: Path, report: Report, endpoint: str | None) -> None:
    environment = {
        **os.environ,
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",  # the repository is public
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_XET": "1",  # one way of transfer, that resumes
        **({"HF_ENDPOINT": endpoint} if endpoint else {}),
    }
    patterns = (CONFIG_NAME, WEIGHTS_NAME, f"{VOICES_NAME}/*.pt")
    run_client(
        [*child_command("-c", _PROGRAM, model.repository, model.revision), target, *patterns],
        label=f"{model.repository} on the hub",
        environment=environment,
        pulse=lambda: report(f"{_size(target) / 1e6:.0f} of about {model.size / 1e6:.0f} MB"),
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _place(path: str, kept: Path, folder: Path, model: HubModel) -> ModelFile:
    if not (kept / path).is_file():
        raise DownloadFailed(f"the hub did not deliver {path}; try again")
    shutil.copyfile(kept / path, folder / path)
    origin = f"hub {model.repository} (Apache-2.0)"
    placed = describe_file(folder, path, origin=origin, version=model.revision)
    expected = model.sha256.get(path, placed.sha256)
    if placed.sha256 != expected:
        (kept / path).unlink()
        raise DownloadFailed(
            f"{path} from the hub has sha256 {placed.sha256} instead of {expected}; try again"
        )
    return placed

"""The image that has the model in it: it works with no network and no model in any volume."""

from __future__ import annotations

import json

from tests.containers.compose import BUILD_SECONDS, START_SECONDS, CheckFailed, Compose

KNOBS = {"KTTS_TARGET": "worker-baked", "KTTS_FETCH_NETWORK": "none", "COMPOSE_PROFILES": ""}
"""What a place that no download reaches sets."""


def build_baked(compose: Compose) -> str:
    """Build the image; that fetches and measures the model."""
    compose.compose("build", "worker", seconds=BUILD_SECONDS)
    return f"{compose.inspect(compose.image)['Size'] / 1e9:.2f} GB"


def speak_baked(compose: Compose) -> str:
    """Start one worker and let it speak for a producer in a container."""
    compose.compose("up", "--detach", "--scale", "worker=1", seconds=START_SECONDS)
    (worker,) = compose.containers("worker")
    compose.await_health(worker, "healthy", "", START_SECONDS)
    said = compose.compose(
        *("run", "--rm", "--no-deps", "-T", "worker", "speak", "--json", "No network was needed."),
        seconds=START_SECONDS,
    )
    result = json.loads(said.strip().rpartition("\n")[2])
    compose.check_file(result["path"], result["sha256"])
    if files := compose.docker("exec", worker, "ls", "-A", "/data/model").split():
        raise CheckFailed(f"the model's volume is not empty: {files[:3]}")
    return f"{result['audio_seconds']:.1f} s of audio, the model's volume empty, no network"

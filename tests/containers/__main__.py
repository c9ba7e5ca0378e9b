"""The steps of ``scripts/container_check``, which starts this in a clean clone."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jobs import SpeechQueue
from jobs.settings import QueueSettings
from tests.containers.baked import KNOBS, build_baked, speak_baked
from tests.containers.breaking import Breaking
from tests.containers.compose import BUILD_SECONDS, START_SECONDS, CheckFailed, Compose
from tests.containers.gateway import use_gateway
from tests.containers.languages import speak_every_language
from tests.containers.report import Report, StepFailed
from tests.containers.speaking import WORKERS, Speaking


def main(argv: Sequence[str] | None = None) -> int:
    """Run every step, clean up, print the report; 0 when all went well."""
    parser = argparse.ArgumentParser(prog="container_check", description="Try the containers.")
    parser.add_argument("--baked", action="store_true", help="build the image with the model, too")
    parser.add_argument("--model", type=Path, help="a model directory to use; none is fetched")
    parser.add_argument("--keep", action="store_true", help="leave the images for the next time")
    args = parser.parse_args(argv)
    report = Report()
    with contextlib.suppress(StepFailed), tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        knobs = _knobs(place)
        compose = Compose(Path.cwd(), knobs)
        baked = Compose(Path.cwd(), knobs | KNOBS, "-baked") if args.baked else None
        try:
            _check(compose, report, place, args.model)
            if baked:
                report.run("build baked", lambda: build_baked(baked))
                report.run("baked, without a network", lambda: speak_baked(baked))
        finally:
            stacks = [stack for stack in (baked, compose) if stack]
            report.run("clean up", lambda: _clean_up(stacks, keep_images=args.keep))
    document = report.as_json()
    print(json.dumps(document))
    return 0 if document["ok"] else 1


def _check(compose: Compose, report: Report, place: Path, model: Path | None) -> None:
    report.run("build", lambda: _build(compose, report))
    if model:
        report.run("model from a directory", lambda: _put_model(compose, model.resolve()))
    report.run("up", lambda: _bring_up(compose))
    password_file = place / "redis-password"
    url = f"redis://127.0.0.1:{compose.port}/0"
    settings = QueueSettings(redis_url=url, redis_password_file=password_file)
    queue = SpeechQueue(settings=settings)
    speaking = Speaking(compose, queue, settings)
    report.run("speak from host and container", lambda: speaking.speak_on_both(place))
    report.run("every language and format", lambda: speak_every_language(compose, queue))
    token = (place / "web-tokens").read_text(encoding="utf-8")
    report.run("the gateway, from a browser's side", lambda: use_gateway(compose, queue, token))
    report.run("kill a worker in mid-job", speaking.survive_a_kill)
    report.run("down and up in mid-job", speaking.survive_down_and_up)
    inside = f"redis://:{password_file.read_text(encoding='utf-8')}@redis:6379/0"
    breaking = Breaking(compose, inside)
    for name, action in breaking.steps():
        report.run(name, action)
    report.run("no model, no spinning", breaking.refuse_to_start)


def _knobs(place: Path) -> dict[str, str]:
    """Return what differs from the defaults: secrets, the gateway, and cores for two workers."""
    password_file, token_file = place / "redis-password", place / "web-tokens"
    for file in (password_file, token_file):
        file.write_text(secrets.token_hex(16), encoding="utf-8")
        # Read by other users inside the containers; the directory keeps this host's out.
        file.chmod(0o644)
    cores = str(max(1, (os.cpu_count() or 1) // WORKERS))
    return {
        "KTTS_REDIS_PASSWORD_FILE": str(password_file),
        "KTTS_WEB_TOKENS_FILE": str(token_file),
        "COMPOSE_PROFILES": "web",
        "KTTS_CPUS": cores,
        "KTTS_THREADS": cores,
        # Builds and downloads go through this machine's own network, whatever Docker's can reach.
        "KTTS_BUILD_NETWORK": os.environ.get("KTTS_BUILD_NETWORK", "host"),
        "KTTS_FETCH_NETWORK": os.environ.get("KTTS_FETCH_NETWORK", "host"),
    }


def _build(compose: Compose, report: Report) -> str:
    compose.compose("build", "worker", seconds=BUILD_SECONDS)
    report.image_bytes = compose.inspect(compose.image)["Size"]
    layers = compose.docker("history", "--format", "{{.Size}} {{.CreatedBy}}", compose.image)
    heavy = [
        line.split()[0] for line in layers.splitlines() if "MB" in line[:8] or "GB" in line[:8]
    ]
    return f"{report.image_bytes / 1e9:.2f} GB, layers over 1 MB: {', '.join(heavy)}"


def _put_model(compose: Compose, directory: Path) -> str:
    """Fill the model's volume, as a place without a network would."""
    labels = {"project": compose.project, "volume": "model"}
    marks = (f"--label=com.docker.compose.{key}={labels[key]}" for key in labels)
    volume = compose.volume("model")
    compose.docker("volume", "create", *marks, volume)
    compose.docker(
        *("run", "--rm", "--user", "0", "--network", "none", "--entrypoint", "sh"),
        *("--volume", f"{volume}:/data/model", "--volume", f"{directory}:/from:ro"),
        *(compose.image, "-c", "cp -r /from/. /data/model/ && chown -R 10001 /data/model"),
    )
    return f"copied from {directory.name}"


def _bring_up(compose: Compose) -> str:
    compose.compose("up", "--detach", "--scale", f"worker={WORKERS}", seconds=START_SECONDS)
    workers = compose.containers("worker")
    if len(workers) != WORKERS:
        raise CheckFailed(f"{len(workers)} workers instead of {WORKERS}")
    for container in (*workers, *compose.containers("redis"), *compose.containers("janitor")):
        compose.await_health(container, "healthy", "", START_SECONDS)
    return f"{WORKERS} workers, janitor and Redis are healthy"


def _clean_up(stacks: Sequence[Compose], *, keep_images: bool) -> str:
    for compose in stacks:
        compose.remove(keep_images=keep_images)
    return "images kept" if keep_images else "nothing left"


if __name__ == "__main__":
    sys.exit(main())

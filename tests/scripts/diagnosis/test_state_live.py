from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from scripts.diagnosis.state import inspect_server
from tests.fakes.commands import Ktts
from tests.fakes.object_store import KEYS, PosedStore
from tests.fakes.tiny_model import write_tiny_model


def test_doctor_json_on_a_machine_in_order(process_environment, tmp_path):
    """A real process against a real server: exit 0, and the server's facts in the last line."""
    environment = process_environment | {
        "KTTS_MODEL_DIR": str(write_tiny_model(tmp_path / "model")),
        "USE_GPU": "false",
    }

    ended = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "doctor", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    answer = json.loads(ended.stdout.splitlines()[-1])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert answer["device"] == "cpu"
    assert answer["server"]["reachable"]
    assert (answer["server"]["persistence"], answer["server"]["workers"]) == ("aof", 0)
    assert answer["volume"]["work"]["writable"]


def test_server_that_evicts_jobs_is_warned_about(own_server):
    """A policy that throws keys away loses jobs, whatever the persistence."""
    with own_server.connection() as connection:
        connection.config_set("maxmemory-policy", "allkeys-lru")

    assert "set maxmemory-policy noeviction" in inspect_server(own_server.url).detail


def test_server_that_keeps_jobs_in_memory_only_is_warned_about(own_server):
    """Without a log and without snapshots a restart forgets the queue."""
    with own_server.connection() as connection:
        connection.config_set("appendonly", "no")

    found = inspect_server(own_server.url)

    assert (found.persistence, found.detail) == (
        "none",
        "keeps jobs in memory only; set appendonly yes",
    )


def test_a_store_that_takes_files_is_named(
    ktts: Ktts, object_store: PosedStore, tmp_path: Path
) -> None:
    """So is what is wrong with one that takes none, in the verdict and at its place."""
    machine = {"KTTS_MODEL_DIR": str(write_tiny_model(tmp_path / "model")), "USE_GPU": "false"}
    environment = machine | object_store.environment
    absent = {"KTTS_OUTPUT_STORE": "s3://absent-bucket/x"}

    fine, wrong = ktts("doctor", **environment), ktts("doctor", **environment | absent)
    object_store.stop()
    away = ktts("doctor", **environment)

    assert (fine.returncode, wrong.returncode, away.returncode) == (0, 74, 74)
    assert f"s3://{object_store.bucket}/speech takes files" in _join(fine.stdout)
    assert _join(wrong.stdout).count("there is no bucket 'absent-bucket'; make it") == 2
    assert _join(away.stdout).count(f"does not answer at {object_store.endpoint}") == 2
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in fine.stdout + wrong.stdout + away.stdout


def test_a_store_that_refuses_to_be_written_is_told_with_the_right_that_is_missing(
    ktts: Ktts, object_store: PosedStore, tmp_path: Path
) -> None:
    """Listing alone is allowed to this key."""
    machine = {"KTTS_MODEL_DIR": str(write_tiny_model(tmp_path / "model")), "USE_GPU": "false"}
    with object_store.reader() as keys:
        refused = ktts("doctor", **machine | object_store.environment | keys)

    assert refused.returncode == 74
    assert "the key may not s3:PutObject here" in _join(refused.stdout)


def _join(report: str) -> str:
    return " ".join(report.split())

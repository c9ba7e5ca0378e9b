from __future__ import annotations

import json
import subprocess
import sys

from scripts.diagnosis.state import inspect_server
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

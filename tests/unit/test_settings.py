"""Settings come from the environment, once, and a wrong one is one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import StartupError
from jobs.settings import QueueSettings
from worker.settings import WorkerSettings


def test_without_an_environment_everything_has_a_default(tmp_path: Path):
    """A machine that sets nothing gets a local server and the user's own directories."""
    settings = QueueSettings()

    assert settings.redis_url == "redis://localhost:6379/0"
    assert settings.output_dir == tmp_path / "data" / "ktts" / "output"
    assert settings.work_dir == tmp_path / "data" / "ktts" / "work"


def test_our_own_name_wins_over_the_common_one(monkeypatch: pytest.MonkeyPatch):
    """REDIS_URL is honoured, and KTTS_REDIS_URL before it."""
    monkeypatch.setenv("REDIS_URL", "redis://common")
    assert QueueSettings().redis_url == "redis://common"

    monkeypatch.setenv("KTTS_REDIS_URL", "redis://ours")
    assert QueueSettings().redis_url == "redis://ours"
    assert QueueSettings(redis_url="redis://argument").redis_url == "redis://argument"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "KTTS_MAX_CHARACTERS",
            "many",
            "KTTS_MAX_CHARACTERS=many: input should be a valid integer",
        ),
        ("KTTS_MAX_QUEUED_JOBS", "0", "KTTS_MAX_QUEUED_JOBS=0: input should be greater than 0"),
        ("USE_GPU", "perhaps", "USE_GPU=perhaps: input should be a valid boolean"),
        ("KTTS_DEVICE", "gpu", "KTTS_DEVICE=gpu: string should match pattern"),
        ("KTTS_QUEUES", "urgent", "queue 'urgent' is unknown; choose from interactive"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
):
    """A variable that holds what it cannot is an error that names it, with exit code 78."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(StartupError) as caught:
        WorkerSettings()

    assert message in str(caught.value)
    assert caught.value.exit_code == 78


def test_queues_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch):
    """A worker serves the queues that it is told, the first one first."""
    monkeypatch.setenv("KTTS_QUEUES", "bulk, interactive")

    assert WorkerSettings().queue_names == ("bulk", "interactive")

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
        ("KTTS_PAUSE_SCALE", "5", "KTTS_PAUSE_SCALE=5: input should be less than or equal to 4"),
        ("KTTS_PAUSE_SCALE", "nan", "KTTS_PAUSE_SCALE=nan: input should be a finite number"),
        ("KTTS_READING_OFF", "roman,dat", "kind 'dat' is unknown; choose from abbreviation, addr"),
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


def test_kinds_of_reading_are_a_set(monkeypatch: pytest.MonkeyPatch):
    """Whatever their order, equal kinds are one setting, and none is the usual one."""
    monkeypatch.setenv("KTTS_READING_OFF", "time, roman,,time")

    assert QueueSettings().reading_off == "roman,time"
    assert WorkerSettings().kinds_off == {"roman", "time"}
    assert WorkerSettings(reading_off="").kinds_off == frozenset()


def test_queues_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch):
    """A worker serves the queues that it is told, the first one first."""
    monkeypatch.setenv("KTTS_QUEUES", "bulk, interactive")

    assert WorkerSettings().queue_names == ("bulk", "interactive")


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://queue:6379/0", "redis://:p%40ss%2Fword@queue:6379/0"),
        ("rediss://app@queue/1", "rediss://app:p%40ss%2Fword@queue/1"),
        ("unix:///run/redis.sock?db=2", "unix://:p%40ss%2Fword@/run/redis.sock?db=2"),
        ("redis://:given@queue", "redis://:given@queue"),
    ],
)
def test_the_password_comes_from_its_file(tmp_path: Path, url: str, whole: str):
    """A secret in a file completes an address without one, and only such an address."""
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")

    settings = QueueSettings(redis_url=url, redis_password_file=file)

    assert settings.redis_url == whole
    assert QueueSettings(**settings.model_dump()).redis_url == whole


def test_the_default_address_gets_the_password_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """It does not matter where the address comes from."""
    (tmp_path / "password").write_text("secret")
    monkeypatch.setenv("KTTS_REDIS_PASSWORD_FILE", str(tmp_path / "password"))

    assert QueueSettings().redis_url == "redis://:secret@localhost:6379/0"


def test_an_empty_password_file_means_none(tmp_path: Path):
    """What the compose file mounts where nobody has chosen a password."""
    (tmp_path / "password").write_text("\n")

    settings = QueueSettings(redis_password_file=tmp_path / "password")

    assert settings.redis_url == "redis://localhost:6379/0"


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path):
    """A secret that is not there is an error with its place, not a try without it."""
    with pytest.raises(StartupError, match=r"KTTS_REDIS_PASSWORD_FILE=.*nowhere: cannot be read"):
        QueueSettings(redis_password_file=tmp_path / "nowhere")


def test_what_compose_makes_of_an_unset_path_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty text would be the folder that a worker stands in."""
    monkeypatch.setenv("KTTS_OUTBOX_DIR", "")
    monkeypatch.setenv("KTTS_REDIS_PASSWORD_FILE", "")

    settings = WorkerSettings()

    assert (settings.outbox_dir, settings.redis_password_file) == (None, None)

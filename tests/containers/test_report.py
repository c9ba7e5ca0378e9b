"""The files for Docker agree with each other and with the product; the check's report is honest."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.voices import LANGUAGES
from scripts.audiobook.open_book import open_book
from scripts.parsers.command_table import COMMANDS
from scripts.settings_table import write_table
from scripts.webapp.web_settings import WebSettings
from tests.conftest import ROOT
from tests.containers.compose import CheckFailed
from tests.containers.gateway import write_epub
from tests.containers.languages import SENTENCES
from tests.containers.report import Report, StepFailed
from tests.containers.speaking import read_chapters
from worker.settings import WorkerSettings

COMPOSE_FILES = (
    "docker-compose.yml",
    *sorted(f"deploy/{p.name}" for p in ROOT.glob("deploy/publish-*.yml")),
)
KNOB = re.compile(r"(?<!\$)\$\{(\w+):?-([^}]*)\}")
PLACES = {"KTTS_OUTPUT_DIR", "KTTS_WORK_DIR", "KTTS_MODEL_DIR", "KTTS_WEB_PORT"}
"""Inside the containers, where the image and the volumes have them."""

OTHER_DEFAULTS = {
    *("KTTS_LOG_FORMAT", "KTTS_THREADS", "KTTS_RECYCLE_BYTES", "KTTS_REFUSAL_PAUSE_SECONDS"),
    *("KTTS_REDIS_PASSWORD_FILE", "KTTS_WEB_TOKENS_FILE"),
}
"""That containers begin with other values has its reason in .env.example."""

EXAMPLE = re.compile(r"^#(\w+)=(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """Return the services of the main file, its anchors resolved."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document["services"]


def test_every_knob_is_in_the_example_with_its_default() -> None:
    """`.env.example` names what the compose files read, and nothing else."""
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in COMPOSE_FILES)
    knobs = dict(KNOB.findall(text))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert dict(EXAMPLE.findall(example)) == knobs


def test_every_setting_can_be_given_to_the_containers(services: dict[str, dict[str, Any]]) -> None:
    """What no line of .env could change would be found out only by reading the compose file."""
    fields = WorkerSettings.model_fields | WebSettings.model_fields
    passed = {name for service in services.values() for name in service.get("environment", {})}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    table = write_table()

    missing = {f"KTTS_{name.upper()}" for name in fields} - passed
    assert missing == PLACES | {
        *("KTTS_OWNER", "KTTS_USE_GPU", "KTTS_SYNTHESIZER", "KTTS_WEB_TOKENS"),
    }
    assert "USE_GPU" in passed
    for name, default in EXAMPLE.findall(example):
        shown = re.search(rf"\| `{name}` \| [^|]+ \| (?:`([^`]+)`|unset) \|", table)
        if shown and name not in OTHER_DEFAULTS:
            assert default == (shown[1] or "").removesuffix(".0"), name


def test_an_open_redis_wants_a_password(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """No file named, or one with nothing in it: nothing starts; the stack alone needs none."""
    text = (ROOT / "deploy" / "publish-redis.yml").read_text(encoding="utf-8")
    opened = yaml.safe_load(text)
    program = services["redis"]["command"][2]
    secret, programs = tmp_path / "secret", tmp_path / "bin"
    programs.mkdir()
    (programs / "redis-server").write_text("#!/bin/sh\ncat\n")
    (programs / "redis-server").chmod(0o755)
    program = program.replace("$$", "$").replace("/run/secrets/redis_password", str(secret))
    program = re.sub(r"\$\{[^}]+\}", "1mb", program)

    def start(password: str, needs: str) -> subprocess.CompletedProcess[str]:
        secret.write_text(password)
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "KTTS_NEEDS_PASSWORD": needs,
        }
        return subprocess.run(
            ["sh", "-c", program], check=False, env=environment, capture_output=True, text=True
        )

    needs = opened["services"]["redis"]["environment"]["KTTS_NEEDS_PASSWORD"]
    assert opened["secrets"]["redis_password"]["file"].startswith("${KTTS_REDIS_PASSWORD_FILE:?")
    for empty in ("", "\n", "  \n"):
        refused = start(empty, needs)
        assert (refused.returncode, refused.stdout) == (78, "")
        assert "is empty" in refused.stderr
    assert start("secret", needs).stdout == 'requirepass "secret"\n'
    assert start("", services["redis"]["environment"]["KTTS_NEEDS_PASSWORD"]).returncode == 0


def test_the_licence_label_names_the_gpl_parts() -> None:
    """Whoever passes the image on has to know."""
    label = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert 'licenses="Apache-2.0 AND GPL-3.0-or-later AND GPL-2.0-or-later"' in label
    assert "espeak-ng" in label


def test_the_extras_of_the_image_are_the_project_s() -> None:
    """Dockerfile and compose file install the same extras, and all of them exist."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    (extras,) = re.findall(r"^ARG EXTRAS=(.+)$", dockerfile, re.MULTILINE)
    assert re.findall(r"KTTS_EXTRAS:-([^}]+)", compose) == [extras]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_every_service_is_locked_in(services: dict[str, dict[str, Any]]) -> None:
    """No service has a capability, a way to more rights, or a root file system to write to."""
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert "container_name" not in service, name


def test_services_of_ours_run_commands_of_ours(services: dict[str, dict[str, Any]]) -> None:
    """Each service but Redis starts a subcommand that exists."""
    ours = {name: service["command"][0] for name, service in services.items() if name != "redis"}

    assert set(ours.values()) <= set(COMMANDS)


def test_the_gateway_can_read_what_it_is_given(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what nobody has set, which Compose hands on as an empty text."""
    for name, value in services["web"]["environment"].items():
        monkeypatch.setenv(name, KNOB.sub(r"\2", value))
    monkeypatch.delenv("KTTS_REDIS_PASSWORD_FILE")  # there is none outside of the container

    settings = WebSettings()

    assert settings.web_host == "0.0.0.0"
    assert settings.web_cookie_secure is None


def test_who_talks_to_the_store_can_be_let_out(services: dict[str, dict[str, Any]]) -> None:
    """Nobody but the gateway has a way out; one file gives it to all that know of a store."""
    override = yaml.safe_load((ROOT / "deploy" / "object-store.yml").read_text(encoding="utf-8"))
    ours = {name for name, each in services.items() if "KTTS_OUTPUT_STORE" in str(each)}

    assert {name for name in ours if "outside" in services[name]["networks"]} == {"web"}
    assert override["services"].keys() == ours - {"web"}
    for service in override["services"].values():
        assert service == {"networks": services["web"]["networks"]}


def test_redis_keeps_what_it_has_answered(services: dict[str, dict[str, Any]]) -> None:
    """It logs every write to disk, evicts nothing, is bounded, and nobody outside reaches it."""
    redis = services["redis"]
    command = " ".join(redis["command"])

    for option in ("appendonly yes", "appendfsync always", "maxmemory-policy noeviction"):
        assert f"--{option}" in command
    assert "--maxmemory " in command
    assert "ports" not in redis
    assert redis["user"] == "999:999"


def test_a_failed_step_ends_the_check_and_stands_in_the_report() -> None:
    """The document names what went well and what did not, and is not ok."""
    report = Report()

    def fail() -> str:
        raise CheckFailed("it is not there")

    report.run("first", lambda: "seen")
    with pytest.raises(StepFailed, match="second"):
        report.run("second", fail)

    document = report.as_json()
    assert document["ok"] is False
    assert [(step["name"], step["ok"], step["detail"]) for step in document["steps"]] == [
        ("first", True, "seen"),
        ("second", False, "it is not there"),
    ]


def test_without_a_step_nothing_is_well() -> None:
    """A check that never began proves nothing."""
    assert Report().as_json()["ok"] is False


def test_the_two_chapters_differ() -> None:
    """Both workers get a text of their own, long enough to be killed in."""
    first, second = read_chapters()

    assert first != second
    assert min(len(first), len(second)) > 2_000


def test_every_language_has_a_sentence() -> None:
    """The image is tried in all of them."""
    assert list(SENTENCES) == list(LANGUAGES)


def test_the_book_of_the_check_is_one(tmp_path: Path) -> None:
    """The product reads it: one chapter with one line."""
    file = tmp_path / "short.epub"
    file.write_bytes(write_epub())

    (chapter,) = open_book(file).chapters

    assert chapter.title == "One"
    assert "a single line" in chapter.text

"""The hooks of pre-commit and the linters of scripts/check are the same."""

from __future__ import annotations

import re

import yaml

from tests.conftest import ROOT

LINTER = re.compile(
    r"^\.venv/bin/(ruff \w+|mypy|lint-imports|hadolint|yamllint|check-jsonschema)", re.MULTILINE
)


def test_every_linter_of_the_check_is_a_hook() -> None:
    """A commit that the hooks let pass is not refused by the gate for its form."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for repository in hooks["repos"] for hook in repository["hooks"]]

    checked = set(LINTER.findall((ROOT / "scripts" / "check").read_text(encoding="utf-8")))

    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    assert len(checked) == 7
    assert {name for entry in entries for name in LINTER.findall(entry)} == checked

"""Children of ours import nothing from where they stand, and inherit no secrets."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from jobs.child import child_command, child_environment, safe_path
from tests.conftest import ROOT

SECRETS = {
    "KTTS_REDIS_URL": "redis://:secret@host",
    "REDIS_URL": "redis://:secret@host",
    "KTTS_REDIS_PASSWORD_FILE": "/secret",
    "KTTS_WEB_TOKENS": "secret",
    "KTTS_WEB_TOKENS_FILE": "/secret",
}


def test_a_child_imports_nothing_from_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither a module of the standard library's name, nor through a relative PYTHONPATH."""
    (tmp_path / "base64.py").write_text("raise SystemExit('imported from the start folder')")
    monkeypatch.setenv("PYTHONPATH", ":.:lib:")
    monkeypatch.chdir(tmp_path)

    ended = subprocess.run(
        child_command("-c", "import base64, os, json; print(json.dumps(dict(os.environ)))"),
        env=child_environment(SECRETS | {"PYTHONPATH": ":.", "KTTS_THREADS": "1", "HOME": "/x"}),
        capture_output=True,
        text=True,
        check=True,
    )

    inherited = json.loads(ended.stdout)
    assert "secret" not in ended.stdout
    assert inherited["KTTS_THREADS"] == "1"
    assert "PYTHONPATH" not in inherited


def test_a_reader_of_strangers_books_inherits_what_it_needs_alone():
    """What is neither named nor needed by any program stays behind."""
    given = SECRETS | {"AWS_SECRET_ACCESS_KEY": "x", "KTTS_READING_OFF": "roman", "PATH": "/bin"}

    assert child_environment(given, only=("KTTS_READING_OFF",)) == {
        "KTTS_READING_OFF": "roman",
        "PATH": "/bin",
        "PYTHONSAFEPATH": "1",
    }


def test_a_path_keeps_what_does_not_depend_on_the_place():
    """Empty and relative folders of PYTHONPATH are the current directory's."""
    assert safe_path("/a::.:b:/c:") == "/a:/c"


def test_one_function_starts_all_children():
    """No other module of ours puts one together, but for `ktts` that starts itself again."""
    others = {
        path.relative_to(ROOT).as_posix()
        for folder in ("jobs", "worker", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\[\s*sys\.executable", path.read_text(encoding="utf-8"))
    }

    assert others == {"jobs/child.py", "scripts/cli.py", "scripts/local_stack/parent_death.py"}

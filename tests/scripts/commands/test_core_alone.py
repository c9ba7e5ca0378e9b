"""What a producer's machine can do: it has the core's packages and no extra."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.console.extras import EXTRAS
from tests.conftest import ROOT

_BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from scripts.cli import main
sys.exit(main({argv!r}))
"""


@pytest.mark.parametrize(
    "command", [["submit", "Hello."], ["speak", "Hello."], ["status"], ["retry", "--failed"]]
)
def test_a_producer_needs_no_extra(command: list[str]) -> None:
    """Without a server the command says so; it never asks for a package that workers have."""
    blocked = {package.partition(".")[0] for packages in EXTRAS.values() for package in packages}
    code = _BLOCK.format(blocked=blocked, argv=command)

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "KTTS_REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "does not answer" in done.stderr, done.stderr
    assert "is not installed" not in done.stderr

from __future__ import annotations

import builtins
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.branches import in_process, prepare
from tests.branches.marks import compile_marked
from tests.branches.report import describe

SOURCE = '''"""A module."""
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import nothing
def choose(number: int) -> str:
    """Say what it is."""
    for digit in range(number):
        if digit == 2:
            return "early"
    while number > 5:
        number -= 1
    match number:
        case 0:
            return "none"
        case _:
            pass
    try:
        return str(1 // number)
    except ZeroDivisionError:
        return "never"
def stub() -> None:
    """Say nothing."""
    ...
'''


def run_marked(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> tuple[list[str], list[int]]:
    """Return what `choose` answers, and the lines of the branches that were not taken."""
    code, lines = compile_marked(SOURCE, "module.py", 3)
    taken = bytearray(3 + len(lines))
    monkeypatch.setattr(builtins, in_process.NAME, taken, raising=False)
    module: dict = {}
    exec(code, module)
    answers = [module["choose"](number) for number in numbers]
    assert module["choose"].__doc__ == "Say what it is."
    assert not any(taken[:3])
    missed = [line for line, hit in zip(lines, taken[3:], strict=True) if not hit]
    return answers, sorted(missed)


@pytest.mark.parametrize(
    ("numbers", "answers", "missed"),
    [
        pytest.param((), [], [8, 8, 9, 9, 10, 11, 12, 15, 17, 21], id="nothing"),
        pytest.param((1,), ["1"], [10, 12, 15, 21], id="a loop that ends"),
        pytest.param((0,), ["none"], [9, 9, 10, 12, 17, 21], id="a loop that does not begin"),
        pytest.param((3,), ["early"], [8, 11, 12, 15, 17, 21], id="out of the middle"),
    ],
)
def test_each_branch_is_counted_by_its_line(
    monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...], answers: list[str], missed: list[int]
) -> None:
    """Also one that is not written, as of ``if`` without ``else``; the code does the same."""
    assert run_marked(monkeypatch, *numbers) == (answers, missed)


def test_a_killed_process_has_left_its_branches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the file from the moment they are taken, and the worst file is named first."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.py").write_text("def go():\n    return 1\n" * 10, encoding="utf-8")
    (package / "half.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "SOURCES", ["package"])
    folder = tmp_path / "measured"
    prepare.prepare(folder)
    program = (
        f"exec(open({in_process.__file__!r}).read(), {{}})\n"
        "import os, signal, package.half\n"
        "assert package.half.choose(1) == '1'\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {in_process.VARIABLE: str(folder), "PYTHONPATH": str(tmp_path)},
        check=False,
    )

    assert ended.returncode == -signal.SIGKILL
    total, *worst = describe(folder)
    assert worst[0].startswith("  0.0 % package/good.py: 2, 4")
    assert worst[1].endswith("% package/half.py: 10, 12, 15, 21")
    assert "branches; worst:" in total

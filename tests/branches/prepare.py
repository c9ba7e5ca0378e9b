"""``python -m tests.branches.prepare FOLDER``: compile the tree with marks, before the tests."""

from __future__ import annotations

import json
import marshal
import shutil
import site
import sys
from pathlib import Path

from tests.branches import in_process
from tests.branches.marks import compile_marked

ROOT = Path(__file__).resolve().parents[2]

SOURCES = ("jobs", "worker", "scripts")


def prepare(folder: Path) -> None:
    """Write the compiled modules, the lines of their branches and the empty map to `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "code").mkdir(parents=True)
    lines, first = {}, 0
    for path in sorted(file for name in SOURCES for file in (ROOT / name).rglob("*.py")):
        code, branches = compile_marked(path.read_text(encoding="utf-8"), str(path), first)
        compiled = in_process.compiled_path(str(folder), str(path))
        Path(compiled).write_bytes(marshal.dumps(code))
        lines[str(path.relative_to(ROOT))] = branches
        first += len(branches)
    (folder / "map").write_bytes(bytes(first))
    (folder / "lines.json").write_text(json.dumps(lines), encoding="utf-8")


def install_hook() -> None:
    """Have every interpreter of this environment measure where the variable is set."""
    packages = Path(site.getsitepackages()[0])
    shutil.copyfile(in_process.__file__, packages / "branch_coverage.py")
    (packages / "branch_coverage.pth").write_text(
        f"import os; {in_process.VARIABLE!r} in os.environ and __import__('branch_coverage')\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
    install_hook()

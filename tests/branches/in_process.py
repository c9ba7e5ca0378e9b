"""Run by a .pth file as each process starts: has it load the tree's modules as compiled with marks.

It imports next to nothing, because every process pays for it.
"""

from __future__ import annotations

import builtins
import marshal
import mmap
import os
from importlib.machinery import SourceFileLoader
from types import CodeType

VARIABLE = "COVERAGE_BRANCHES"
"""Names the folder with the byte map and the compiled modules; set by scripts/test.

Children of ours that inherit little get what begins with COVERAGE, too.
"""

NAME = "__branches__"
"""What the marks call the map; a builtin, so that every module finds it."""


def compiled_path(folder: str, source: str) -> str:
    """Return where in `folder` the compiled code of the file `source` lies."""
    return os.path.join(folder, "code", source.replace(os.sep, "%"))  # noqa: PTH118  # no pathlib yet


def load_marked() -> None:
    """Map the bytes into memory and load compiled modules from now on, where there are any."""
    folder = os.environ[VARIABLE]
    try:
        with open(os.path.join(folder, "map"), "r+b") as opened:  # noqa: PTH118, PTH123  # as above
            setattr(builtins, NAME, mmap.mmap(opened.fileno(), 0))
    except OSError:  # another user's process, or one that outlived the run
        return
    read_plain = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        try:
            with open(compiled_path(folder, self.path), "rb") as compiled:  # noqa: PTH123
                return marshal.load(compiled)
        except OSError:
            return read_plain(self, fullname)

    SourceFileLoader.get_code = get_code


if VARIABLE in os.environ:
    load_marked()

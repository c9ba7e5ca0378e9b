"""Run a program that ends when the process that started it ends, however that one ends.

    python -I -S parent_death.py PARENT_PID SIGNAL PROGRAM [ARGUMENT...]

The kernel keeps the watch (prctl's parent-death signal survives exec), so it holds for kill -9 too.
macOS has no such call: there a killed parent leaves its children, which its own stop would end.
A file of its own and not a ``preexec_fn``: that one may deadlock where threads run.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""


def end_with_parent(command: list[str], when_parent_dies: signal.Signals) -> list[str]:
    """Return the command line that runs `command` tied to this process.

    Args:
        command: Program with its whole path, and its arguments.
        when_parent_dies: What the program gets when this process ends. Start it from the main
            thread: the kernel watches the thread that starts it.
    """
    here = str(Path(__file__).resolve())
    launch = [sys.executable, "-I", "-S", here, str(os.getpid()), str(int(when_parent_dies))]
    return [*launch, *command]


def main(argv: list[str]) -> None:
    """Tie this process to its parent and become the program."""
    parent, signal_number, *command = argv
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number))
    if os.getppid() != int(parent):  # it ended before the watch was set
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the program is ours, without a shell on purpose


if __name__ == "__main__":
    main(sys.argv[1:])

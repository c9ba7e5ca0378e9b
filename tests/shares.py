"""Which tests one process of ``pytest -n 4`` makes one after another, and which go to any.

pytest-xdist's own way to say it, the mark ``xdist_group``, has no effect with pytest 9.2
(pytest-dev/pytest-xdist#1386).
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

IN_TIME = ("tests/browser/", "tests/faults/test_promptness.py")
"""What must be done in time: none of it beside another."""

REAL_MODEL = "_model.py"
"""How the names of files end whose tests compute with the real weights: one loads them for all."""

ONE_GATEWAY = ("tests/docs/test_examples.py", "tests/scripts/webapp/test_web_")

ONE_SERVER = "tests/faults/test_locked_doors.py"


class Shares(LoadScopeScheduling):
    """Gives each process the next share when it has nearly done its last."""

    def _split_scope(self, nodeid: str) -> str:
        return find_share(nodeid)


def find_share(nodeid: str) -> str:
    """Return the name of the share that a test belongs to; a module is one as a rule."""
    path = nodeid.partition("::")[0]
    if path.startswith(IN_TIME):
        return "in time"
    if path.endswith(REAL_MODEL):
        return "real model"
    if path.startswith(ONE_GATEWAY):
        return "one gateway"
    # They wait rather than compute, each on a server of its own.
    is_by_itself = path.startswith("tests/faults/") and path != ONE_SERVER
    return nodeid if is_by_itself else path

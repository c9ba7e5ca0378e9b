"""``ktts web`` with clocks that run out in a second, for the tests that wait for them."""

from __future__ import annotations

import sys

from scripts.commands.web import main
from scripts.webapp.guard.connections import BoundedConnection

if __name__ == "__main__":
    BoundedConnection.head_seconds = 1.0
    BoundedConnection.silent_seconds = 1.0
    BoundedConnection.stalled_seconds = 1.0
    sys.exit(main(sys.argv[1:]))

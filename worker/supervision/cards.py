"""Which card a worker runs on, where several share one or more: claimed in Redis by the parent.

The horse names the cards that it sees, by identities that hold across containers; the parent
answers with the one that the fewest living workers use. A card that then fails its proof is claimed
no more, and the horse asks again for one of the rest. Nothing has to be given back: a claim lives
in the worker's record, which ends with its heartbeat.
"""

from __future__ import annotations

from collections.abc import Sequence

import redis

from jobs.lua import load_script
from jobs.queue import keys
from jobs.queue.connection import as_text
from worker.supervision.pulse import LEASE_SECONDS


def claim_card(connection: redis.Redis, worker_name: str, cards: Sequence[str]) -> str:
    """Return the one of `cards`, the best first, that `worker_name` is to use from now on."""
    script = connection.register_script(load_script("claim_card"))
    chosen = script(keys=[keys.worker(worker_name), keys.WORKERS], args=[LEASE_SECONDS, *cards])
    return as_text(chosen)

"""The speed of this machine's last job, kept for `ktts doctor`."""

import json
import logging
from datetime import UTC, datetime

from jobs.request import SpeechResult
from jobs.settings import default_cache_dir

SPEED_FILE = "last-speed.json"
"""Its name in the cache directory."""

log = logging.getLogger(__name__)


def write_speed(result: SpeechResult) -> None:
    """Write the speed of `result` to the cache; an error there is only logged."""
    document = {
        "device": result.device,
        "real_time_factor": result.real_time_factor,
        "audio_seconds": result.audio_seconds,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = default_cache_dir() / SPEED_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    except OSError as exc:
        log.debug("cannot write the speed to %s: %s", path, exc)

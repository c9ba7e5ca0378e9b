"""Repeats a trial in a process of its own: ``python -m worker.speech.precision.repeat_trial JSON``.

The argument is ``{"settings", "device"}``; standard output is ``{"arithmetic", "is_tentative"}``.
"""

import json
import sys
from functools import partial

from worker.settings import WorkerSettings
from worker.speech.device.cores import count_cores
from worker.speech.device.device import resolve_device
from worker.speech.model.weights import check_model
from worker.speech.precision.precision import choose_precision
from worker.speech.precision.trial import confirm


def main(argument: str) -> int:
    """Repeat the trial that `argument` describes."""
    asked = json.loads(argument)
    settings = WorkerSettings.model_validate(asked["settings"])
    choice = choose_precision(
        settings,
        check_model(settings.model_dir),
        resolve_device(asked["device"]),
        threads=settings.threads or count_cores(),
        confirm=partial(confirm, again=True),
    )
    answer = {"arithmetic": choice.arithmetic, "is_tentative": choice.is_tentative}
    print(json.dumps(answer))  # noqa: T201  # the supervisor reads it
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

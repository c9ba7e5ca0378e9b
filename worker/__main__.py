"""Run one worker: settings, logs, then the supervisor.

Exit codes: 0 after SIGTERM or SIGINT (the running job went back to the front of its queue),
78 when the device or the model cannot be used.
"""

import argparse
import sys
from collections.abc import Sequence

from jobs.errors import SpeechError
from jobs.queue.connection import open_connection
from jobs.telemetry.logs import set_up_logging
from jobs.telemetry.spans import export_spans
from worker.settings import WorkerSettings
from worker.speech.model.weights import check_model
from worker.supervision.supervisor import Supervisor


def main(argv: Sequence[str] | None = None) -> int:
    """Read the settings and serve; return the exit code."""
    parser = argparse.ArgumentParser(prog="ktts worker", description="Run one worker.")
    parser.add_argument("--burst", action="store_true", help="end when nothing waits any more")
    arguments = parser.parse_args(argv)
    try:
        settings = WorkerSettings()
        set_up_logging(settings)
        if settings.uses_kokoro:
            # Fails at once; the model process checks too, but imports PyTorch first.
            check_model(settings.model_dir)
        # Few retries per command: the supervisor retries itself and sends heartbeats meanwhile.
        connection = open_connection(settings.redis_url, attempts=1)
        with export_spans("ktts-worker") as tracer:
            Supervisor(connection, settings, tracer).run(burst=arguments.burst)
    except SpeechError as exc:
        print(f"ktts worker: {exc}", file=sys.stderr)  # noqa: T201 - the process edge
        return exc.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

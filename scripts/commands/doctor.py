"""``ktts doctor``: the GPU compatibility report, and the state of model, Redis and volumes.

With ``--json`` the last line of stdout is one JSON document: ``{"device", "reason", "candidates",
"torch", "kernels", "model", "server", "volume", "fast_path"}``. ``--trial`` first tries faster
arithmetic against fp32 anew; workers go by what it finds when they start.

Exit codes, the gravest first:
    78  nothing could run: settings wrong, no usable device, or model missing, half or damaged
    74  output or work directory cannot be written
    69  Redis does not answer
    0   a worker can run; a GPU that falls back to the CPU is reported, and is no failure
"""

import json
from collections.abc import Sequence

from jobs.errors import StartupError
from scripts.console.screen import tell
from scripts.diagnosis.diagnosis import JSON_KEYS, diagnose
from scripts.diagnosis.gpu_report import write_report
from scripts.parsers import machine_parsers
from worker.settings import WorkerSettings
from worker.speech.device.probe import TorchProbe


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; return the exit code."""
    args = machine_parsers.doctor().parse_args(argv)
    wants_json = args.json
    try:
        settings = WorkerSettings()
    except StartupError as exc:
        reason = f"the settings are wrong: {exc}"
        tell(reason)
        if wants_json:
            print(json.dumps({**dict.fromkeys(JSON_KEYS), "reason": reason}))
        return StartupError.exit_code
    diagnosis = diagnose(settings, TorchProbe(), announce=tell if args.trial else None)
    if wants_json:
        print(json.dumps(diagnosis.as_json()))
    else:
        print("\n".join(write_report(diagnosis)))
    return diagnosis.exit_code

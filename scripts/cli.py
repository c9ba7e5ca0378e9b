"""``ktts``: one command for everything; each subcommand is a module of its own.

Exit codes, the same for every subcommand: 0 done, 1 cancelled, 2 wrong command line, 3 partly done
(some chapters failed), 65 the request is wrong, 66 a file of yours cannot be read, 68 no such job,
69 no queue server, 70 the job failed, 73 the output file exists, 74 a file could not be written,
75 try again later (queue full), 78 device, model, server or a setting cannot be used,
130 interrupted, 141 nobody reads the output.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

COMMANDS = {
    "speak": ("scripts.commands.speak", "speak a text and wait for the file"),
    "audiobook": ("scripts.commands.audiobook", "turn books into audiobooks"),
    "submit": ("scripts.commands.submit", "put texts into the queue and go"),
    "status": ("scripts.commands.status", "show the queue or one job"),
    "cancel": ("scripts.commands.cancel", "end jobs"),
    "retry": ("scripts.commands.retry", "submit failed jobs once more"),
    "lexicon": (
        "scripts.commands.lexicon",
        "list the words of a book that the lexicon does not know",
    ),
    "pronounce": ("scripts.commands.pronounce", "show how a text would be said"),
    "voices": ("scripts.commands.voices", "list the voices"),
    "up": ("scripts.commands.up", "run server and workers on this machine"),
    "worker": ("worker.__main__", "run one worker on the queue's server"),
    "janitor": ("worker.janitor.janitor", "bring back the jobs of dead workers"),
    "web": ("scripts.commands.web", "serve jobs over HTTP"),
    "metrics": ("scripts.commands.metrics", "print or serve metrics for Prometheus"),
    "doctor": ("scripts.commands.doctor", "report on device, model, server and volume"),
    "fetch-model": ("scripts.commands.fetch_model", "fetch the model's files"),
    "benchmark": ("scripts.commands.benchmark", "measure speed beside kokoro and kokoro-onnx"),
    "soak": ("scripts.commands.soak", "watch a worker's memory over many jobs"),
    "quality": ("scripts.commands.quality", "measure how well the speech can be understood"),
}

INTERRUPTED = 130
NOBODY_READS = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    module_name, _ = COMMANDS[_parse(arguments[:1])]
    from jobs.errors import JobFailed, SpeechError, find_error

    try:
        code: int = importlib.import_module(module_name).main(arguments[1:])
        sys.stdout.flush()
    except JobFailed as exc:
        return _complain(str(exc), find_error(exc.error_name).exit_code)
    except SpeechError as exc:
        return _complain(str(exc), exc.exit_code)
    except ModuleNotFoundError as exc:
        from scripts.console.extras import explain_missing, find_extra

        extra = find_extra(exc.name)
        if extra is None:
            raise
        return _complain(explain_missing(exc.name, extra), 78)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # What is still buffered would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    return code


def _parse(arguments: list[str]) -> str:
    parser = argparse.ArgumentParser(
        prog="ktts",
        description="Text to speech with Kokoro, through a queue that loses nothing.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = f"ktts {_read_version()}" if arguments == ["--version"] else ""
    parser.add_argument("--version", action="version", version=shown)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    command: str = parser.parse_args(arguments).command
    return command


def _read_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kokoro-tts-processor")
    except PackageNotFoundError:
        return "not installed; run from a checkout"


def _complain(message: str, code: int) -> int:
    from scripts.console.screen import tell

    tell(f"ktts: {' '.join(message.split())}")
    return code


if __name__ == "__main__":
    sys.exit(main())

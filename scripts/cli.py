"""``ktts``: one command for everything; each subcommand is a module of its own.

Exit codes, the same for every subcommand: 0 done, 1 cancelled, 2 wrong command line, 3 partly done
(some chapters failed), 65 the request is wrong, 66 a file of yours cannot be read, 68 no such job,
69 no queue server, 70 the job failed, 73 the output file exists, 74 a file could not be written,
75 try again later (queue full), 78 device, model, server or a setting cannot be used,
130 interrupted, 141 nobody reads the output.
"""

from collections.abc import Sequence

# Everything else is imported where it is used: Ctrl-C is answered from the first moment on, and
# help needs none of it.

EXAMPLES = """examples:
  ktts speak "Hello." --embedded -o hello.wav     without anything else that runs
  ktts up                                         queue and worker, in a terminal of their own
  ktts speak chapter.txt --format mp3             writes chapter.mp3
  ktts audiobook book.epub -o audiobooks          chapters, cover, captions
  ktts status --watch                             the queue, live

`ktts COMMAND --help` tells about one command; `ktts doctor` about this machine."""

INTERRUPTED = 130
NOBODY_READS = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return the exit code."""
    try:
        if argv is None:
            _speak_utf8()
        return _run(argv)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        import os
        import sys

        # What is still buffered would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


def _speak_utf8() -> None:
    """Start again in Python's UTF-8 mode where it took names of files and texts for ASCII."""
    import os
    import sys

    if sys.getfilesystemencoding() == "ascii" and not sys.flags.utf8_mode:
        environment = os.environ | {"PYTHONUTF8": "1"}  # of the programs that this one starts, too
        arguments = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        os.execve(sys.executable, arguments, environment)  # noqa: S606 - itself, no shell


def _run(argv: Sequence[str] | None) -> int:
    import sys
    from importlib import import_module

    from scripts.parsers.command_table import COMMANDS

    arguments = list(sys.argv[1:] if argv is None else argv)
    name = _read_name(arguments)
    module, parsers, _ = COMMANDS[name]
    if parsers and not {"-h", "--help"}.isdisjoint(arguments):
        make = getattr(import_module(f"scripts.parsers.{parsers}_parsers"), name.replace("-", "_"))
        make().parse_known_args(arguments[1:])  # ends here, unless it was a word of the text
    from jobs.errors import JobFailed, SpeechError, find_error

    try:
        code: int = import_module(module).main(arguments[1:])
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
    return code


def _read_name(arguments: list[str]) -> str:
    """Return the command that is named, and let ``ktts help NAME`` be ``ktts NAME --help``."""
    import argparse

    from scripts.parsers.command_table import COMMANDS
    from scripts.parsers.parser import Parser, suggest

    if arguments[:1] == ["help"] and arguments[1:]:
        arguments[:] = [*arguments[1:2], "--help"]
    elif arguments[:1] in ([], ["help"]):
        arguments[:] = ["--help"]
    if arguments[0] not in COMMANDS and not arguments[0].startswith("-"):
        Parser(prog="ktts").error(
            f"there is no command {arguments[0]}{suggest(arguments[0], COMMANDS)}"
        )
    parser = Parser(
        prog="ktts",
        description="Text to speech with Kokoro, through a queue that loses nothing.",
        epilog="\n\n".join((EXAMPLES, (__doc__ or "").partition("\n\n")[2])),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = ""
    if arguments == ["--version"]:
        from scripts.console.version import describe_version

        shown = describe_version()
    parser.add_argument("--version", action="version", version=shown)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (*_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose, add_help=False)
    command: str = parser.parse_args(arguments[:1]).command
    return command


def _complain(message: str, code: int) -> int:
    from scripts.console.screen import tell

    tell(f"ktts: {' '.join(message.split())}")
    return code


if __name__ == "__main__":
    import sys

    sys.exit(main())

"""``ktts completion``: print what completes commands and options in bash, zsh or fish.

For bash ``eval "$(ktts completion bash)"`` in ``~/.bashrc``; for zsh ``ktts completion zsh`` into a
file ``_ktts`` in a directory of ``$fpath``; for fish ``ktts completion fish`` into
``~/.config/fish/completions/ktts.fish``.

Exit codes: 0, or 2 for another shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from scripts.parsers import word_parsers
from scripts.parsers.command_table import COMMANDS
from scripts.parsers.parser import Parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the script."""
    import shtab

    shell = word_parsers.completion().parse_args(argv).shell
    print(shtab.complete(make_parser(), shell=shell))
    return 0


def make_parser() -> Parser:
    """Return one parser with the command lines of all commands."""
    parser = Parser(prog="ktts", description="Text to speech with Kokoro.")
    parser.add_argument("--version", action="store_true", help="show version, commit and model")
    commands = parser.add_subparsers(dest="command")
    for name, (_, home, purpose) in COMMANDS.items():
        parents = []
        if home:
            module = import_module(f"scripts.parsers.{home}_parsers")
            parents = [getattr(module, name.replace("-", "_"))()]
        commands.add_parser(name, help=purpose, parents=parents, add_help=False)
    return parser

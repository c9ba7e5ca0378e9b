"""A parser whose complaints are one line, with the word that was probably meant."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable
from typing import NoReturn

MAX_PORT = 65_535


class Parser(argparse.ArgumentParser):
    """Like argparse's own, for people who mistype."""

    def error(self, message: str) -> NoReturn:
        """End with 2 and one line; an unknown option is named with the nearest that is known."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            message = self._explain(unknown)
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` says more\n")

    def _explain(self, unknown: str) -> str:
        word = re.split("[ =]", unknown)[0]
        if not word.startswith("-"):
            return f"{unknown!r} is too much; put a text of several words into quotes"
        known = [option for action in self._actions for option in action.option_strings]
        return f"there is no option {word}{suggest(word, known)}"


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``, did you mean ...?`` for what is nearest to `word`, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""


def positive(text: str) -> int:
    """Read a whole number above 0, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def label(text: str) -> tuple[str, str]:
    """Read KEY=VALUE, for argparse."""
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, for example user=42")
    return key, value


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT, for argparse; brackets around an IPv6 host are taken off."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8880")
    return host.removeprefix("[").removesuffix("]"), int(port)


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument(
        "--json", action="store_true", help="last line of standard output is a JSON document"
    )

"""The command lines of what tells about words and voices: lexicon, pronounce, voices."""

from __future__ import annotations

from pathlib import Path

from scripts.parsers.parser import Parser, add_json_option, positive
from scripts.parsers.speech_parsers import add_reading_option


def lexicon() -> Parser:
    """Return the parser of ``ktts lexicon``."""
    parser = Parser(prog="ktts lexicon", description="Look after word lists.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    suggest_ = commands.add_parser("suggest", help="list the words that the lexicon does not know")
    suggest_.add_argument("books", nargs="+", type=Path, metavar="BOOK", help="book, or folder")
    suggest_.add_argument("--lang", help="en-us or en-gb (default: en-us)")
    suggest_.add_argument(
        "--top", type=positive, default=50, metavar="N", help="how many (default: %(default)s)"
    )
    suggest_.add_argument("-o", "--output", type=Path, help="write them as a word list")
    suggest_.add_argument("--overwrite", action="store_true", help="replace the word list")
    add_json_option(suggest_)
    return parser


def pronounce() -> Parser:
    """Return the parser of ``ktts pronounce``."""
    parser = Parser(
        prog="ktts pronounce", description="Show how a text would be said, without speaking it."
    )
    parser.add_argument(
        "text",
        nargs="?",
        default="-",
        metavar="TEXT",
        help="text, file, or - for standard input (default: -)",
    )
    parser.add_argument("--lang", default="en-us", help="language (default: %(default)s)")
    add_reading_option(parser)
    add_json_option(parser)
    return parser


def voices() -> Parser:
    """Return the parser of ``ktts voices``."""
    parser = Parser(prog="ktts voices", description="List the voices.")
    parser.add_argument("--lang", help="only this language, for example en-gb or j")
    add_json_option(parser)
    return parser


def completion() -> Parser:
    """Return the parser of ``ktts completion``."""
    parser = Parser(
        prog="ktts completion",
        description="Print what completes commands and options in a shell, for example "
        'eval "$(ktts completion bash)"',
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))
    return parser

"""The command lines of what runs until it is told to stop: up, web, metrics."""

from __future__ import annotations

from scripts.parsers.parser import Parser, address, positive
from scripts.parsers.speech_parsers import add_data_option

WEB_BY_SETTINGS = ("", 0)
"""What ``--web`` without an address stands for."""


def up() -> Parser:
    """Return the parser of ``ktts up``."""
    parser = Parser(prog="ktts up", description="Run server, janitor and workers on this machine.")
    parser.add_argument(
        "--workers",
        type=positive,
        help="model processes (default: one for every four cores, as memory allows)",
    )
    add_data_option(parser)
    parser.add_argument("--verbose", action="store_true", help="show all that they log")
    parser.add_argument(
        "--web",
        type=address,
        nargs="?",
        const=WEB_BY_SETTINGS,
        metavar="HOST:PORT",
        help="serve the page and the HTTP gateway too (without an address: 127.0.0.1:8880, or what "
        "KTTS_WEB_HOST and KTTS_WEB_PORT say)",
    )
    return parser


def web() -> Parser:
    """Return the parser of ``ktts web``."""
    parser = Parser(prog="ktts web", description="Serve jobs over HTTP.")
    parser.add_argument("--host", help="address to listen on (default: KTTS_WEB_HOST, or loopback)")
    parser.add_argument("--port", type=int, help="port; 0 takes a free one (default: 8880)")
    parser.add_argument("--root-path", help="path that it stands under behind a proxy")
    return parser


def metrics() -> Parser:
    """Return the parser of ``ktts metrics``."""
    parser = Parser(prog="ktts metrics", description="Print or serve metrics.")
    parser.add_argument(
        "--listen",
        type=address,
        metavar="HOST:PORT",
        help="answer HTTP requests there, for example 127.0.0.1:9108, from whoever can reach it",
    )
    return parser

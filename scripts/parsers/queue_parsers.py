"""The command lines of what looks at the queue and changes it: status, cancel, retry, webhooks."""

from __future__ import annotations

from scripts.parsers.parser import Parser, add_json_option


def status() -> Parser:
    """Return the parser of ``ktts status``."""
    parser = Parser(
        prog="ktts status", description="Show the queue, one job, or a book by chapters."
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="of a job or a book")
    parser.add_argument("--watch", action="store_true", help="follow it until it ends")
    parser.add_argument("--owner", metavar="NAME", help="of the queue, only this owner's")
    add_json_option(parser)
    return parser


def cancel() -> Parser:
    """Return the parser of ``ktts cancel``."""
    parser = Parser(prog="ktts cancel", description="End jobs and books.")
    parser.add_argument("ids", nargs="+", metavar="ID", help="of jobs or books")
    parser.add_argument("--force", action="store_true", help="do not wait for the chunk to end")
    parser.add_argument(
        "--keep-partial", action="store_true", help="keep what is done for a later submit"
    )
    add_json_option(parser)
    return parser


def retry() -> Parser:
    """Return the parser of ``ktts retry``."""
    parser = Parser(prog="ktts retry", description="Submit failed or cancelled jobs once more.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="of jobs or books")
    parser.add_argument("--failed", action="store_true", help="all jobs that have failed")
    add_json_option(parser)
    return parser


def webhooks() -> Parser:
    """Return the parser of ``ktts webhooks``."""
    parser = Parser(
        prog="ktts webhooks",
        description="Show the webhooks that are still to be sent or were given up.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "resend"), default="list")
    parser.add_argument("ids", nargs="*", metavar="ID", help="with resend: of those given up")
    parser.add_argument("--all", action="store_true", help="with resend: all that were given up")
    add_json_option(parser)
    return parser

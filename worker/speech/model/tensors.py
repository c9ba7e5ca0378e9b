"""Reads and writes the tensors of the model directory."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from jobs.errors import StartupError

VOICE_SHAPE = (510, 1, 256)
"""One style row per phoneme count, 1 to 510."""

# Prefix of all names in weights that were trained in parallel.
_PARALLEL_PREFIX = "module."


def save_state(state: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    """Write parameters as Kokoro publishes them: a dict of module name -> state dict.

    Equal parameters give equal bytes under the same PyTorch.
    """
    modules: dict[str, dict[str, torch.Tensor]] = {}
    for name, value in state.items():
        module, _, parameter = name.partition(".")
        modules.setdefault(module, {})[parameter] = torch.tensor(value)
    torch.save(modules, path)


def save_voice(style: NDArray[np.float32], path: Path) -> None:
    """Write the style rows of one voice, float32 (510, 1, 256)."""
    torch.save(torch.tensor(style), path)


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """Read parameters by their full names.

    Raises:
        StartupError: the file is not a dict of module name -> state dict.
    """
    modules = _load(path)
    if not isinstance(modules, dict):
        raise StartupError(f"{path} holds no model; run `ktts fetch-model`")
    return {
        f"{module}.{name.removeprefix(_PARALLEL_PREFIX)}": value
        for module, state in modules.items()
        for name, value in state.items()
    }


def load_voice(path: Path) -> torch.Tensor:
    """Read the style rows of one voice, float32 (510, 1, 256).

    Raises:
        StartupError: the file holds something else.
    """
    style = _load(path)
    if not isinstance(style, torch.Tensor) or tuple(style.shape) != VOICE_SHAPE:
        raise StartupError(f"{path} holds no voice of shape {VOICE_SHAPE}; run `ktts fetch-model`")
    return style.float()


def _load(path: Path) -> object:
    try:
        content: object = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as exc:
        reason = str(exc).partition("\n")[0]
        raise StartupError(f"{path} cannot be read ({reason}); run `ktts fetch-model`") from exc
    return content

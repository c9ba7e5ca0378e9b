"""Writes Kokoro's parameters and voices in Kokoro's own formats."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.model.onnx_weights import convert_graph
from worker.speech.model.network import parameter_shapes
from worker.speech.model.tensors import save_state, save_voice
from worker.speech.model.weights import load_config


class KokoroWriter:
    """The real `TensorWriter`; importing it loads PyTorch."""

    def write_weights(self, graph: Path, config: Path, target: Path) -> None:
        """Convert the int8 graph to Kokoro's own format."""
        shapes = parameter_shapes(load_config(config.parent))
        save_state(convert_graph(graph, shapes), target)

    def write_voice(self, style: NDArray[np.float32], target: Path) -> None:
        """Write the style rows of one voice."""
        save_voice(style, target)

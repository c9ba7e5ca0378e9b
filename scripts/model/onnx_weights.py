"""Kokoro's parameters out of the int8 ONNX graph that package registries carry.

The graph came from dynamic quantization, which keeps the module paths in its names, so each
parameter can be read back as ``(q - zero_point) * scale``. What int8 rounded away stays lost.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.errors import StartupError

Array = NDArray[np.float32]
Named = Iterator[tuple[str, Array]]

# Graph path -> path in the model; the first match counts.
_PATHS = (
    (r"^decoder\.decoder\.asr_res\.asr_res\.0", "decoder.asr_res.0"),
    (r"^decoder\.decoder\.", "decoder."),
    (r"^encoder\.text_encoder\.cnn\.(\d)\.cnn\.\d\.(\d)", r"text_encoder.cnn.\1.\2"),
    (r"^encoder\.(bert|bert_encoder|text_encoder|predictor)\b", r"\1"),
    (r"^encoder\.(F0|N|F0_proj|N_proj|shared)\b", r"predictor.\1"),
)

# The graph quantized all embeddings with one zero point and stored it under this name.
_EMBEDDING_ZERO_POINT = "encoder.bert.embeddings.word_embeddings.weight_zero_point"

# Blocks of an LSTM's rows: ONNX writes input, output, forget, cell; torch input, forget, cell,
# output.
_GATES = (0, 2, 3, 1)


def convert_graph(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Rebuild every parameter in `shapes` from the graph at `path`.

    Weight norm is folded in the graph: ``weight_v`` gets the weight and ``weight_g`` its norm.
    The scale and shift of the instance norms (never trained) are ones and zeros, and BERT's pooler
    (never called) is zeros: the graph has neither.

    Raises:
        StartupError: a parameter is missing in the graph, or has another shape.
    """
    found = dict(_read_graph(path))
    state: dict[str, Array] = {}
    for name, shape in shapes.items():
        value = _parameter(name, shape, found)
        if value is None or value.shape != shape:
            seen = "nothing" if value is None else f"shape {value.shape}"
            raise StartupError(
                f"{path.name} does not fit this model: {name} needs shape {shape}, found {seen}; "
                "install the kokoro release that this project pins"
            )
        state[name] = np.ascontiguousarray(value, dtype=np.float32)
    return state


def _parameter(name: str, shape: tuple[int, ...], found: Mapping[str, Array]) -> Array | None:
    if name in found:
        return found[name]
    folded = name.removesuffix("_v").removesuffix("_g")
    if folded != name and folded in found:
        norm = _norm(found[folded])
        # int8 rounded a few channels to nothing. Their direction is any but zero, or folding
        # would divide by it and make the whole model speak NaN.
        return norm if name.endswith("_g") else np.where(norm == 0, np.float32(1), found[folded])
    if name.endswith(".norm.weight"):
        return np.ones(shape, np.float32)
    if name.endswith(".norm.bias") or name.startswith("bert.pooler."):
        return np.zeros(shape, np.float32)
    return None


def _norm(weight: Array) -> Array:
    # In double precision, so that every machine rounds to the same float32.
    axes = tuple(range(1, weight.ndim))
    squares = np.square(weight.astype(np.float64)).sum(axis=axes, keepdims=True)
    return np.asarray(np.sqrt(squares), np.float32)


def _read_graph(path: Path) -> Named:
    import onnx

    graph = onnx.load(path).graph
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for name, value in values.items():
        if name.startswith(("encoder.", "decoder.")) and value.dtype == np.float32:
            yield _model_path(name), value
    for node in graph.node:
        yield from _read_node(node, values)


def _read_node(node: Any, values: Mapping[str, Any]) -> Named:
    weight = next((name for name in node.input[1:2] if name in values), "")
    if node.op_type == "ConvInteger":
        yield _weight_path(node), _dequantize(values, weight, node.input[3])
    elif node.op_type == "MatMulInteger" and weight:
        yield _weight_path(node), _dequantize(values, weight, node.input[3]).T
    elif node.op_type == "Gather" and node.name.endswith("_quant"):
        table = node.input[0]
        name = _model_path(table.removesuffix("_quantized"))
        yield name, _dequantize(values, table, _EMBEDDING_ZERO_POINT)
    elif node.op_type == "MatMul" and "l_linear" in node.name:
        yield _weight_path(node), values[weight].T
    elif node.op_type in {"Conv", "ConvTranspose"} and weight:
        yield _weight_path(node), values[weight]
    elif node.op_type == "DynamicQuantizeLSTM":
        yield from _read_lstm(node, values)


def _read_lstm(node: Any, values: Mapping[str, Any]) -> Named:
    base = _model_path(node.name.rpartition("/")[0])
    inputs = [values[name] for name in node.input[1:4]]
    input_scale, input_zero, hidden_scale, hidden_zero = (values[n] for n in node.input[8:12])
    for direction, suffix in enumerate(("", "_reverse")):
        from_input, from_hidden, bias = (array[direction] for array in inputs)
        weight_ih = _real(from_input, input_scale[direction], input_zero[direction]).T
        weight_hh = _real(from_hidden, hidden_scale[direction], hidden_zero[direction]).T
        bias_ih, bias_hh = np.split(bias, 2)
        yield f"{base}.weight_ih_l0{suffix}", _reorder_gates(weight_ih)
        yield f"{base}.weight_hh_l0{suffix}", _reorder_gates(weight_hh)
        yield f"{base}.bias_ih_l0{suffix}", _reorder_gates(bias_ih)
        yield f"{base}.bias_hh_l0{suffix}", _reorder_gates(bias_hh)


def _reorder_gates(rows: Array) -> Array:
    blocks = np.split(rows, 4)
    return np.concatenate([blocks[gate] for gate in _GATES])


def _dequantize(values: Mapping[str, Any], name: str, zero_point: str) -> Array:
    scale = values[name.removesuffix("_quantized") + "_scale"]
    return _real(values[name], scale, values[zero_point])


def _real(quantized: NDArray[Any], scale: Any, zero_point: Any) -> Array:
    centred = quantized.astype(np.float32) - np.asarray(zero_point, np.float32)
    return centred * np.asarray(scale, np.float32)


def _model_path(graph_path: str) -> str:
    path = graph_path.strip("/").replace("/", ".")
    for pattern, replacement in _PATHS:
        path, count = re.subn(pattern, replacement, path)
        if count:
            break
    return path


def _weight_path(node: Any) -> str:
    module = re.sub(r"/(Gemm_)?(MatMul|ConvTranspose|Conv)(_quant)?$", "", node.name)
    return f"{_model_path(module)}.weight"

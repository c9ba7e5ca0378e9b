from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from jobs.errors import StartupError
from scripts.model.onnx_weights import convert_graph

HIDDEN = 2


def quantize(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], np.float32]:
    """Do what made the graph: symmetric int8 with one scale."""
    scale = np.float32(np.abs(values).max() / 127)
    return np.round(values / scale).astype(np.int8), scale


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Return a graph with one node of each kind that Kokoro's has."""
    tensors: dict[str, NDArray] = {"zero": np.int8(0), "noise": np.float32(3)}

    def add(name: str, values: NDArray) -> None:
        tensors[f"{name}_quantized"], tensors[f"{name}_scale"] = quantize(values)

    conv = np.full((3, 2, 1), 0.5, np.float32)
    conv[2] = 0
    add("conv", conv)
    add("linear", np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32))
    add("encoder.text_encoder.embedding.weight", np.array([[1.0, -1.0]], np.float32))
    tensors["encoder.bert.embeddings.word_embeddings.weight_zero_point"] = np.int8(0)
    tensors["decoder.decoder.encode.conv1.bias"] = np.array([7, 8, 9], np.float32)
    tensors["up"] = np.array([[[1.5]]], np.float32)
    gates = np.repeat(np.array([1, 2, 3, 4], np.float32), HIDDEN)  # input, output, forget, cell
    tensors["w"] = np.tile(gates, (2, 3, 1)).astype(np.int8)
    tensors["r"] = np.tile(gates, (2, HIDDEN, 1)).astype(np.int8)
    tensors["b"] = np.tile(np.concatenate([gates, gates * 10]), (2, 1)).astype(np.float32)
    tensors["ones"], tensors["zeros"] = np.ones(2, np.float32), np.zeros(2, np.int8)
    nodes = [
        ("ConvInteger", "/decoder/decoder/encode/conv1/Conv_quant", "x conv_quantized z zero"),
        ("MatMulInteger", "/encoder/bert_encoder/MatMul_quant", "x linear_quantized z zero"),
        ("ConvTranspose", "/encoder/F0.1/pool/ConvTranspose", "x up"),
        (
            "Gather",
            "/encoder/text_encoder/embedding/Gather_quant",
            "encoder.text_encoder.embedding.weight_quantized x",
        ),
        (
            "DynamicQuantizeLSTM",
            "/encoder/shared/LSTM_quant",
            "x w r b l h c p ones zeros ones zeros",
        ),
    ]
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node(kind, inputs.split(" "), [name], name=name)
                for kind, name, inputs in nodes
            ],
            "tiny",
            [],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()],
        )
    )
    path = tmp_path / "tiny.onnx"
    onnx.save(model, path)
    return path


def test_weights_come_back_from_int8(graph: Path) -> None:
    """Convolutions, linear layers and embeddings are real = (q - zero point) * scale."""
    state = convert_graph(
        graph,
        {
            "bert_encoder.weight": (2, 3),
            "text_encoder.embedding.weight": (1, 2),
            "decoder.encode.conv1.bias": (3,),
        },
    )

    expected = np.array([[1, 3, 5], [2, 4, 6]], np.float32)
    np.testing.assert_allclose(state["bert_encoder.weight"], expected, atol=6 / 127)
    np.testing.assert_allclose(state["text_encoder.embedding.weight"], [[1, -1]])
    np.testing.assert_array_equal(state["decoder.encode.conv1.bias"], [7, 8, 9])


def test_folded_weight_norm_is_split_again(graph: Path) -> None:
    """The weight is g * v / |v|, also for a channel that int8 rounded to nothing."""
    state = convert_graph(
        graph,
        {
            "decoder.encode.conv1.weight_g": (3, 1, 1),
            "decoder.encode.conv1.weight_v": (3, 2, 1),
            "predictor.F0.1.pool.weight_v": (1, 1, 1),
        },
    )

    size, direction = state["decoder.encode.conv1.weight_g"], state["decoder.encode.conv1.weight_v"]
    weight = size * direction / np.linalg.norm(direction, axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(weight[:2], np.full((2, 2, 1), 0.5), rtol=1e-6)
    np.testing.assert_array_equal(weight[2], np.zeros((2, 1)))
    np.testing.assert_array_equal(state["predictor.F0.1.pool.weight_v"], [[[1.5]]])


def test_lstm_gates_are_put_into_torchs_order(graph: Path) -> None:
    """ONNX writes input, output, forget, cell; torch reads input, forget, cell, output."""
    state = convert_graph(
        graph,
        {
            "predictor.shared.weight_ih_l0": (8, 3),
            "predictor.shared.weight_hh_l0_reverse": (8, 2),
            "predictor.shared.bias_ih_l0": (8,),
            "predictor.shared.bias_hh_l0_reverse": (8,),
        },
    )

    order = np.repeat(np.array([1, 3, 4, 2], np.float32), HIDDEN)
    np.testing.assert_array_equal(state["predictor.shared.weight_ih_l0"][:, 0], order)
    np.testing.assert_array_equal(state["predictor.shared.weight_hh_l0_reverse"][:, 1], order)
    np.testing.assert_array_equal(state["predictor.shared.bias_ih_l0"], order)
    np.testing.assert_array_equal(state["predictor.shared.bias_hh_l0_reverse"], order * 10)


def test_what_was_never_trained_is_filled_in(graph: Path) -> None:
    """Instance norms scale by one and shift by nothing; the pooler is never called."""
    state = convert_graph(
        graph,
        {
            "decoder.encode.norm1.norm.weight": (2,),
            "decoder.encode.norm1.norm.bias": (2,),
            "bert.pooler.weight": (2, 2),
        },
    )

    np.testing.assert_array_equal(state["decoder.encode.norm1.norm.weight"], [1, 1])
    np.testing.assert_array_equal(state["decoder.encode.norm1.norm.bias"], [0, 0])
    np.testing.assert_array_equal(state["bert.pooler.weight"], np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("name", "shape", "found"),
    [
        ("decoder.encode.conv2.weight_v", (3, 2, 1), "found nothing"),
        ("decoder.encode.conv2.bias", (3,), "found nothing"),
        ("bert_encoder.weight", (3, 2), r"found shape \(2, 3\)"),
    ],
    ids=["weight", "bias", "shape"],
)
def test_a_parameter_that_is_not_there_stops_the_conversion(
    graph: Path, name: str, shape: tuple[int, ...], found: str
) -> None:
    """Nothing but the named exceptions may be made up."""
    with pytest.raises(StartupError, match=rf"{name} needs shape .*{found}"):
        convert_graph(graph, {name: shape})

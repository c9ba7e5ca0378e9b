"""ALBERT, the phoneme encoder of Kokoro: one layer, applied twelve times.

Names of parameters and results are those of the transformers package, whose import takes several
seconds, most of a worker's start.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True)
class AlbertConfig:
    """Sizes, with the defaults that Kokoro's configuration relies on."""

    vocab_size: int
    hidden_size: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    num_hidden_layers: int
    dropout: float = 0.0
    """In training only."""
    embedding_size: int = 128
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12


@dataclass(frozen=True, slots=True)
class AlbertOutput:
    """What the encoder returns."""

    last_hidden_state: torch.Tensor
    """(1, tokens, hidden)."""


class AlbertModel(nn.Module):  # type: ignore[misc]  # torch is not followed
    """The encoder, for one sequence without padding."""

    def __init__(self, config: AlbertConfig) -> None:
        """Create the parameters; the weights file fills them."""
        super().__init__()
        self.config = config
        self.embeddings = _Embeddings(config)
        self.encoder = _Encoder(config)
        # The published weights contain a pooler, which is never called.
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size)
        nn.init.zeros_(self.pooler.weight)
        nn.init.zeros_(self.pooler.bias)

    @property
    def device(self) -> torch.device:
        """The parameters' device, for kokoro's own code."""
        return self.pooler.weight.device

    def forward(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> AlbertOutput:
        """Encode tokens.

        Args:
            ids: int64, (1, tokens).
            attention_mask: (1, tokens), all ones: Kokoro never pads.
        """
        del attention_mask
        return AlbertOutput(self.encoder(self.embeddings(ids)))


class _Embeddings(nn.Module):  # type: ignore[misc]  # torch is not followed
    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        size = config.embedding_size
        self.word_embeddings = nn.Embedding(config.vocab_size, size)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, size)
        self.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        words = self.word_embeddings(ids) + self.token_type_embeddings.weight[0]
        normed: torch.Tensor = self.LayerNorm(
            words + self.position_embeddings.weight[: ids.shape[1]]
        )
        return normed


class _Encoder(nn.Module):  # type: ignore[misc]  # torch is not followed
    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.repetitions = config.num_hidden_layers
        self.embedding_hidden_mapping_in = nn.Linear(config.embedding_size, config.hidden_size)
        group = nn.Module()
        group.albert_layers = nn.ModuleList([_Layer(config)])
        self.albert_layer_groups = nn.ModuleList([group])

    def forward(self, embedded: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.embedding_hidden_mapping_in(embedded)
        layer = self.albert_layer_groups[0].albert_layers[0]
        for _ in range(self.repetitions):
            hidden = layer(hidden)
        return hidden


class _Layer(nn.Module):  # type: ignore[misc]  # torch is not followed
    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.full_layer_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attention = _Attention(config)
        self.ffn = nn.Linear(config.hidden_size, config.intermediate_size)
        self.ffn_output = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        attended = self.attention(hidden)
        inner = functional.gelu(self.ffn(attended), approximate="tanh")
        normed: torch.Tensor = self.full_layer_layer_norm(self.ffn_output(inner) + attended)
        return normed


class _Attention(nn.Module):  # type: ignore[misc]  # torch is not followed
    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads = config.num_attention_heads
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)
        self.dense = nn.Linear(size, size)
        self.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            projection(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projection in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        normed: torch.Tensor = self.LayerNorm(hidden + self.dense(mixed.transpose(1, 2).flatten(2)))
        return normed

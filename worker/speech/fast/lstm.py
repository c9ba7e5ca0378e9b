"""Kokoro's LSTMs for a CPU: the same results, computed over lengths that are rounded up.

oneDNN prepares an LSTM for every new length, which takes 1 ms and keeps 0.3 MB, and hardly two
chunks have the same length. Steps after the last one cannot change earlier results as long as each
direction runs by itself; one LSTM with two directions would read the padding first.
"""

from typing import Any

import torch

from worker.speech.fast.padding import pad_rows, round_up

_STEP = 16
"""Lengths, in tokens or frames, are rounded up to a multiple of this."""
_DIRECTIONS = ("", "_reverse")
"""Suffixes of the parameters of `torch.nn.LSTM`."""


class PaddedLstm(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
    """Replaces a bidirectional `torch.nn.LSTM` of one layer, for a batch of one."""

    def __init__(self, lstm: torch.nn.LSTM) -> None:
        """Copy the parameters."""
        super().__init__()
        self.directions = torch.nn.ModuleList(_take_direction(lstm, end) for end in _DIRECTIONS)

    def forward(self, states: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return (1, steps, 2 * hidden) for (1, steps, channels), and no final state."""
        forward, backward = self.directions
        results = _run(forward, states), _run(backward, states.flip(1)).flip(1)
        return torch.cat(results, dim=-1), None


def replace_lstms(part: Any) -> None:
    """Replace every bidirectional LSTM inside `part` by a `PaddedLstm`."""
    for module in list(part.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.LSTM) and child.bidirectional:
                setattr(module, name, PaddedLstm(child))


def _run(lstm: Any, states: torch.Tensor) -> torch.Tensor:
    padded = round_up(states.shape[1], _STEP)
    found: torch.Tensor = lstm(pad_rows(states, padded))[0]
    return found[:, : padded.frames]


def _take_direction(lstm: torch.nn.LSTM, end: str) -> torch.nn.LSTM:
    """Return one direction of `lstm` by itself."""
    single = torch.nn.LSTM(lstm.input_size, lstm.hidden_size, batch_first=True)
    parameters = {name: getattr(lstm, f"{name}{end}") for name, _ in single.named_parameters()}
    single.load_state_dict(parameters)
    return single.eval()

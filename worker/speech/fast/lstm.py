"""Kokoro's LSTMs for a CPU: the same numbers, over lengths that are rounded up.

oneDNN prepares an LSTM for every length that it has not seen, 1 ms each and 0.3 MB that it keeps,
and no two chunks are equally long. What comes after the last step cannot reach back, so each
direction may run on past it; read backwards by one LSTM with two directions it could.
"""

from __future__ import annotations

from typing import Any

import torch

from worker.speech.fast.padding import pad_rows, round_up

_STEP = 16
"""Of tokens or frames."""
_DIRECTIONS = ("", "_reverse")
"""As `torch.nn.LSTM` ends the names of their parameters."""


class PaddedLstm(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
    """Stands in for a `torch.nn.LSTM` of one layer with two directions, for a batch of one."""

    def __init__(self, lstm: torch.nn.LSTM) -> None:
        """Take the parameters over."""
        super().__init__()
        self.directions = torch.nn.ModuleList(_take_direction(lstm, end) for end in _DIRECTIONS)

    def forward(self, states: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return (1, steps, 2 * hidden) for (1, steps, channels); and no last state."""
        ahead, back = self.directions
        heard, foretold = _run(ahead, states), _run(back, states.flip(1)).flip(1)
        return torch.cat([heard, foretold], dim=-1), None


def replace_lstms(part: Any) -> None:
    """Put a `PaddedLstm` in the place of every LSTM inside `part` that has none yet."""
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

"""Filling the model directory. All that touches the network is here; nothing in `worker` can."""

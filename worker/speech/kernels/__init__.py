"""The sweep between two convolutions of the vocoder: in C where it can be, in PyTorch elsewhere."""

"""Measuring speed and memory: this product as a user gets it, beside its peers."""

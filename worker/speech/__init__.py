"""Device, weights and model; the only package that imports torch."""

"""For a machine with a CUDA card: tests, measurements, and parcels where it has no network."""

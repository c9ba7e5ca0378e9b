"""How a worker's memory grows over many jobs."""

"""What ``scripts/container_check`` does with a real Docker engine; it imports jobs alone."""

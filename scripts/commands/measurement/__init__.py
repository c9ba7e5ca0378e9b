"""Commands that measure this installation: speed, memory, quality."""

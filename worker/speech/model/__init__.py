"""Kokoro's weights and network."""

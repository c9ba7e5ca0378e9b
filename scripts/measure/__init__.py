"""Measurements of speed, memory and quality; no other code uses them."""

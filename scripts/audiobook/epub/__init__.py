"""Reads EPUB."""

"""Submits a planned book, watches it and delivers its files."""

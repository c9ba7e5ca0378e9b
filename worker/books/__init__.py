"""Assembles the files of a book from finished parts: samples, tags, loudness, captions."""

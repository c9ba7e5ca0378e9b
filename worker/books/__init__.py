"""Finished parts become the files of a book: assembly, tags, loudness, captions."""

"""Writes a book back as an EPUB whose sentences can be highlighted while they are heard."""

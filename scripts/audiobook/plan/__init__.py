"""From a book to its manifest: chapters, voices, parts."""

"""One request becomes one file: segments, journal, output, encoding."""

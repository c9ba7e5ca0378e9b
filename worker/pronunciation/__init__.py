"""Text to phonemes for nine languages, and chunks that the model can take."""

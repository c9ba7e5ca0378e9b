"""From the text as written to chunks of phonemes that the model can speak."""

"""Rules of text that producers and workers share: normalising, sentence ends, pauses, markup."""

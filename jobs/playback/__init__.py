"""What is heard and when: journal, samples, timings, captions, audio while it is made."""

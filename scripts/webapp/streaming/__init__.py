"""Answers that begin before their job has ended: audio, events."""

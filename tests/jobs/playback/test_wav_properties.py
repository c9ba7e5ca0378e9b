from __future__ import annotations

import io
import struct

import numpy as np
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from jobs.playback.wav import wav_header, write_wav
from worker.render.segments import FADE_SAMPLES, finish_segment

SAMPLES = st.lists(st.integers(-32_768, 32_767), max_size=40).map(
    lambda values: struct.pack(f"<{len(values)}h", *values)
)
LIMITS = st.integers(-1, 200)


@given(segments=st.lists(SAMPLES, max_size=6), limit=LIMITS)
def test_written_in_segments_is_written_at_once(segments: list[bytes], limit: int) -> None:
    """The file does not depend on the pieces in which its samples came."""
    pcm = b"".join(segments)
    in_segments, at_once = io.BytesIO(), io.BytesIO()

    write_wav(in_segments, segments, len(pcm) // 2, limit=limit)
    write_wav(at_once, [pcm], len(pcm) // 2, limit=limit)

    assert in_segments.getvalue() == at_once.getvalue()


@given(pcm=SAMPLES, limit=LIMITS)
def test_the_sizes_in_the_header_are_exact_and_even(pcm: bytes, limit: int) -> None:
    """RIFF and data size are what a reader will find, in RIFF and in RF64."""
    file = io.BytesIO()
    write_wav(file, [pcm], len(pcm) // 2, limit=limit)
    raw = file.getvalue()

    if raw[:4] == b"RIFF":
        riff_bytes, data_bytes = (*struct.unpack("<I", raw[4:8]), *struct.unpack("<I", raw[40:44]))
        assert riff_bytes <= limit
    else:
        riff_bytes, data_bytes, sample_count = struct.unpack("<QQQ", raw[20:44])
        assert sample_count == len(pcm) // 2
    assert riff_bytes == len(raw) - 8
    assert data_bytes == len(pcm)
    assert len(raw) % 2 == 0


@given(segments=st.lists(SAMPLES, max_size=6), limit=st.sampled_from([-1, 0xFFFF_FFFF]))
def test_what_was_written_is_read_back(segments: list[bytes], limit: int) -> None:
    """Another reader finds the very samples, and no more."""
    pcm = b"".join(segments)
    file = io.BytesIO()
    write_wav(file, segments, len(pcm) // 2, limit=limit)
    file.seek(0)

    samples, _ = soundfile.read(file, dtype="int16")

    assert samples.astype("<i2").tobytes() == pcm


@given(data_bytes=st.integers(0, 2**50).map(lambda number: number * 2))
def test_no_length_is_too_long_for_a_header(data_bytes: int) -> None:
    """The header's own length is even and no field overflows."""
    assert len(wav_header(data_bytes)) in {44, 80}


@given(values=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300))
def test_samples_survive_within_one_step(values: list[float]) -> None:
    """From float to int16 and back no sample moves by more than one step, fades left out."""
    samples = np.array([1.0, *values, 1.0], dtype=np.float32)

    pcm = np.frombuffer(finish_segment(samples).pcm, dtype="<i2")

    inner = slice(FADE_SAMPLES, max(FADE_SAMPLES, samples.size - FADE_SAMPLES))
    assert np.abs(pcm[inner] / 32_767 - samples[inner]).max(initial=0) <= 1 / 32_768

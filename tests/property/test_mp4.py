from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.muxing import mux_flatly, mux_plainly

SPEECH = st.tuples(st.integers(1, 2_000), st.just(1_024) | st.integers(64, 2_048))
HUGE = st.tuples(st.integers(2**18, 2**20), st.just(1_024))
LONG = st.tuples(st.integers(8_000, 9_000), st.integers(2**28, 2**30))
"""Size and duration of a packet; none makes a bit rate that 32 bits cannot state."""


@settings(max_examples=50, deadline=None)
@given(packets=st.lists(SPEECH | HUGE | LONG, min_size=1, max_size=20))
def test_any_packets_make_the_file_of_ffmpeg(packets: list[tuple[int, int]]) -> None:
    """Whatever their number, sizes and times are, the outline becomes ffmpeg's own bytes."""
    sizes, durations = map(list, zip(*packets, strict=True))
    with tempfile.TemporaryDirectory() as directory:
        flat, plain = Path(directory) / "flat", Path(directory) / "plain"
        mux_flatly(flat, sizes, durations)
        mux_plainly(plain, sizes, durations)

        assert flat.read_bytes() == plain.read_bytes()

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from jobs.errors import InputError
from jobs.formats import AUDIO_BOOK_FORMATS, BookFormat
from tests.builders.finished_book import make_picture
from worker.books.book_file import write_book_file
from worker.books.tags import BookLabel, ChapterSpan, clean_tag, open_cover

BLOCK = (8_000 * np.sin(np.arange(24_000) * 0.05)).astype("<i2").tobytes()
LABEL = BookLabel(title="One", album="The Book", artist="Author", language="eng", track="3/24")
PACKED = [name for name in AUDIO_BOOK_FORMATS if name != "wav"]


def make_jpeg() -> bytes:
    """Return a small JPEG file."""
    frame = av.VideoFrame.from_ndarray(np.full((8, 16, 3), 90, dtype=np.uint8), format="rgb24")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 16, 8, "yuvj420p"
    encoder.time_base = Fraction(1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def spans(count: int, samples: int = 72_000) -> tuple[ChapterSpan, ...]:
    """Return chapters of equal length."""
    return tuple(
        ChapterSpan(f"Title {n}", samples * n // count, samples * (n + 1) // count)
        for n in range(count)
    )


@pytest.mark.parametrize("seconds", [0.001, 0.5, 1, 3.217])
@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_a_file_is_as_long_as_its_samples(
    tmp_path: Path, book_format: BookFormat, seconds: float
) -> None:
    """Neither the encoder's delay nor its last frame makes a file longer or shorter."""
    pcm = (BLOCK * 4)[: round(seconds * 24_000) * 2]

    write_book_file(tmp_path / "one", [pcm], len(pcm) // 2, book_format, LABEL)

    with av.open(str(tmp_path / "one")) as file:
        delay = 312 / 48_000 if book_format == "opus" else 0  # libopus' pre-skip, in its header
        assert file.duration / av.time_base == pytest.approx(seconds + delay, abs=0.001)


@pytest.mark.parametrize("book_format", PACKED)
def test_what_is_heard_is_in_time(tmp_path: Path, book_format: BookFormat) -> None:
    """A click is found at its sample's place, within 2 ms: captions and chapters fit."""
    samples = np.zeros(48_000, dtype="<i2")
    samples[24_000:24_100] = 20_000

    write_book_file(tmp_path / "one", [samples.tobytes()], 48_000, book_format, LABEL)

    with av.open(str(tmp_path / "one")) as file:
        frames = list(file.decode(audio=0))
    values = np.concatenate([np.abs(f.to_ndarray().astype(float)).max(axis=0) for f in frames])
    first = np.flatnonzero(values > values.max() / 2)[0] / frames[0].sample_rate
    assert first == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize("book_format", PACKED)
@pytest.mark.parametrize("make", [make_picture, make_jpeg])
def test_covers_keep_their_bytes(tmp_path: Path, book_format: BookFormat, make: object) -> None:
    """JPEG and PNG are carried along as they are, marked as the cover."""
    picture = make()  # type: ignore[operator]
    label = replace(LABEL, cover=open_cover(picture))

    write_book_file(tmp_path / "one", [BLOCK], 24_000, book_format, label)

    with av.open(str(tmp_path / "one")) as file:
        [stream] = file.streams.video
        assert stream.disposition & av.stream.Disposition.attached_pic
        assert bytes(next(file.demux(stream))) == picture


@pytest.mark.parametrize("book_format", PACKED)
def test_hundreds_of_chapters_keep_their_titles(tmp_path: Path, book_format: BookFormat) -> None:
    """More than the 255 that one of the MP4 lists can hold."""
    label = replace(LABEL, chapters=spans(300))

    write_book_file(tmp_path / "one", [BLOCK] * 3, 72_000, book_format, label)

    with av.open(str(tmp_path / "one")) as file:
        found = file.chapters()
    assert [mark["metadata"]["title"] for mark in found] == [f"Title {n}" for n in range(300)]
    starts = [float(mark["start"] * mark["time_base"]) for mark in found]
    assert starts == pytest.approx([span.start_sample / 24_000 for span in spans(300)], abs=0.001)


def test_an_m4b_says_that_it_is_an_audiobook(tmp_path: Path) -> None:
    """Brand, kind and language are what players sort by; the index comes first, to be streamed."""
    write_book_file(tmp_path / "one", [BLOCK], 24_000, "m4b", LABEL)

    raw = (tmp_path / "one").read_bytes()
    assert raw[4:12] == b"ftypM4B "
    assert raw.index(b"moov") < raw.index(b"mdat")
    with av.open(str(tmp_path / "one")) as file:
        assert file.metadata["media_type"] == "2"
        assert file.metadata["track"] == "3/24"
        assert file.streams.audio[0].metadata["language"] == "eng"


@pytest.mark.parametrize("book_format", PACKED)
def test_odd_titles_are_one_clean_line(tmp_path: Path, book_format: BookFormat) -> None:
    """Line breaks, control characters and NUL neither end a tag nor break the file."""
    title = "One\0 \n\u200bTwo = 🙂; \\ # <&> \ud83d"

    write_book_file(tmp_path / "one", [BLOCK], 24_000, book_format, replace(LABEL, title=title))

    with av.open(str(tmp_path / "one")) as file:
        tags = file.metadata | file.streams.audio[0].metadata
    assert tags["title"] == clean_tag(title) == "One Two = 🙂; \\ # <&> "


@pytest.mark.parametrize("book_format", ["m4b", "mp3", "flac", "opus"])
def test_what_a_library_shows_is_in_the_file(tmp_path: Path, book_format: BookFormat) -> None:
    """Year and description in every format; a series in the words that the format has for it."""
    label = BookLabel(
        title="One",
        album="Book",
        year="1999",
        description="A tale.",
        series="The Coast",
        series_part="2",
    )

    write_book_file(tmp_path / "one", [BLOCK], 48_000, book_format, label)

    with av.open(str(tmp_path / "one")) as file:
        read = file.metadata | file.streams.audio[0].metadata
    tags = {name.lower(): value for name, value in read.items()}
    assert tags["date"] == "1999"
    # ffmpeg reads DESCRIPTION of a Vorbis comment, its name for both, as the comment.
    assert tags.get("description", tags.get("comment")) == "A tale."
    assert tags["grouping"] == "The Coast #2"
    if book_format != "m4b":
        assert (tags["series"], tags["series-part"]) == ("The Coast", "2")


def test_what_is_empty_is_left_out(tmp_path: Path) -> None:
    """A book without an author has no tag that says so."""
    label = BookLabel(title="One", album="Book")

    write_book_file(tmp_path / "one", [BLOCK], 24_000, "flac", label)

    with av.open(str(tmp_path / "one")) as file:
        assert file.metadata == {"title": "One", "album": "Book", "genre": "Audiobook"}


@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_an_error_of_the_source_is_passed_on(tmp_path: Path, book_format: BookFormat) -> None:
    """What the blocks raise, for example a cancellation, ends the encoding."""

    def blocks() -> Iterator[bytes]:
        yield BLOCK
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_book_file(tmp_path / "one", blocks(), 48_000, book_format, LABEL)


@pytest.mark.parametrize("book_format", AUDIO_BOOK_FORMATS)
def test_the_system_s_refusal_is_passed_on(tmp_path: Path, book_format: BookFormat) -> None:
    """What ffmpeg cannot open is the same error as what Python cannot open."""
    with pytest.raises(OSError, match="No such file") as caught:
        write_book_file(tmp_path / "no" / "one", [BLOCK], 24_000, book_format, LABEL)

    assert caught.value.errno == errno.ENOENT


def test_the_file_is_made_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot keep the bytes is an error, not a finished file."""

    def fsync(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(OSError, match="Input/output error"):
        write_book_file(tmp_path / "one", [BLOCK], 24_000, "m4b", LABEL)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\xff\xd8\xff", make_picture()[:20], b"#EXTM3U\nhttp://a.example/b"],
    ids=["empty", "gif", "stub of jpeg", "stub of png", "playlist"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """Only what begins as a JPEG or PNG is opened at all, by the reader for it."""
    with pytest.raises(InputError, match="not a JPEG or PNG picture"):
        open_cover(data)


def test_a_picture_s_size_is_found() -> None:
    """Width and height are what the containers ask for."""
    png, jpeg = open_cover(make_picture(5, 7)), open_cover(make_jpeg())

    assert (png.codec, png.width, png.height) == ("png", 5, 7)
    assert (jpeg.codec, jpeg.width, jpeg.height) == ("mjpeg", 16, 8)

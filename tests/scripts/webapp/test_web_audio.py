"""Hearing a job over HTTP: its file with ranges, and what a running job has with what comes."""

from __future__ import annotations

import io
import socket
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from jobs.playback.encoders import decode_file
from jobs.playback.journal import journal_dir
from tests.fakes.web import Site, make_text, submit, wait_for

WAV_HEADER_BYTES = 44


@pytest.fixture(scope="module")
def finished(site: Site) -> tuple[str, bytes]:
    """Return a job that has finished, and the bytes of its file."""
    with httpx.Client(base_url=site.url) as client:
        job_id = submit(client, text=make_text("whole", 3))
        wait_for(client, job_id)
    return job_id, (site.settings.output_dir / f"{job_id}.wav").read_bytes()


def pcm_of(stream: bytes) -> bytes:
    """Return the samples of a WAV stream of unknown length."""
    assert stream[:4] == b"RIFF"
    return stream[WAV_HEADER_BYTES:]


def samples_of(file: bytes) -> np.ndarray:
    """Return the samples of a file."""
    samples, rate = soundfile.read(io.BytesIO(file), dtype="int16")
    assert rate == 24_000
    return samples


def test_a_finished_job_is_its_file(web: httpx.Client, finished: tuple[str, bytes]):
    """Byte for byte, with a type that browsers play and a name to save it by."""
    job_id, file = finished
    answer = web.get(f"/v1/jobs/{job_id}/audio", params={"download": True})

    assert answer.content == file
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-disposition"] == f'attachment; filename="{job_id}.wav"'
    assert web.head(f"/v1/jobs/{job_id}/audio").headers["content-length"] == str(len(file))


def test_ranges_of_a_finished_job(web: httpx.Client, finished: tuple[str, bytes]):
    """Players seek: a part, an end, several parts; a range past the end is refused."""
    job_id, file = finished
    path = f"/v1/jobs/{job_id}/audio"

    def ask(wanted: str) -> httpx.Response:
        return web.get(path, headers={"Range": wanted})

    part, tail = ask("bytes=100-199"), ask("bytes=-10")
    assert (part.status_code, part.content) == (206, file[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(file)}"
    assert (tail.status_code, tail.content) == (206, file[-10:])
    assert ask("bytes=0-").content == file
    assert ask(f"bytes={len(file)}-").status_code == 416
    assert ask("bytes=9-5").status_code in {400, 416}
    several = ask("bytes=0-9,20-29")
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    assert file[20:30] in several.content


def test_a_finished_job_in_another_format(web: httpx.Client, finished: tuple[str, bytes]):
    """What was made as wav can be had as flac with the same samples, or raw."""
    job_id, file = finished
    path = f"/v1/jobs/{job_id}/audio"

    assert web.get(path, params={"format": "pcm"}).content == file[WAV_HEADER_BYTES:]
    flac = web.get(path, params={"format": "flac"})
    assert flac.headers["content-type"] == "audio/flac"
    assert bytes(_flac_samples(flac.content)) == file[WAV_HEADER_BYTES:]


def test_a_running_job_is_heard_from_its_first_chunk(site: Site, web: httpx.Client):
    """The first audio comes while the job runs, and the stream ends with exactly its samples."""
    job_id = submit(web, text=make_text("followed", 8))
    with web.stream("GET", f"/v1/jobs/{job_id}/audio") as answer:
        pieces = answer.iter_raw()
        first = next(pieces)
        status = web.get(f"/v1/jobs/{job_id}").json()["status"]
        stream = first + b"".join(pieces)

    assert answer.headers["accept-ranges"] == "none"
    assert (status, len(first) > WAV_HEADER_BYTES) == ("running", True)
    file = (site.settings.output_dir / f"{job_id}.wav").read_bytes()
    assert pcm_of(stream) == file[WAV_HEADER_BYTES:]


@pytest.mark.parametrize("audio_format", ["flac", "mp3", "opus", "m4a", "aac", "pcm"])
def test_a_running_job_is_heard_in_every_format(
    site: Site, web: httpx.Client, tmp_path: Path, audio_format: str
):
    """Lossless ones have the file's samples, the others its length; all while it runs."""
    job_id = submit(web, text=make_text(f"as {audio_format}", 4))
    with web.stream("GET", f"/v1/jobs/{job_id}/audio", params={"format": audio_format}) as answer:
        stream = b"".join(answer.iter_raw())
    pcm = (site.settings.output_dir / f"{job_id}.wav").read_bytes()[WAV_HEADER_BYTES:]

    if audio_format == "pcm":
        assert stream == pcm
    elif audio_format == "flac":
        assert bytes(_flac_samples(stream)) == pcm
    else:
        (tmp_path / "heard").write_bytes(stream)
        heard = np.frombuffer(b"".join(decode_file(tmp_path / "heard")), dtype="<i2")
        assert abs(heard.size - len(pcm) // 2) < 24_000 * 0.1
        assert np.abs(heard).max() > 1_000


def test_an_m4a_is_served_as_its_file(site: Site, web: httpx.Client, tmp_path: Path):
    """Finished, it comes byte for byte with its type; from a place in it, as the rest of it."""
    job_id = submit(web, text=make_text("for a phone", 3), format="m4a")
    wait_for(web, job_id)
    path, file = f"/v1/jobs/{job_id}/audio", site.settings.output_dir / f"{job_id}.m4a"
    answer, rest = web.get(path), web.get(path, params={"start_seconds": 0.5})
    (tmp_path / "rest").write_bytes(rest.content)

    assert answer.content == file.read_bytes()
    assert answer.headers["content-type"] == rest.headers["content-type"] == "audio/mp4"
    passed = len(b"".join(decode_file(file))) - len(b"".join(decode_file(tmp_path / "rest")))
    assert abs(passed // 2 - 12_000) < 24_000 * 0.1


def test_a_late_listener_gets_all_of_it(site: Site, web: httpx.Client):
    """Who comes in the middle hears from the beginning."""
    job_id = submit(web, text=make_text("late", 8))
    while web.get(f"/v1/jobs/{job_id}").json()["progress"]["chunks"] < 4:
        time.sleep(0.05)
    stream = web.get(f"/v1/jobs/{job_id}/audio").content

    file = (site.settings.output_dir / f"{job_id}.wav").read_bytes()
    assert pcm_of(stream) == file[WAV_HEADER_BYTES:]


def test_a_job_that_fails_while_heard_breaks_the_stream(web: httpx.Client):
    """The listener must not take half a text for a whole one."""
    job_id = submit(web, text=make_text("broken", 3) + " [pause:0.1s] This one says BOOM.")

    with (
        web.stream("GET", f"/v1/jobs/{job_id}/audio") as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        for _ in answer.iter_raw():
            pass

    assert answer.status_code == 200


def test_a_job_that_is_cancelled_while_heard_breaks_the_stream(web: httpx.Client):
    """A cancel is no end of the text either."""
    job_id = submit(web, text=make_text("stopped", 50))

    with web.stream("GET", f"/v1/jobs/{job_id}/audio") as answer:
        pieces = answer.iter_raw()
        next(pieces)
        web.delete(f"/v1/jobs/{job_id}")
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)


def test_a_broken_stream_is_reset_where_its_end_would_look_whole(site: Site, web: httpx.Client):
    """In HTTP/1.0 the closed connection is the end of the file: there it is reset instead."""
    job_id = submit(web, text=make_text("old protocol", 50))
    url = httpx.URL(site.url)
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall(
            f"GET /v1/jobs/{job_id}/audio HTTP/1.0\r\nHost: {url.host}\r\n\r\n".encode()
        )
        assert connection.recv(16).startswith(b"HTTP/1.1 200")
        web.delete(f"/v1/jobs/{job_id}")
        with pytest.raises(ConnectionResetError):
            _read_all(connection)


def test_a_job_that_begins_anew_while_heard_breaks_the_stream(site: Site, web: httpx.Client):
    """Audio of a journal that was set aside is no part of what the job becomes."""
    job_id = submit(web, text=make_text("anew", 50))
    job_dir = journal_dir(site.settings.work_dir, job_id)

    with web.stream("GET", f"/v1/jobs/{job_id}/audio") as answer:
        pieces = answer.iter_raw()
        next(pieces)
        _begin_anew(job_dir)
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
    web.delete(f"/v1/jobs/{job_id}")


def test_a_record_that_names_a_foreign_file_is_not_served(
    site: Site, web: httpx.Client, finished: tuple[str, bytes]
):
    """Whoever can write to Redis still cannot make the gateway read another file."""
    import redis

    job_id, _ = finished
    secret = site.directory / "secret.wav"
    secret.write_bytes(b"secret")
    (site.settings.output_dir / "link.wav").symlink_to(secret)
    with redis.Redis.from_url(site.settings.redis_url) as connection:
        before = connection.hget(f"rq:job:{job_id}", "output_file")
        for name in ("../secret.wav", str(secret), "link.wav", "x\0y"):
            connection.hset(f"rq:job:{job_id}", "output_file", name)
            answer = web.get(f"/v1/jobs/{job_id}/audio")
            assert answer.status_code == 404, name
        connection.hset(f"rq:job:{job_id}", "output_file", before)


def _read_all(connection: socket.socket) -> None:
    while connection.recv(1 << 20):
        pass


def _begin_anew(job_dir: Path) -> None:
    job_dir.rename(job_dir.with_name(f"{job_dir.name}.bad-1"))
    job_dir.mkdir()
    (job_dir / "journal.jsonl").write_bytes(b"")


def _flac_samples(stream: bytes) -> bytes:
    import av

    with av.open(io.BytesIO(stream)) as container:
        return b"".join(
            bytes(frame.planes[0])[: frame.samples * 2] for frame in container.decode(audio=0)
        )


def test_a_running_job_is_heard_from_a_place(web: httpx.Client):
    """Who seeks in a job that runs gets exactly the samples from there on, to the end."""
    job_id = submit(web, text=make_text("sought", 8))
    path = f"/v1/jobs/{job_id}/audio"
    with web.stream("GET", path, params={"format": "pcm", "start_seconds": 1.5}) as answer:
        status = web.get(f"/v1/jobs/{job_id}").json()["status"]
        heard = answer.read()
    wait_for(web, job_id)
    samples = samples_of(web.get(path).content)

    assert status == "running"
    assert heard == samples[36_000:].tobytes()


@pytest.mark.parametrize("audio_format", ["wav", "pcm"])
def test_a_finished_job_is_heard_from_a_place(
    web: httpx.Client, finished: tuple[str, bytes], audio_format: str
):
    """The stream goes on where the one of the running job would, whatever the file's format."""
    job_id, file = finished
    asked = {"format": audio_format, "start_seconds": 0.25}
    heard = web.get(f"/v1/jobs/{job_id}/audio", params=asked).content

    assert (pcm_of(heard) if audio_format == "wav" else heard) == samples_of(file)[6_000:].tobytes()


@pytest.mark.parametrize("start", ["-1", "nan", "inf", "x"])
def test_a_place_that_is_none_is_refused(
    web: httpx.Client, finished: tuple[str, bytes], start: str
):
    """The field is named."""
    answer = web.get(f"/v1/jobs/{finished[0]}/audio", params={"start_seconds": start})

    assert (answer.status_code, answer.json()["field"]) == (422, "start_seconds")


def test_after_the_end_there_is_nothing_more(web: httpx.Client, finished: tuple[str, bytes]):
    """A place behind the last sample is an empty stream, not an error."""
    asked = {"format": "pcm", "start_seconds": 9_999}
    answer = web.get(f"/v1/jobs/{finished[0]}/audio", params=asked)

    assert (answer.status_code, answer.content) == (200, b"")


def test_ranges_of_a_finished_job_in_another_format(web: httpx.Client, finished: tuple[str, bytes]):
    """What is encoded as it is sent has none: all of it, but for a player's first look."""
    path = f"/v1/jobs/{finished[0]}/audio?format=mp3"
    whole = web.get(path)
    ranged = web.get(path, headers={"Range": "bytes=100-"})
    probed = web.get(path, headers={"Range": "bytes=0-1"})
    head = web.head(path)

    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "none")
    assert (ranged.status_code, ranged.content) == (200, whole.content)
    assert "content-range" not in ranged.headers
    assert (probed.status_code, probed.content) == (206, whole.content[:2])
    assert probed.headers["content-range"] == "bytes 0-1/*"
    assert (head.status_code, head.headers["content-type"]) == (200, "audio/mpeg")
    assert "content-length" not in head.headers
    assert (
        web.get(f"/v1/jobs/{finished[0]}/audio?format=wav", headers={"Range": "bytes=0-3"}).content
        == b"RIFF"
    )

"""Attempts to make a worker do what no producer of ours asks for; each fails that job alone."""

from __future__ import annotations

import json
import os
import pickle
import stat
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rq.job import Job
from rq.queue import Queue

from jobs.errors import InvalidRequest
from jobs.playback.journal import journal_dir
from jobs.queue import keys
from jobs.queue.job_record import TASK
from jobs.request import SpeechRequest
from tests.conftest import Server, eventually
from tests.faults.processes import Process, Stable, make_request, open_stable


class _Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.trace}",)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return the file that a successful attack leaves."""
    return tmp_path / "attacked"


@pytest.fixture(scope="module")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stable]:
    """Yield one server for all attacks; what one leaves behind must not help the next."""
    with open_stable(tmp_path_factory.mktemp("doors")) as made:
        yield made


@pytest.fixture(scope="module")
def worker(stable: Stable) -> Process:
    """Return the one worker that all attacks are made on."""
    return stable.worker()


def _plant(stable: Stable, job_id: str, **fields: Any) -> str:
    """Write a job's hash and its place in the queue by hand, as an intruder could."""
    request = make_request(1)
    call = [TASK, None, [], {"request": request.model_dump(), "run": "", "overwrite": False}]
    record = {
        "status": "queued",
        "origin": "default",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "data": zlib.compress(json.dumps(call).encode()),
        "timeout": 120,
        "characters": 10,
    } | fields
    stable.connection.hset(keys.job(job_id), mapping=record)
    stable.connection.rpush(keys.queue("default"), job_id)
    stable.connection.rpush(keys.BELL, "1")
    return job_id


def _call(request: Any, **arguments: Any) -> bytes:
    named = {"request": request, "run": "", "overwrite": False} | arguments
    return zlib.compress(json.dumps([TASK, None, [], named]).encode())


def _assert_refused(stable: Stable, worker: Process, job_id: str, error_name: str) -> None:
    """The job failed with that error, and the same worker does the next one."""
    eventually(lambda: stable.field(job_id, "status") not in {"queued", "started"})
    assert stable.field(job_id, "status") == "failed", worker.log
    assert json.loads(stable.field(job_id, "error"))["name"] == error_name
    assert stable.queue.submit(make_request(99), again=True).wait(60)
    assert worker.is_running
    assert stable.connection.hlen(keys.HELD) == 0
    outside = [path for path in stable.directory.parent.rglob("evil*") if path.is_file()]
    assert outside == []


@pytest.mark.parametrize("serializer", ["json", "pickle"])
def test_a_job_that_names_os_system_is_never_run(
    stable: Stable, worker: Process, trace: Path, serializer: str
) -> None:
    """A job that RQ's own producer makes for os.system stays where it is; ours go past it."""
    queue = Queue(keys.rq_name("default"), connection=stable.connection, serializer=serializer)
    job = queue.enqueue("os.system", f"touch {trace}", job_timeout=60, job_id=serializer * 8)

    assert stable.queue.submit(make_request(99), again=True).wait(60)

    assert queue.job_ids == [job.id]
    assert f"job '{job.id}' in queue ktts:default is another program's (os.system)" in worker.log
    assert not trace.exists()
    job.delete()


@pytest.mark.parametrize("name", ["os.system", "subprocess.run", "worker.tasks.run_task", "eval"])
def test_a_job_that_names_any_other_function_is_refused(
    stable: Stable, worker: Process, trace: Path, name: str
) -> None:
    """Any other function's name is refused, with named arguments too."""
    data = zlib.compress(json.dumps([name, None, [], {"command": f"touch {trace}"}]).encode())

    _assert_refused(stable, worker, _plant(stable, "b" * 32, data=data), "InvalidRequest")
    assert not trace.exists()


def test_a_pickled_payload(stable: Stable, worker: Process, trace: Path) -> None:
    """A pickle that would run a command when it is read is never unpickled."""
    bomb = zlib.compress(pickle.dumps((_Bomb(trace), None, (), {})))

    _assert_refused(stable, worker, _plant(stable, "c" * 32, data=bomb), "InvalidRequest")
    assert not trace.exists()


def test_callbacks_and_webhooks(stable: Stable, worker: Process, trace: Path) -> None:
    """Callbacks and webhooks in a job's hash are never executed, however the job ends."""
    request = make_request(5)
    job = stable.queue.submit(request)
    job.wait(60)
    good = SpeechRequest(text="Words of a job with callbacks.")
    bad = SpeechRequest(text="This one goes BOOM at once.")
    extras = {
        "success_callback_name": "os.system",
        "failure_callback_name": "os.system",
        "stopped_callback_name": "os.system",
        "success_callback_timeout": 5,
        "webhooks": json.dumps([{"url": f"file://{trace}", "event": "success"}]),
        "meta": json.dumps({"x": "y"}),
    }
    for one in (good, bad):
        _plant(stable, one.job_id, data=_call(one.model_dump()), **extras)

    eventually(lambda: stable.field(good.job_id, "status") == "finished")
    _assert_refused(stable, worker, bad.job_id, "RuntimeError")
    assert not trace.exists()


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "a/../../evil", ".evil", "a\\evil", "evil\n", "C:evil"]
)
def test_output_names_that_lead_out(stable: Stable, worker: Process, name: str) -> None:
    """A hostile output name is checked again by the worker."""
    fields = make_request(2).model_dump() | {"output_name": name}

    _assert_refused(stable, worker, _plant(stable, "d" * 32, data=_call(fields)), "InvalidRequest")


def test_symlinks_in_the_output_directory(stable: Stable, worker: Process, tmp_path: Path) -> None:
    """A link that leads out of the output directory is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stable.settings.output_dir.mkdir(exist_ok=True)
    (stable.settings.output_dir / "link").symlink_to(elsewhere)
    job = stable.queue.submit(make_request(3, output_name="link/evil"))

    _assert_refused(stable, worker, job.id, "InvalidRequest")
    assert list(elsewhere.iterdir()) == []


def test_giant_metadata(stable: Stable, worker: Process) -> None:
    """Labels beyond the bounds are refused by the worker as by the producer."""
    for metadata in ({"key": "x" * 2_000_000}, {str(n): "x" for n in range(10_000)}):
        fields = make_request(2).model_dump() | {"metadata": metadata}
        job_id = _plant(stable, "e" * 32, data=_call(fields))
        _assert_refused(stable, worker, job_id, "InvalidRequest")


def test_deep_json(stable: Stable, worker: Process) -> None:
    """A payload nested a hundred thousand deep is an invalid request and no crash."""
    deep = zlib.compress(b"[" * 100_000 + b"]" * 100_000)

    _assert_refused(stable, worker, _plant(stable, "f" * 32, data=deep), "InvalidRequest")


def test_a_payload_that_unpacks_to_gigabytes(stable: Stable, worker: Process) -> None:
    """A small payload that claims to be enormous is not unpacked to its end."""
    packer = zlib.compressobj()
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(300)) + packer.flush()

    _assert_refused(stable, worker, _plant(stable, "0" * 32, data=bomb), "InvalidRequest")


@pytest.mark.parametrize(
    "fields",
    [
        {"timeout": "soon"},
        {"timeout": "-5"},
        {"timeout": "9" * 5000},
        {"timeout": b"\xff\xfe"},
        {"data": b"\xff\x00 no zlib"},
        {"data": zlib.compress(b"{}")},
        {"data": zlib.compress(b'["x", null, [1], {}]')},
    ],
    ids=["text", "negative", "huge", "binary", "no-zlib", "no-call", "positional"],
)
def test_malformed_fields(stable: Stable, worker: Process, fields: dict[str, Any]) -> None:
    """A field that is not what producers write fails that job."""
    _assert_refused(stable, worker, _plant(stable, "1" * 32, **fields), "InvalidRequest")


def test_odd_numbers_do_no_harm(stable: Stable, worker: Process) -> None:
    """Counters of a job that are no numbers count as nothing."""
    request = make_request(7)
    odd = {"characters": "1e9", "retries_left": "many", "deaths": b"\xff", "cancel": b"\xff"}
    _plant(stable, request.job_id, data=_call(request.model_dump()), **odd)

    eventually(lambda: stable.field(request.job_id, "status") in {"finished", "canceled"})
    assert stable.queue.submit(make_request(8), again=True).wait(60)
    assert worker.is_running


@pytest.mark.parametrize(
    "job_id", ["../../evil", "evil", "A" * 32, "a" * 31, b"\xff\xfe\x00", "x" * 5000, "a:b"]
)
def test_hostile_job_ids(stable: Stable, worker: Process, job_id: str | bytes) -> None:
    """An id that is not ours in the queue's list fails that job and is never used as a path."""
    key = b"rq:job:" + (job_id if isinstance(job_id, bytes) else job_id.encode())
    stable.connection.hset(key, mapping={"status": "queued", "origin": "default", "timeout": 5})
    stable.connection.rpush(keys.queue("default"), job_id)
    stable.connection.rpush(keys.BELL, "1")

    eventually(lambda: stable.connection.hget(key, "status") == b"failed")
    assert b"InvalidRequest" in (stable.connection.hget(key, "error") or b"")
    assert stable.queue.submit(make_request(9), again=True).wait(60)
    assert worker.is_running


@pytest.mark.parametrize("job_id", ["../../x", "", "x", "A" * 32, "a" * 33, "a" * 31 + "\n"])
def test_journal_dir_refuses_what_is_no_id(tmp_path: Path, job_id: str) -> None:
    """Only 32 hexadecimal digits ever become a directory's name."""
    with pytest.raises(InvalidRequest):
        journal_dir(tmp_path, job_id)


def test_a_request_of_another_job(stable: Stable, worker: Process) -> None:
    """A record whose request is another job's is refused: it would take that one's place."""
    job_id = _plant(stable, "2" * 32, data=_call(make_request(4).model_dump()))

    _assert_refused(stable, worker, job_id, "InvalidRequest")


def test_the_embedded_server_is_for_its_user_alone(short_dir: Path) -> None:
    """The socket has mode 0700 in a 0700 directory, and the server listens on no port."""
    server = Server(short_dir / "server")
    server.start()
    try:
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        with server.connection() as connection:
            assert connection.config_get("port") == {"port": "0"}
    finally:
        server.kill()


def test_a_stock_rq_reader_sees_the_refusal(stable: Stable, worker: Process) -> None:
    """A refused job is in RQ's failed registry like any other."""
    job_id = _plant(stable, "3" * 32, data=b"junk")
    _assert_refused(stable, worker, job_id, "InvalidRequest")

    assert Job.fetch(job_id, connection=stable.connection, serializer="json").is_failed
    assert time.time() < stable.connection.zscore(keys.failed("default"), job_id)

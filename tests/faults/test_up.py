"""`ktts up` and `--embedded` with real signals: everything works on, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest
import redis

from jobs import QueueSettings, SpeechQueue, SpeechStatus
from jobs.places import install_command
from scripts.local_stack.parent_death import end_with_parent
from tests.conftest import ROOT, eventually
from tests.fakes.fake_worker import make_request
from tests.fakes.web import START_SECONDS

LONG_TEXT = " ".join(f"This is sentence number {number} of a long text." for number in range(400))

HIDE_UVICORN = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "uvicorn" else find(name, *rest)
"""


class Command:
    """A running `ktts` and what it has said so far."""

    def __init__(self, environment: dict[str, str], *arguments: str):
        self.process = subprocess.Popen(
            end_with_parent([sys.executable, "-m", "scripts.cli", *arguments], signal.SIGTERM),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.talk: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.end()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as talk:
            self.talk.extend(iter(talk.readline, ""))

    def said(self, words: str) -> bool:
        return any(words in line for line in list(self.talk))

    def url(self) -> str:
        assert self.process.stdout is not None
        name, _, url = self.process.stdout.readline().strip().partition("=")
        assert name == "export KTTS_REDIS_URL"
        return url

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def end(self) -> int:
        code = self.process.wait(60)
        self.reader.join(5)
        return code


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user whose engine makes tones, a chunk in 0.2 s."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
        "KTTS_TONE_SECONDS_PER_CHUNK": "0.2",
    }


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a data directory that is not there yet."""
    return tmp_path / "data dir"


@pytest.fixture
def up(environment: dict[str, str], data_dir: Path) -> Iterator[Command]:
    """Run `ktts up` with one worker that is ready."""
    with Command(environment, "up", "--data", str(data_dir)) as command:
        yield command


def open_queue(url: str) -> SpeechQueue:
    """Return the queue that `up` has printed, with a worker that is alive."""
    queue = SpeechQueue(settings=QueueSettings(redis_url=url))
    eventually(lambda: queue.overview().workers)
    return queue


def processes_of(data_dir: Path) -> list[int]:
    """Return the processes that know of `data_dir`: as argument, setting or working place."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            known = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            known += os.fsencode((process / "cwd").readlink())
        except OSError:
            continue
        if state != "Z" and os.fsencode(data_dir) in known:
            found.append(int(process.name))
    return found


def test_up_speaks_and_leaves_nothing_behind(up: Command, data_dir: Path):
    """Up prints the address, its worker speaks, and SIGTERM ends everything in order with 0."""
    queue = open_queue(up.url())
    result = queue.submit(make_request("Hello.")).wait(timeout_seconds=60)

    up.process.send_signal(signal.SIGTERM)

    assert up.end() == 0
    assert Path(result.path).parent == data_dir / "output"
    assert up.said("worker-1 | ")
    assert not up.said("Traceback")
    assert processes_of(data_dir) == []


def test_a_stopped_up_puts_the_running_job_back(
    up: Command, data_dir: Path, environment: dict[str, str]
):
    """Ctrl-C lets the chunk end; the next `up` goes on from there and finishes the job."""
    queue = open_queue(up.url())
    job = queue.submit(make_request(LONG_TEXT))
    eventually(lambda: job.progress().chunks >= 2)

    up.process.send_signal(signal.SIGINT)

    assert up.end() == 0
    elsewhere = environment | {"KTTS_REDIS_URL": "redis://elsewhere:6379/0"}
    with Command(elsewhere, "up", "--data", str(data_dir)) as again:
        job = open_queue(again.url()).job(job.id)
        eventually(lambda: job.status() is SpeechStatus.RUNNING)
        assert again.said("KTTS_REDIS_URL names another queue")
        assert eventually(lambda: job.progress().chunks) >= 2
        again.process.send_signal(signal.SIGTERM)
        assert again.end() == 0


def test_a_second_signal_ends_everything_at_once(up: Command, data_dir: Path):
    """Who cannot wait for the chunk gets an end now, with nothing left running."""
    queue = open_queue(up.url())
    job = queue.submit(make_request(LONG_TEXT))
    eventually(lambda: job.progress().chunks)

    up.process.send_signal(signal.SIGINT)
    eventually(lambda: up.said("stopping; once more to stop at once"))
    up.process.send_signal(signal.SIGINT)

    assert up.end() == 0
    assert processes_of(data_dir) == []


def test_a_killed_up_leaves_no_orphans(up: Command, data_dir: Path, environment: dict[str, str]):
    """After kill -9 of `up` all its programs are gone, and the next one takes over at once."""
    queue = open_queue(up.url())
    job = queue.submit(make_request(LONG_TEXT))
    eventually(lambda: job.progress().chunks)

    up.process.kill()

    assert eventually(lambda: processes_of(data_dir) == [])
    with Command(environment, "up", "--data", str(data_dir)) as again:
        found = open_queue(again.url()).job(job.id)
        assert found.status() in {SpeechStatus.RUNNING, SpeechStatus.QUEUED}


def test_a_killed_worker_and_server_come_back(up: Command, data_dir: Path):
    """Up starts again what dies, and the queue is what it was."""
    url = up.url()
    queue = open_queue(url)
    result = queue.submit(make_request("Before.")).wait(timeout_seconds=60)
    for name in ("valkey-server", "worker"):
        os.kill(_find(data_dir, name), signal.SIGKILL)

    def speak() -> bool:
        try:
            after = SpeechQueue(settings=QueueSettings(redis_url=url))
            return after.submit(make_request("After.")).wait(timeout_seconds=60).path != ""
        except redis.exceptions.RedisError:
            return False

    assert eventually(lambda: up.said("worker-1 ended with -9; starting it again in 1 s"))
    assert speak()
    assert open_queue(url).job(result.job_id).result() == result


@pytest.fixture
def served(environment: dict[str, str], data_dir: Path) -> Iterator[Command]:
    """Run `ktts up --web` on a free port."""
    with Command(environment, "up", "--data", str(data_dir), "--web", "127.0.0.1:0") as command:
        yield command


def page_of(up: Command, earlier: str = "") -> str:
    """Return the address that the gateway has said, another than `earlier`."""

    def said() -> str:
        lines = [re.fullmatch(r"web \| (http://\S+)\n", line) for line in list(up.talk)]
        found = [match[1] for match in lines if match and match[1] != earlier]
        return found[-1] if found else ""

    return eventually(said, START_SECONDS)


def test_up_serves_the_page_and_its_workers_speak(served: Command, data_dir: Path):
    """One command has the page, the queue behind it and who speaks; all of it ends together."""
    page = page_of(served)

    assert "Kokoro" in httpx.get(page).text
    receipt = httpx.post(f"{page}/v1/jobs", json={"text": "Hello from the page."}).json()
    audio = httpx.get(page + receipt["links"]["audio"], timeout=START_SECONDS)
    assert audio.content[:4] == b"RIFF"
    assert len(audio.content) > 10_000

    served.process.send_signal(signal.SIGTERM)
    assert served.end() == 0
    assert not served.said("Traceback")
    assert processes_of(data_dir) == []


def test_a_killed_gateway_comes_back(served: Command, data_dir: Path):
    """Up starts the gateway again as it does the workers, and the jobs are still there."""
    page = page_of(served)
    receipt = httpx.post(f"{page}/v1/jobs", json={"text": "Before the kill."}).json()

    os.kill(_find(data_dir, "scripts.cli"), signal.SIGKILL)

    assert eventually(lambda: served.said("web ended with -9; starting it again in 1 s"))
    again = page_of(served, earlier=page)
    assert httpx.get(again + receipt["links"]["self"]).json()["id"] == receipt["id"]


def test_up_opens_no_door_to_the_network_without_a_token(
    environment: dict[str, str], data_dir: Path
):
    """The refusal is that of `ktts web`, and comes before anything is started."""
    with Command(environment, "up", "--data", str(data_dir), "--web", "0.0.0.0:0") as refused:
        assert refused.end() == 78

    [line] = refused.talk
    assert "KTTS_WEB_TOKENS" in line
    assert not data_dir.exists()


def test_a_web_address_in_use_ends_up(environment: dict[str, str], data_dir: Path):
    """What no second attempt would change is said once, with 78, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with Command(environment, "up", "--data", str(data_dir), "--web", address) as refused:
            assert refused.end() == 78

    assert refused.talk[-1].startswith("ktts: cannot listen on 127.0.0.1")
    assert not data_dir.exists()


@pytest.mark.parametrize("address", ["8880", ":8880", "localhost:", "localhost:99999"])
def test_a_web_address_that_is_none_is_refused(environment: dict[str, str], address: str):
    """Half an address is a wrong command line."""
    with Command(environment, "up", "--web", address) as refused:
        assert refused.end() == 2

    assert refused.said("is not HOST:PORT, for example 127.0.0.1:8880")


def test_a_missing_extra_is_named(environment: dict[str, str], data_dir: Path, tmp_path: Path):
    """Without the packages of the gateway up says which extra brings them."""
    (tmp_path / "sitecustomize.py").write_text(HIDE_UVICORN)
    environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"
    with Command(environment, "up", "--data", str(data_dir), "--web") as refused:
        assert refused.end() == 78

    [line] = refused.talk
    assert line == f"ktts: uvicorn is not installed; {install_command('web')}\n"


def _find(data_dir: Path, program: str) -> int:
    for pid in processes_of(data_dir):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if program in words[0] or words[1:4] == ["-P", "-m", program]:
            return pid
    pytest.fail(f"no {program} runs")


def test_one_up_per_data_directory(up: Command, data_dir: Path, environment: dict[str, str]):
    """The second `up` is told who is first and where its queue is."""
    url = up.url()

    with Command(environment, "up", "--data", str(data_dir)) as second:
        assert second.end() == 78
    [line] = second.talk
    assert line.startswith(f"ktts: process {up.process.pid} already runs on {data_dir}")
    assert f"KTTS_REDIS_URL={url}" in line


def test_embedded_uses_an_up_that_runs(up: Command, data_dir: Path, environment: dict[str, str]):
    """`speak --embedded` beside an `up` on the same data is one more producer."""
    open_queue(up.url())

    arguments = ("speak", "Hello.", "--embedded", "--data", str(data_dir), "--json")
    with Command(environment, *arguments) as done:
        document = json.loads(done.read())
        assert done.end() == 0

    assert done.said(f"using the queue of process {up.process.pid}")
    assert Path(document["path"]).is_file()
    assert up.process.poll() is None


def test_embedded_speaks_with_nothing_else_there(environment: dict[str, str], data_dir: Path):
    """One command starts all, speaks, prints the path and leaves no process behind."""
    arguments = ("speak", "Hello.", "--embedded", "--data", str(data_dir))
    with Command(environment, *arguments) as done:
        path = Path(done.read().strip())
        assert done.end() == 0

    assert path.parent == data_dir / "output"
    assert path.is_file()
    assert processes_of(data_dir) == []
    assert "worker-1 | " in (data_dir / "embedded.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_embedded_call_goes_on_next_time(
    environment: dict[str, str], data_dir: Path, number: signal.Signals
):
    """Ctrl-C ends all it has started; the same command again starts where it stopped."""
    arguments = ("speak", LONG_TEXT, "--embedded", "--data", str(data_dir))
    journal = data_dir / "work" / make_request(LONG_TEXT).job_id / "journal.jsonl"
    with Command(environment, *arguments) as first:
        eventually(lambda: journal.is_file() and len(journal.read_text().splitlines()) > 1)
        first.process.send_signal(number)
        assert first.end() == 130

    assert first.said("is cancelled; the same command goes on where it stopped")
    assert not first.said("Traceback")
    assert processes_of(data_dir) == []
    assert len(journal.read_text().splitlines()) > 1


def test_a_worker_that_cannot_start_ends_the_command(environment: dict[str, str], data_dir: Path):
    """An engine that cannot be loaded is one line with the reason and exit code 78."""
    broken = environment | {"KTTS_SYNTHESIZER": "tests.fakes.tone:no_such_function"}

    for arguments in (["up"], ["speak", "Hello.", "--embedded"]):
        with Command(broken, *arguments, "--data", str(data_dir)) as command:
            assert command.end() == 78

        assert command.talk[-1].startswith("ktts: worker-1 cannot start: cannot load the speech")
        assert "Traceback" not in command.talk[-1]
        assert processes_of(data_dir) == []

"""Servers of other kinds: a cluster, a Sentinel that fails over, TLS with an own CA, a prefix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from jobs import SpeechJob, SpeechQueue, SpeechStatus
from jobs.errors import QueueUnavailable, UnknownJob
from jobs.queue.connection import open_connection
from tests.conftest import TLS_FILES, eventually, free_port, make_certificates
from tests.fakes.servers import KINDS, TcpServer, find_server, run_cluster, run_servers
from tests.faults.processes import Stable, make_request

TAG = "{ktts}"
SPEAK = (
    "import sys; from jobs import SpeechQueue, SpeechRequest, AsyncSpeechQueue; "
    "queue = SpeechQueue(); "
    "jobs = queue.submit_many([SpeechRequest(text=f'Part {n}.') for n in range(5)]); "
    "again = queue.submit(SpeechRequest(text='Part 1.'), again=True); "
    "print([job.wait(60).chunks for job in (*jobs, again)]); "
    "late = queue.submit(SpeechRequest(text='Late.')); late.wait(60); queue.overview(); "
    "print(len(queue.jobs()), queue.overview().workers != ())"
)


class _Settings:
    """What `Stable` wants of a server whose own processes are started elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url

    def connection(self) -> redis.Redis:
        return open_connection(self.url)


@contextmanager
def _stable(url: str, directory: Path, **environment: str) -> Iterator[Stable]:
    stable = Stable(_Settings(url), directory)  # type: ignore[arg-type]
    stable.environment |= environment
    try:
        yield stable
    finally:
        stable.close()


def _speak(stable: Stable) -> str:
    """Run a producer in a process of its own, since the prefix is read once in a process."""
    process = stable.start("-c", SPEAK)
    assert process.wait() == 0, process.log
    return process.log


@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_works_with_a_prefix_in_braces(kind: str, tmp_path: Path) -> None:
    """Producer, worker, janitor, health and doctor find the server that has the prefix's slot."""
    with run_cluster(kind) as servers:
        url = servers[2].url  # the slot is on another one
        with _stable(url, tmp_path, RQ_KEY_PREFIX=TAG) as stable:
            janitor = stable.janitor()
            worker = stable.start("-m", "worker", KTTS_TONE_SECONDS_PER_CHUNK="0")

            assert _speak(stable) == "[1, 1, 1, 1, 1, 1]\n6 True\n"

            health = stable.start("-m", "worker.health")
            assert (health.wait(), health.log) == (0, "healthy\n")
            worker.kill()
            assert "WARNING" not in worker.log + janitor.log
            for server in servers:
                with server.connection() as connection:
                    assert all(key.startswith(b"{ktts}:") for key in connection.keys("*"))


def test_a_cluster_without_a_prefix_is_named(tmp_path: Path) -> None:
    """One line says cluster mode and what to set; no job is half written."""
    with run_cluster("valkey") as servers, _stable(servers[2].url, tmp_path) as stable:
        for arguments, code in (
            (("-m", "scripts.cli", "submit", "Hello."), 69),
            (("-m", "worker"), 78),
            (("-m", "worker.janitor.janitor"), 78),
        ):
            process = stable.start(*arguments)
            assert process.wait() == code, process.log
            assert "is in cluster mode" in process.log
            assert "set RQ_KEY_PREFIX to a name in braces" in process.log
        for server in servers:
            with server.connection() as connection:
                assert connection.keys("*") == []


@pytest.mark.parametrize("prefix", ["app", "{app}"])
def test_a_prefix_is_before_every_key(stable: Stable, prefix: str) -> None:
    """With RQ's prefix set the whole works beside others, and leaves no key without it."""
    stable.environment["RQ_KEY_PREFIX"] = prefix
    stable.janitor()
    stable.start("-m", "worker", KTTS_TONE_SECONDS_PER_CHUNK="0")

    assert _speak(stable) == "[1, 1, 1, 1, 1, 1]\n6 True\n"

    assert eventually(lambda: stable.connection.dbsize() > 5)
    assert {
        key for key in stable.connection.keys("*") if not key.startswith(f"{prefix}:".encode())
    } == set()


def test_a_worker_of_another_prefix_says_so(stable: Stable) -> None:
    """Jobs that wait under another prefix are named by a worker that would never see them."""
    stable.queue.submit(make_request(1))

    worker = stable.start("-m", "worker", RQ_KEY_PREFIX="app")

    eventually(lambda: "jobs of ours wait under the prefix rq" in worker.log)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failover_in_mid_job(kind: str, tmp_path: Path) -> None:
    """Under a Sentinel the worker follows the new primary; each file is made once."""
    with run_servers(kind, (), ()) as (first, second):
        with second.connection() as connection:
            connection.execute_command("REPLICAOF", "127.0.0.1", first.port)
            eventually(lambda: connection.info("replication")["master_link_status"] == "up")
        with _run_sentinel(kind, first, tmp_path) as sentinel:
            url = f"sentinel://127.0.0.1:{sentinel.port}/mymaster/0"
            with _stable(url, tmp_path / "stable") as stable:
                worker = stable.worker(pace=0.3)
                stable.janitor()
                jobs = stable.queue.submit_many(make_request(n, chunks=4) for n in range(4))
                eventually(lambda: stable.chunks_of(jobs[0]))

                first.kill()

                assert [job.wait(120).chunks for job in jobs] == [4, 4, 4, 4]
                assert stable.files_made_twice() == []
                assert stable.chunks_made_twice() == []
                assert worker.is_running
                with second.connection() as connection:
                    assert connection.info("replication")["role"] == "master"
                eventually(lambda: stable.state_of(worker) == "idle")


@pytest.mark.parametrize("has_outbox", [True, False], ids=["outbox", "no-outbox"])
def test_a_failover_to_a_replica_that_lags(has_outbox: bool, tmp_path: Path) -> None:
    """What it never heard of comes from the outbox, or by submitting it again; each file once."""
    requests = [make_request(n, chunks=2) for n in range(12)]
    with run_servers("valkey", (), ()) as (first, second), second.connection() as replica:
        replica.execute_command("REPLICAOF", "127.0.0.1", first.port)
        eventually(lambda: replica.info("replication")["master_link_status"] == "up")
        with _run_sentinel("valkey", first, tmp_path) as sentinel:
            url = f"sentinel://127.0.0.1:{sentinel.port}/mymaster/0"
            outbox = tmp_path / "outbox"
            extra = {"KTTS_OUTBOX_DIR": str(outbox)} if has_outbox else {}
            with _stable(url, tmp_path / "stable", **extra) as stable:
                if has_outbox:
                    more = {"outbox_dir": outbox}
                    stable.queue = SpeechQueue(
                        stable.connection, stable.settings.model_copy(update=more)
                    )
                stable.queue.submit_many(requests[:4])
                eventually(lambda: replica.dbsize() > 4)
                replica.execute_command("REPLICAOF", "127.0.0.1", "1")
                jobs = stable.queue.submit_many(requests)
                worker = stable.worker(pace=0.1)
                eventually(lambda: len(stable.made("file")) > 1)

                first.kill()

                eventually(lambda: replica.info("replication")["role"] == "master", 60)
                assert replica.dbsize() < len(requests)
                stable.janitor()
                if not has_outbox:
                    stable.queue.submit_many(requests)
                eventually(lambda: _are_finished(jobs), 120)
                assert stable.files_made_twice() == []
                assert worker.is_running
                stable.assert_tidy()


def _are_finished(jobs: list[SpeechJob]) -> bool:
    try:
        return all(job.status() is SpeechStatus.FINISHED for job in jobs)
    except (QueueUnavailable, UnknownJob):
        return False


@contextmanager
def _run_sentinel(kind: str, primary: TcpServer, directory: Path) -> Iterator[TcpServer]:
    port = free_port()
    file = directory / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {directory}\n"
        f"sentinel monitor mymaster 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds mymaster 1000\n"
        "sentinel failover-timeout mymaster 5000\n"
    )
    sentinel = TcpServer(find_server(kind), directory, port, str(file), "--sentinel")
    try:
        sentinel.start()
        with sentinel.connection() as connection:
            eventually(lambda: connection.execute_command("SENTINEL", "REPLICAS", "mymaster"))
        yield sentinel
    finally:
        sentinel.kill()


def test_tls_with_an_own_ca(tmp_path: Path) -> None:
    """`ssl_ca_certs` in the address is enough; without it one line says what to name."""
    make_certificates(tmp_path)
    options = ["--tls-auth-clients", "no"]
    for name, file in TLS_FILES.items():
        options += [name, str(tmp_path / file)]
    with run_servers("redis", ()) as [plain]:
        plain.kill()
        server = TcpServer(find_server("redis"), plain.directory, plain.port, *options)
        server._command += ["--port", "0", "--tls-port", str(plain.port)]
        server.start()
        try:
            url = f"rediss://127.0.0.1:{server.port}/0"
            with _stable(f"{url}?ssl_ca_certs={tmp_path / 'ca.crt'}", tmp_path / "x") as stable:
                stable.worker()
                assert stable.queue.submit(make_request(1)).wait(60)
                refused = stable.start("-m", "scripts.cli", "status", KTTS_REDIS_URL=url)
                assert refused.wait() == 69
                assert "agree on no TLS" in refused.log
                assert "?ssl_ca_certs=/path/ca.crt" in refused.log
        finally:
            server.kill()

"""Metrics: Prometheus's own parser reads them, and each moves when its event happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import redis
import yaml

from jobs import SpeechQueue
from jobs.errors import StartupError
from jobs.queue import keys
from jobs.settings import QueueSettings
from tests.builders.metrics import Samples, read_samples
from tests.conftest import ROOT, Server, eventually
from tests.fakes.fake_worker import FakeWorker, make_request
from worker.janitor.janitor import Janitor
from worker.metrics.counters import COUNTERS, HISTOGRAMS
from worker.metrics.exporter import serve_metrics, write_metrics
from worker.settings import WorkerSettings


def test_every_family_is_there_before_anything_has_happened(connection: redis.Redis) -> None:
    """A dashboard of a new installation shows zeros instead of nothing."""
    samples = read_samples(connection)

    for kind in (*COUNTERS, *HISTOGRAMS):
        assert f"ktts_{kind.name}" in samples.families
    assert samples.value("waiting_jobs", queue="bulk") == 0
    assert samples.value("oldest_waiting_seconds", queue="bulk") == 0
    assert samples.value("workers", state="idle") == 0
    assert samples.value("jobs_ended_total", queue="bulk", status="finished") == 0
    assert samples.value("jobs_recovered_total", kind="taken_back") == 0
    assert samples.value("real_time_factor_bucket", le="+Inf") == 0
    assert samples.value("redis_up") == 1


def test_the_document_lists_exactly_what_there_is(connection: redis.Redis) -> None:
    """Each family is in the table of docs/metrics.md, and the table invents none."""
    document = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = [line for line in document.splitlines() if line.startswith("| `ktts_")]
    listed = {name for row in rows for name in re.findall(r"ktts_[a-z_]+", row)}

    families = read_samples(connection).families.values()
    suffixes = {"counter": "_total"}

    assert listed == {family.name + suffixes.get(family.type, "") for family in families}


def test_what_waits_is_shown_in_jobs_characters_and_age(
    queue: SpeechQueue, connection: redis.Redis
) -> None:
    """Each queue has its own numbers, and the age is that of the job that is next."""
    job = queue.submit(make_request("x" * 70), queue="bulk")
    queue.submit(make_request("y" * 30), queue="bulk")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    connection.hset(keys.job(job.id), "enqueued_at", an_hour_ago.isoformat())

    samples = read_samples(connection)

    assert samples.value("waiting_jobs", queue="bulk") == 2
    assert samples.value("waiting_jobs", queue="default") == 0
    assert samples.value("waiting_characters", queue="bulk") == 100
    assert 3600 <= samples.value("oldest_waiting_seconds", queue="bulk") < 3660
    assert samples.value("oldest_waiting_seconds", queue="default") == 0


def test_the_backlog_is_what_waits_and_what_running_jobs_have_left(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """It falls with every chunk and is 0 only when nobody has anything to do."""
    request = make_request("x" * 70)
    queue.submit(request, queue="interactive")
    queue.submit(make_request("y" * 30), queue="bulk")
    seen = [read_samples(connection).value("backlog_characters")]
    job = fake_worker.take()
    seen.append(read_samples(connection).value("backlog_characters"))
    progress = {"chunks": 1, "characters": 40, "characters_total": 70}
    fake_worker.store.checkpoint(job, progress, may_yield=False)
    seen.append(read_samples(connection).value("backlog_characters"))
    fake_worker.finish(job, request)
    seen.append(read_samples(connection).value("backlog_characters"))

    assert seen == [100, 100, 60, 30]


def test_few_owners_have_labels_and_the_others_are_one(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """Anybody may name any number of owners: only those that the settings name make series."""
    for number in range(30):
        queue.submit(make_request("x" * 10, owner=f"owner{number}"), queue="bulk")
    fake_worker.take()
    connection.hset(keys.OWNERS, mapping={'jobs|a"b\\n': 5, "jobs|owner1": "many", "x": 1})
    settings = queue.settings.model_copy(update={"metrics_owners": "owner0,owner1,nobody"})

    samples = Samples(write_metrics(connection, settings))

    assert samples.value("owner_running_jobs", owner="owner0") == 1
    assert samples.value("owner_waiting_characters", owner="owner1") == 10
    assert samples.value("owner_waiting_jobs", owner="owner1") == 0
    assert samples.value("owner_waiting_jobs", owner="nobody") == 0
    assert samples.value("owner_waiting_jobs", owner="(others)") == 28
    assert len(samples.families["ktts_owner_waiting_jobs"].samples) == 4
    assert len(read_samples(connection).families["ktts_owner_waiting_jobs"].samples) == 1


def test_the_number_that_the_cluster_scales_by_is_there(connection: redis.Redis) -> None:
    """The scaler reads one line without labels; a renamed metric would stop it silently."""
    scaler = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "scaler.yaml").read_text())
    name = scaler["spec"]["triggers"][0]["metadata"]["valueLocation"]

    assert f"\n{name} 0.0\n" in write_metrics(connection)


def test_a_producer_whose_clock_is_ahead_makes_no_negative_age(
    queue: SpeechQueue, connection: redis.Redis
) -> None:
    """A job from the future is new."""
    job = queue.submit(make_request())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    connection.hset(keys.job(job.id), "enqueued_at", tomorrow.isoformat())

    assert read_samples(connection).value("oldest_waiting_seconds", queue="default") == 0


def test_a_job_s_way_is_seen(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """Waiting, running, finished: the gauge falls, the counter grows by one."""
    request = make_request()
    queue.submit(request)
    job = fake_worker.take()

    running = read_samples(connection)
    fake_worker.finish(job, request)
    finished = read_samples(connection)

    assert running.value("running_jobs") == 1
    assert running.value("waiting_jobs", queue="default") == 0
    assert finished.value("running_jobs") == 0
    assert finished.value("jobs_ended_total", queue="default", status="finished") == 1


def test_a_job_that_is_settled_twice_is_counted_once(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """The second time, because the first answer was lost, changes nothing."""
    request = make_request()
    queue.submit(request)
    job = fake_worker.take()
    for _ in range(2):
        fake_worker.finish(job, request)
        fake_worker.store.fail(job, "SilentAudio", "nothing")

    samples = read_samples(connection)

    assert samples.total("jobs_ended_total") == 1
    assert samples.total("job_failures_total") == 0


def test_a_failed_job_is_counted_with_its_error_and_stays_dead_until_it_is_retried(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """The counter keeps what the gauge forgets."""
    queue.submit(make_request(), queue="bulk")
    job = fake_worker.take()
    fake_worker.store.fail(job, "SilentAudio", "nothing")

    failed = read_samples(connection)
    queue.retry(job.job_id)
    retried = read_samples(connection)

    assert failed.value("dead_jobs", queue="bulk") == 1
    assert retried.value("dead_jobs", queue="bulk") == 0
    for samples in (failed, retried):
        assert samples.value("jobs_ended_total", queue="bulk", status="failed") == 1
        assert samples.value("job_failures_total", error="SilentAudio") == 1


def test_a_job_put_back_is_counted_by_cause_unless_it_is_cancelled_by_that(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """Whoever asked for the end meanwhile has it, and it counts as that."""
    job = queue.submit(make_request())
    fake_worker.store.requeue(fake_worker.take(), "yield")
    held = fake_worker.take()
    job.cancel()
    fake_worker.store.requeue(held, "yield")

    samples = read_samples(connection)

    assert samples.value("jobs_requeued_total", cause="yield") == 1
    assert samples.value("jobs_ended_total", queue="default", status="cancelled") == 1


def test_jobs_of_dead_workers_are_orphans_until_the_janitor_comes(
    queue: SpeechQueue,
    fake_worker: FakeWorker,
    connection: redis.Redis,
    worker_settings: WorkerSettings,
) -> None:
    """The gauge says that a janitor is missing, the counter that there was one."""
    queue.submit(make_request())
    fake_worker.take()
    assert read_samples(connection).value("orphaned_jobs") == 0
    fake_worker.lapse()

    orphaned = read_samples(connection)
    assert len(list(Janitor(connection, worker_settings).take_back())) == 1
    taken_back = read_samples(connection)

    assert orphaned.value("orphaned_jobs") == 1
    assert taken_back.value("orphaned_jobs") == 0
    assert taken_back.value("jobs_recovered_total", kind="taken_back") == 1


def test_a_job_that_was_in_no_list_is_counted_when_it_is_restored(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
) -> None:
    """What is in order is neither touched nor counted."""
    lost = queue.submit(make_request("Lost."))
    queue.submit(make_request("There."))
    connection.lrem(keys.queue("default"), 1, lost.id)

    assert list(Janitor(connection, worker_settings).restore_lost()) == [lost.id]

    samples = read_samples(connection)
    assert samples.value("jobs_recovered_total", kind="restored") == 1
    assert samples.value("waiting_jobs", queue="default") == 2


def test_a_promise_that_redis_forgot_is_counted_when_it_is_submitted_again(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
) -> None:
    """The counters were forgotten as well, so this is the first that they hear of."""
    outbox = worker_settings.work_dir / "outbox"
    settings = worker_settings.model_copy(update={"outbox_dir": outbox})
    SpeechQueue(connection, settings).submit(make_request())
    connection.flushall()

    assert len(list(Janitor(connection, settings).replay_outbox())) == 1

    assert read_samples(connection).value("jobs_recovered_total", kind="resubmitted") == 1


def test_workers_are_counted_by_state_and_show_their_memory_and_card(
    fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """What a heartbeat says of a worker is there as long as the heartbeat counts."""
    facts = {
        "state": "busy",
        "hostname": "node-1",
        "device": "cuda:1",
        "card": "GPU-7",
        "host_bytes": 1_000,
        "accelerator_bytes": 2_000,
    }
    connection.hset(keys.worker(fake_worker.name), mapping=facts)

    alive = read_samples(connection)
    fake_worker.lapse()
    dead = read_samples(connection)

    labels = {"worker": fake_worker.name, "hostname": "node-1", "device": "cuda:1"}
    assert alive.value("workers", state="busy") == 1
    assert alive.value("workers", state="idle") == 0
    assert alive.value("card_workers", card="GPU-7") == 1
    assert alive.value("worker_memory_bytes", kind="host", **labels) == 1_000
    assert alive.value("worker_memory_bytes", kind="accelerator", **labels) == 2_000
    assert dead.value("workers", state="busy") == 0
    assert dead.total("worker_memory_bytes") == 0
    assert dead.total("card_workers") == 0


def _limit_memory(server: Server, connection: redis.Redis) -> None:
    connection.config_set("maxmemory", 50 << 20)


def _fill_memory(server: Server, connection: redis.Redis) -> None:
    connection.set("ballast", b"x" * (1 << 20))


def _stop_the_log(server: Server, connection: redis.Redis) -> None:
    connection.config_set("appendonly", "no")


def _break_the_snapshot(server: Server, connection: redis.Redis) -> None:
    (server.directory / "dump.rdb").unlink(missing_ok=True)
    (server.directory / "dump.rdb").mkdir()  # a file cannot be renamed onto it
    connection.bgsave()
    eventually(lambda: connection.info("persistence")["rdb_last_bgsave_status"] == "err")


@pytest.mark.parametrize(
    ("name", "event", "is_moved"),
    [
        ("redis_memory_limit_bytes", _limit_memory, lambda before, after: after == 50 << 20),
        ("redis_memory_used_bytes", _fill_memory, lambda before, after: after > before + (1 << 20)),
        ("redis_unsaved_changes", _fill_memory, lambda before, after: after > before),
        ("redis_aof_enabled", _stop_the_log, lambda before, after: (before, after) == (1, 0)),
        ("redis_save_ok", _break_the_snapshot, lambda before, after: (before, after) == (1, 0)),
    ],
)
def test_the_state_of_redis_is_shown(
    own_server: Server,
    name: str,
    event: Callable[[Server, redis.Redis], None],
    is_moved: Callable[[float, float], bool],
) -> None:
    """Memory, its bound, and whether what Redis is told is kept."""
    with own_server.connection() as connection:
        before = read_samples(connection).value(name)
        event(own_server, connection)
        after = read_samples(connection).value(name)

    assert before is not None
    assert after is not None
    assert is_moved(before, after)


def test_a_log_that_cannot_be_written_is_shown(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails under Redis is one number; the answer of such a server is posed."""
    facts = connection.info() | {"aof_last_write_status": "err"}
    monkeypatch.setattr(connection, "info", lambda: facts)

    assert read_samples(connection).value("redis_aof_write_ok") == 0


def test_how_redis_keeps_its_data_is_shown(own_server: Server) -> None:
    """The policy of fsync is a label, and so is what becomes of keys when memory runs out."""
    with own_server.connection() as connection:
        before = read_samples(connection)
        connection.config_set("appendfsync", "everysec")
        after = read_samples(connection)

    assert before.total("redis_configuration_info", appendfsync="always") == 1
    assert after.total("redis_configuration_info", appendfsync="always") == 0
    assert after.total("redis_configuration_info", appendfsync="everysec") == 1
    assert after.total("redis_configuration_info", maxmemory_policy="noeviction") == 1


def test_a_server_that_forbids_config_is_no_hindrance(
    connection: redis.Redis, server: Server
) -> None:
    """Hosted servers often do; the policy is unknown then and all else is there."""
    connection.execute_command("ACL SETUSER hosted on >secret ~* +@all -config")
    url = f"{server.url}?username=hosted&password=secret"

    with redis.Redis.from_url(url) as hosted:
        samples = read_samples(hosted)
    connection.acl_deluser("hosted")

    assert samples.total("redis_configuration_info", appendfsync="unknown") == 1


def test_a_server_that_is_away_is_one_number(own_server: Server) -> None:
    """Half an answer would look like an empty queue: of that only redis_up is there, as 0."""
    with own_server.connection() as connection:
        own_server.kill()
        samples = read_samples(connection)

    assert samples.value("redis_up") == 0
    ours = {"ktts_build_info", "ktts_volume_up", "ktts_volume_free_bytes"}
    assert samples.families.keys() - ours == {"ktts_redis_up"}


def test_fields_of_strangers_are_passed_over(connection: redis.Redis) -> None:
    """A counter that this version does not know does no harm."""
    connection.hset(keys.COUNTERS, mapping={"of_tomorrow|x": 3, "jobs_ended|too|many|labels": 1})

    assert read_samples(connection).total("jobs_ended_total") == 0


def test_metrics_are_served_over_http(connection: redis.Redis, server: Server) -> None:
    """What Prometheus fetches is what is printed; the port is free again afterwards."""
    for _ in range(2):
        with serve_metrics(QueueSettings(redis_url=server.url), "127.0.0.1:0") as port:
            url = f"http://127.0.0.1:{port}/metrics"
            with urllib.request.urlopen(url, timeout=10) as answer:
                text = answer.read().decode()
                kind = answer.headers["Content-Type"]
        assert kind.startswith("text/plain; version=")
        assert Samples(text).families.keys() == read_samples(connection).families.keys()


def test_an_address_that_is_taken_is_refused(server: Server) -> None:
    """The process that cannot listen says where, and exits 78."""
    with (
        serve_metrics(QueueSettings(redis_url=server.url), "127.0.0.1:0") as port,
        pytest.raises(StartupError, match=f"cannot be served at 127.0.0.1:{port}") as refused,
        serve_metrics(QueueSettings(redis_url=server.url), f"127.0.0.1:{port}"),
    ):
        pass

    assert refused.value.exit_code == 78


def test_the_command_prints_them_once(
    connection: redis.Redis, process_environment: dict[str, str]
) -> None:
    """`ktts metrics` on a terminal is a look at everything."""
    printed = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "metrics"],
        env=process_environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (
        Samples(printed.stdout).families.keys()
        == Samples(write_metrics(connection)).families.keys()
    )


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        (["-m", "scripts.cli", "metrics", "--listen", "127.0.0.1:0"], {}),
        (["-m", "worker.janitor.janitor"], {"KTTS_METRICS_LISTEN": "127.0.0.1:0"}),
    ],
    ids=["command", "janitor"],
)
def test_a_process_serves_them_until_it_is_told_to_stop(
    process_environment: dict[str, str], command: list[str], settings: dict[str, str]
) -> None:
    """Both answer at the address that they are given, and SIGTERM ends them with 0."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env=process_environment | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    port = ""
    while not port:
        line = process.stderr.readline()
        assert line, "it ended without serving"
        port = line.rpartition("127.0.0.1:")[2].partition("/")[0] if "metrics at" in line else ""

    with urllib.request.urlopen(f"http://127.0.0.1:{int(port)}/metrics", timeout=10) as answer:
        samples = Samples(answer.read().decode())
    os.kill(process.pid, signal.SIGTERM)

    assert samples.value("redis_up") == 1
    assert process.wait(10) == 0
    process.stderr.close()


def test_without_a_setting_the_janitor_listens_nowhere(server: Server) -> None:
    """Nothing is opened that nobody asked for."""
    assert WorkerSettings().metrics_listen is None
    with serve_metrics(QueueSettings(redis_url=server.url), None) as port:
        assert port == 0


def test_an_address_that_is_none_is_named(process_environment: dict[str, str]) -> None:
    """A setting without a port, and an argument without a host, are one clear line."""
    with pytest.raises(StartupError, match="KTTS_METRICS_LISTEN=9108"):
        WorkerSettings(metrics_listen="9108")
    refused = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "metrics", "--listen", "9108"],
        env=process_environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 2
    assert "'9108' is not HOST:PORT" in refused.stderr

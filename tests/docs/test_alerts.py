"""The alert rules: true to the metrics that there are, and as Prometheus reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from jobs.queue import keys
from jobs.queue.queue import SpeechQueue
from tests.builders.metrics import Samples, read_samples
from tests.conftest import ROOT
from tests.fakes.fake_worker import make_request
from worker.janitor.lost_jobs import find_lost
from worker.metrics.exporter import write_metrics
from worker.settings import WorkerSettings

RULES = ROOT / "deploy" / "prometheus-rules.yml"

CASES = """
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'ktts_build_info{{job="ktts-janitor"}}', values: '1x20'}}
      - {{series: 'ktts_workers{{state="idle"}}', values: '0x20'}}
      - {{series: 'ktts_waiting_jobs{{queue="bulk"}}', values: '3x20'}}
      - {{series: 'ktts_volume_free_bytes{{volume="output"}}', values: '1e6x20'}}
      - {{series: 'ktts_redis_memory_used_bytes', values: '9x20'}}
      - {{series: 'ktts_redis_memory_limit_bytes', values: '0x20'}}
    alert_rule_test:
      - {{alertname: KttsNoWorker, eval_time: 15m, exp_alerts: [
          {{exp_labels: {{severity: critical}}, exp_annotations: {annotations}}}]}}
      - {{alertname: KttsServerInTrouble, eval_time: 15m, exp_alerts: []}}
      - {{alertname: KttsJanitorAway, eval_time: 15m, exp_alerts: []}}
"""


def read_rules() -> list[dict[str, Any]]:
    """Return the rules of the file."""
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def test_each_rule_names_metrics_and_labels_that_there_are(connection: redis.Redis) -> None:
    """A metric that was renamed takes its alert along, which would be silent for ever else."""
    families = read_samples(connection).families.values()
    known = {f.name + ("_total" if f.type == "counter" else "") for f in families}

    for rule in read_rules():
        named = set(re.findall(r"ktts_[a-z_]+", rule["expr"]))
        assert named
        assert named <= known, rule["alert"]
        assert {"summary", "action"} == rule["annotations"].keys()


def test_the_volumes_are_measured(connection: redis.Redis, tmp_path: Path) -> None:
    """Also one that is not there or cannot be written."""
    (tmp_path / "file").write_text("")
    settings = WorkerSettings(output_dir=tmp_path / "output", work_dir=tmp_path / "file")

    samples = Samples(write_metrics(connection, settings))

    assert samples.value("volume_up", volume="output") == 1
    assert samples.value("volume_up", volume="work") == 0
    assert (samples.value("volume_free_bytes", volume="output") or 0) > 0


def test_unreadable_records_are_counted_by_the_janitor(
    queue: SpeechQueue, connection: redis.Redis
) -> None:
    """A state that is none, of any record; the other programs' jobs have RQ's own."""
    job = queue.submit(make_request())
    connection.hset(keys.job("of-another-program"), "status", "deferred")
    connection.hset(keys.job(job.id), "status", "odd")

    list(find_lost(connection))
    assert read_samples(connection).value("unreadable_jobs") == 1
    connection.delete(keys.job(job.id))
    list(find_lost(connection))
    assert read_samples(connection).value("unreadable_jobs") == 0


def test_prometheus_takes_the_rules_and_they_fire(tmp_path: Path) -> None:
    """As its own tool says; Debian has it in the package prometheus."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on PATH; on Debian: apt-get install prometheus")
    [no_worker] = [rule for rule in read_rules() if rule["alert"] == "KttsNoWorker"]
    cases = tmp_path / "cases.yml"
    cases.write_text(CASES.format(rules=RULES, annotations=no_worker["annotations"]))

    for command in (["check", "rules", str(RULES)], ["test", "rules", str(cases)]):
        done = subprocess.run(
            [promtool, *command], check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr

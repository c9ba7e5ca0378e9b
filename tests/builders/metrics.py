"""Metrics as Prometheus reads them: by its own library's parser."""

from __future__ import annotations

import redis
from prometheus_client.parser import text_string_to_metric_families

from worker.metrics.exporter import write_metrics


class Samples:
    """One answer, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """Return one number, or None where there is none with exactly these labels."""
        return self._values.get((f"ktts_{name}", frozenset(labels.items())))

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of all that have at least these labels."""
        return sum(
            value
            for (sample, its_labels), value in self._values.items()
            if sample == f"ktts_{name}" and its_labels >= labels.items()
        )


def read_samples(connection: redis.Redis) -> Samples:
    """Ask for the metrics now."""
    return Samples(write_metrics(connection))

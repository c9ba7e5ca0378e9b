"""Counters and gauges in Prometheus format, and the exporter that serves them."""

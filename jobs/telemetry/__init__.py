"""What is told to those who operate it: log lines, traces, metrics over OTLP."""

"""All commands: where each is, and what it does."""

from __future__ import annotations

COMMANDS = {
    "speak": ("scripts.commands.speak", "speech", "speak a text and wait for the file"),
    "audiobook": ("scripts.commands.audiobook", "speech", "turn books into audiobooks"),
    "submit": ("scripts.commands.submit", "speech", "put texts into the queue and go"),
    "status": ("scripts.commands.status", "queue", "show the queue, a job or a book"),
    "cancel": ("scripts.commands.cancel", "queue", "end jobs"),
    "retry": ("scripts.commands.retry", "queue", "submit failed jobs once more"),
    "webhooks": ("scripts.commands.webhooks", "queue", "show who is to be told, and tell again"),
    "lexicon": ("scripts.commands.lexicon", "word", "find words of a book to say otherwise"),
    "pronounce": ("scripts.commands.pronounce", "word", "show how a text would be said"),
    "voices": ("scripts.commands.voices", "word", "list the voices"),
    "up": ("scripts.commands.up", "server", "run server and workers on this machine"),
    "worker": ("worker.__main__", "", "run one worker on the queue's server"),
    "janitor": ("worker.janitor.janitor", "", "bring back the jobs of dead workers"),
    "web": ("scripts.commands.web", "server", "serve jobs over HTTP"),
    "metrics": ("scripts.commands.metrics", "server", "print or serve metrics for Prometheus"),
    "doctor": ("scripts.commands.doctor", "machine", "report on device, model, server and volume"),
    "fetch-model": ("scripts.commands.fetch_model", "machine", "fetch the model's files"),
    "benchmark": (
        "scripts.commands.measurement.benchmark",
        "machine",
        "measure speed beside other front ends",
    ),
    "soak": (
        "scripts.commands.measurement.soak",
        "machine",
        "watch a worker's memory over many jobs",
    ),
    "quality": (
        "scripts.commands.measurement.quality",
        "machine",
        "measure how well it can be understood",
    ),
    "completion": ("scripts.parsers.completion", "word", "print completion for a shell"),
}
"""Name to the module that does it, the file in `scripts.parsers` that has its command line, and
what it does."""

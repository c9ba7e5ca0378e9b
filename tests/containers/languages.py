"""One short job in each language, and every format among them: the image lacks nothing for it."""

from __future__ import annotations

from itertools import cycle

from jobs import SpeechQueue, SpeechRequest
from jobs.errors import JobFailed, JobTimeout
from jobs.request import FORMATS
from jobs.voices import LANGUAGES, default_voice
from tests.containers.compose import CheckFailed, Compose

JOB_SECONDS = 1_800
"""For all of them; each language's dictionary is loaded on the way."""

SENTENCES = {
    "a": "Dr. Reed paid $4.20 for 3 maps, didn't he?",
    "b": "The colour of the harbour at half past nine is grey.",
    "e": "El tren sale a las 7:45 y cuesta 12,50 €.",
    "f": "L'hiver dernier, il a neigé pendant trois jours.",
    "h": "आज मौसम बहुत अच्छा है और बाज़ार खुला है।",
    "i": "La città è bella, ma il treno costa 9,90 €.",
    "j": "明日は友達と図書館で本を読みます。",
    "p": "Amanhã cedo vamos à praia com as crianças.",
    "z": "我们明天上午九点在图书馆见面。",
}
"""Each with what takes its own package to read: numbers, accents, its script."""


def speak_every_language(compose: Compose, queue: SpeechQueue) -> str:
    """Speak a sentence in each language; the formats take turns."""
    requests = [
        SpeechRequest(text=SENTENCES[language], voice=default_voice(language), format=format_)
        for language, format_ in zip(LANGUAGES, cycle(FORMATS), strict=False)
    ]
    jobs = [queue.submit(request) for request in requests]
    seconds = 0.0
    for request, job in zip(requests, jobs, strict=True):
        try:
            result = job.wait(JOB_SECONDS)
        except JobFailed as exc:
            if exc.error_name != JobTimeout.__name__:
                raise
            # Two minutes are enough for a sentence, unless all cores are busy with other things.
            result = queue.submit(request).wait(JOB_SECONDS)
        compose.check_file(result.path, result.sha256)
        if result.unspoken:
            raise CheckFailed(f"{request.voice} leaves out {result.unspoken}")
        seconds += result.audio_seconds
    return f"{seconds:.0f} s of audio in {len(jobs)} languages; {', '.join(FORMATS)}"

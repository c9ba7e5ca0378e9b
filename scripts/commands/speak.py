"""``ktts speak``: submit a text, show how it goes, wait, print where the file is.

The audio of a file goes beside the user, ``chapter.txt`` to ``./chapter.wav``; that of a text
stays in the output directory. ``-o FILE`` names another place, ``-o -`` is standard output. A file
that is there is never replaced unasked; the same call again finds its own.

With ``--json`` the last line of standard output is ``{"job_id", "status", "path", "audio_seconds",
"processing_seconds", "real_time_factor", "chunks", "characters", "phonemes", "device", "voice",
"sample_rate", "sha256"}``. Talk goes to standard error.

Exit codes: 0 spoken, 1 cancelled, 65 the request is wrong, 66 the text cannot be read, 69 no queue
server, 73 the output file exists, 74 it cannot be written, 75 queue full, 78 (``--embedded``)
device, model or server cannot be used, 130 interrupted; else that of the error that ended the job.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import (
    InvalidRequest,
    QueueSettings,
    SpeechJob,
    SpeechRequest,
    SpeechResult,
    SpeechStatus,
    UnknownJob,
)
from jobs.errors import OutputError
from jobs.files.stores import find_store
from jobs.queue.overview import find_workers, is_preparing
from scripts.audiobook.plan.word_list import apply_lexicon
from scripts.console.copy_output import (
    borrow_output,
    check_target,
    deliver,
    is_output_lost,
    is_stored,
    pipe,
)
from scripts.console.options import build_request
from scripts.console.progress import (
    count,
    describe_speed,
    follow,
    format_seconds,
    list_progress,
)
from scripts.console.screen import (
    GAP,
    MAX_BAR_COLUMNS,
    NO_WORKER,
    PREPARING,
    Screen,
    draw_progress,
    tell,
)
from scripts.local_stack.embedded import Workplace, open_workplace
from scripts.local_stack.stack import local_settings, stop_signals
from scripts.parsers import speech_parsers

JSON_FIELDS = (
    "job_id",
    "status",
    "path",
    "audio_seconds",
    "processing_seconds",
    "real_time_factor",
    "chunks",
    "characters",
    "phonemes",
    "device",
    "voice",
    "sample_rate",
    "sha256",
)

STANDARD_OUTPUT = "-"

LINE_SECONDS = 5.0
"""Between two lines where standard error is no terminal."""

LOOKS = 10
"""Looks at a waiting job for each one at the workers."""

SHOWN_UNSPOKEN = 3
"""Places named of what was not spoken; the sidecar file has them all."""


def main(argv: Sequence[str] | None = None) -> int:
    """Speak one text."""
    args = speech_parsers.speak().parse_args(argv)
    if args.output == STANDARD_OUTPUT and args.json:
        raise InvalidRequest("-o - and --json both want standard output; choose one")
    settings = local_settings(args.data, "") if args.embedded else QueueSettings()
    named = Path(args.output) if args.output not in {None, STANDARD_OUTPUT} else None
    request = apply_lexicon(build_request(args, args.source, settings, named), args.lexicon)
    target = named or _choose_target(args, request)
    has_own = target is not None and named is None and _is_ours(target, request, settings)
    if target is not None and not has_own:
        check_target(target, overwrite=args.overwrite)
    with (
        stop_signals(),
        Screen(sys.stderr, seconds=LINE_SECONDS) as screen,
        open_workplace(args, screen.say) as place,
    ):
        result = _speak(request, place, args, screen)
        path = _hand_over(result, place.queue.settings, target, args, has_own=has_own)
    _report(result, path, args)
    return 0


def _choose_target(args: argparse.Namespace, request: SpeechRequest) -> Path | None:
    """Return where the audio of a file goes: beside the user, under the name of the file."""
    source = request.metadata.get("source")
    if not source or args.output == STANDARD_OUTPUT or args.name is not None:
        return None
    return Path(f"{Path(source).stem}.{request.format}")


def _is_ours(target: Path, request: SpeechRequest, settings: QueueSettings) -> bool:
    """Tell whether the file at `target` is what this request has made before."""
    name = f"{request.output_file}.json"
    try:
        store = find_store(settings.output_dir)
        sidecar = store.read(name) if store else (settings.output_dir / name).read_bytes()
        known = SpeechResult.model_validate_json(sidecar or b"")
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == known.sha256
    except (OSError, ValueError):
        return False


def _speak(
    request: SpeechRequest, place: Workplace, args: argparse.Namespace, screen: Screen
) -> SpeechResult:
    """Submit and wait; a finished job whose file is gone is made anew."""
    again = args.again
    while True:
        job = place.queue.submit(request, queue=args.queue, again=again, overwrite=args.overwrite)
        result = _wait(job, place, screen)
        if job.is_new or again or not is_output_lost(result, place.queue.settings):
            return result
        screen.say(f"the file of job {job.id} is gone; speaking it again")
        again = True


def _wait(job: SpeechJob, place: Workplace, screen: Screen) -> SpeechResult:
    try:
        if not place.has_own_workers and not find_workers(place.queue.connection):
            screen.say(NO_WORKER)
        is_told = False
        for number, facts in enumerate(follow(job)):
            is_due = not is_told and number % LOOKS == 0 and facts.status is SpeechStatus.QUEUED
            if is_due and is_preparing(place.queue.connection):
                screen.say(PREPARING)
                is_told = True
            known = list_progress(facts)
            columns = min(MAX_BAR_COLUMNS, screen.columns // 5)
            drawn = draw_progress(facts.progress.fraction, *known, columns=columns)
            screen.show(drawn, GAP.join(known), is_last=facts.status.is_terminal)
            place.check()
    except KeyboardInterrupt:
        screen.clear()
        _cancel(job, screen)
        raise
    screen.clear()
    return job.result()


def _cancel(job: SpeechJob, screen: Screen) -> None:
    """Take back what this call has submitted; a job that was there before goes on."""
    if not job.is_new:
        screen.say(f"job {job.id} was there before and goes on; `ktts cancel {job.id}` ends it")
        return
    try:
        job.cancel(keep_partial=True)
    except UnknownJob:
        return
    screen.say(f"job {job.id} is cancelled; the same command goes on where it stopped")


def _hand_over(
    result: SpeechResult,
    settings: QueueSettings,
    target: Path | None,
    args: argparse.Namespace,
    *,
    has_own: bool,
) -> str:
    """Return where the user finds the file, copied there if a place was named."""
    is_piped = args.output == STANDARD_OUTPUT
    if target is None and not is_piped and is_stored(result, settings):
        return result.path
    with borrow_output(result, settings) as source:
        if source is None and (target is not None or is_piped):
            raise OutputError(_describe_distance(result))
        if source is not None and is_piped:
            pipe(result, source, sys.stdout.buffer)
        if target is None or source is None:
            return str(source or result.path)
        if has_own and not args.again:
            tell(f"{target} is there already, as it was spoken before; --again makes it anew")
        else:
            deliver(result, source, target, overwrite=args.overwrite or has_own)
    return str(target.absolute())


def _describe_distance(result: SpeechResult) -> str:
    if result.object:
        return (
            f"the file is {result.object}, out of reach from here; set KTTS_OUTPUT_STORE as the "
            "workers have it, or fetch the address in the result"
        )
    return (
        f"the file is {result.path} on the worker's machine, out of reach from here; "
        "mount that directory and set KTTS_OUTPUT_DIR"
    )


def _report(result: SpeechResult, path: str, args: argparse.Namespace) -> None:
    if result.unspoken:
        places = ", ".join(
            f"{piece.text[:20]!r} at {piece.start}" for piece in result.unspoken[:SHOWN_UNSPOKEN]
        )
        more = ", ..." if len(result.unspoken) > SHOWN_UNSPOKEN else ""
        found = count(len(result.unspoken), "place")
        tell(f"not spoken, {found}: {places}{more}")
    summary = f"{format_seconds(result.audio_seconds)} of audio on {result.device}"
    tell(f"{summary}, {describe_speed(result.real_time_factor)}")
    if args.json:
        document = result.model_dump(mode="json") | {"path": path}
        print(json.dumps({name: document[name] for name in JSON_FIELDS}))
    elif args.output != STANDARD_OUTPUT:
        print(path)

"""``ktts quality``: how well the speech can be understood, and how far it is from fp32.

Speaks a fixed set (fiction, numbers and dates, abbreviations, dialogue, a list, very short lines)
with four English voices as a worker here would, and reads it back with Whisper tiny.en. Six
other languages are read back by Whisper base, a few short sentences each, and compared with fp32;
Hindi it would write in Latin letters, so nobody hears that. The same
chunks in fp32 give the length and the log-spectral distance to it; fp32 with another seed gives the
distance below which nothing counts. Sentences with figures in all nine languages must have the
phonemes of their words. ``KTTS_PRECISION`` and the other worker settings apply.

The last line of standard output is one JSON document: ``{"word_error_rate",
"word_error_rate_fp32", "word_error_rate_by_kind", "covered", "unspoken", "length_ratio",
"distance_db", "floor_db", "chunks", "audio_seconds", "longest_silence_seconds",
"clipped_share", "set", "against", "product", "figures", "baseline", "worse", "not_heard",
"languages", "foreign_loss", "misread", "misread_share"}``. Talk goes to standard error. With
``--sound`` it is ``{"opinion", "opinion_by_language", "lost_pauses", "set", "product", "figures",
"baseline", "worse"}``: opinion scores of Distill-MOS (``chunks, score, score_fp32, difference,
interval``), paired with fp32.

Exit codes: 0 as good as the baseline (a text of your own: as fp32), 1 worse, 66 a file cannot be
read, 69 Whisper cannot be fetched, 74 the picture cannot be written, 78 the model cannot be loaded
or the extra ``quality`` is not installed, 130 interrupted.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jobs.voices import LANGUAGES
from scripts.console.input_text import read_file
from scripts.console.screen import tell
from scripts.measure.quality.baseline import (
    DEFAULT_PATH,
    find_broken_promises,
    find_worse,
    load_baseline,
    read_figures,
    save_baseline,
)
from scripts.measure.quality.figure_sentences import find_misread, load_figure_sentences
from scripts.measure.quality.opinion_score import compare_sound, open_judge, summarize_opinions
from scripts.measure.quality.other_languages import find_loss, hear_languages
from scripts.measure.quality.picture import draw_spectrograms
from scripts.measure.quality.quality_sentences import (
    ENGLISH_VOICES,
    Reading,
    choose_foreign_readings,
    choose_opinion_readings,
    choose_readings,
    readings_of,
)
from scripts.measure.quality.recogniser import Listen, open_ear, open_ears
from scripts.measure.quality.recordings import Script, record, write_scripts
from scripts.measure.quality.scores import Finding, examine, find_worst, summarize
from scripts.measure.speed.chart import check_chart
from scripts.parsers import machine_parsers
from worker.engine import Engine, load_engine
from worker.settings import WorkerSettings

OWN = "own"
SOUND = "sound"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, compare, print."""
    args = machine_parsers.quality().parse_args(argv)
    args.baseline = args.baseline or DEFAULT_PATH
    settings = WorkerSettings()
    if args.plot is not None:
        check_chart(args.plot)
    readings, name = _choose(args, settings)
    engine = load_engine(settings)
    reference = _load_reference(settings) if args.against == "fp32" or args.sound else None
    if args.sound and reference is not None:
        return _judge_sound(engine, reference, args)
    listen = open_ear(tell, settings.threads or 0)
    scripts = list(write_scripts(readings, engine))
    findings = [_examine(script, engine, reference, listen) for script in scripts]
    document = summarize(findings) | {
        "set": name,
        "against": args.against,
        "product": engine.synthesizer.fingerprint,
        "not_heard": sorted({r.voice for r in readings if not r.is_heard}),
    }
    if name != OWN:
        document |= _compare_figures(engine)
        document |= _hear_languages(engine, reference, settings, quick=args.quick)
    _judge(document, args, name)
    if args.plot is not None and reference is not None:
        _draw(findings, engine, reference, args.plot)
    if not args.json:
        _report(document)
    print(json.dumps(document))
    return int(bool(document["worse"]))


def _choose(args: argparse.Namespace, settings: WorkerSettings) -> tuple[list[Reading], str]:
    """Return what is to be read, and the name of that set."""
    if args.text is None:
        return list(choose_readings(quick=args.quick)), "quick" if args.quick else "full"
    voices = args.voices.split(",") if args.voices else ENGLISH_VOICES
    return readings_of(
        read_file(args.text, settings.max_characters), [v.strip() for v in voices]
    ), OWN


def _load_reference(settings: WorkerSettings) -> Engine:
    return load_engine(settings.model_copy(update={"precision": "fp32"}))


def _examine(script: Script, engine: Engine, reference: Engine | None, listen: Listen) -> Finding:
    reading = script.reading
    tell(f"{reading.voice}: {reading.kind}, {len(reading.text)} characters")
    fp32 = other_take = None
    if reference is not None:
        fp32 = record(script, reference)
        other_take = record(script, reference, take=1)
    return examine(script, record(script, engine), listen, fp32=fp32, other_take=other_take)


def _judge_sound(engine: Engine, reference: Engine, args: argparse.Namespace) -> int:
    """Speak the sentences for opinion scores in both precisions, judge, compare, print."""
    judge = open_judge(tell)
    opinions = []
    readings = choose_opinion_readings()
    for number, script in enumerate(write_scripts(readings, engine), 1):
        ours, theirs = record(script, engine), record(script, reference)
        opinions += [
            compare_sound(script.reading.language, one.samples, other.samples, judge)
            for one, other in zip(ours.segments, theirs.segments, strict=True)
        ]
        tell(f"{number}/{len(readings)} {script.reading.voice}: {opinions[-1].difference:+.3f}")
    document = summarize_opinions(opinions) | {
        "set": SOUND,
        "product": engine.synthesizer.fingerprint,
    }
    document["figures"] = {
        "opinion_loss": -document["opinion"]["difference"],
        "opinion_loss_at_most": -document["opinion"]["interval"][0],
        "lost_pauses": float(document["lost_pauses"]),
    }
    _compare(document, args, SOUND, covered=True)
    if not args.json:
        for name, value in document["figures"].items():
            tell(f"{name}: {value:.4g}")
        for line in document["worse"]:
            tell(f"worse: {line}")
    print(json.dumps(document))
    return int(bool(document["worse"]))


def _hear_languages(
    engine: Engine, reference: Engine | None, settings: WorkerSettings, *, quick: bool
) -> dict[str, Any]:
    ears = open_ears(tell, settings.threads or 0)
    readings = choose_foreign_readings(quick=quick)
    by_language = hear_languages(readings, engine, reference, ears, tell)
    return {
        "languages": by_language,
        "foreign_loss": find_loss(by_language),
        "not_heard": sorted({one.voice for one in readings if one.language not in ears}),
    }


def _compare_figures(engine: Engine) -> dict[str, Any]:
    sentences = load_figure_sentences()
    tell(f"{len(sentences)} sentences with figures, against their words")
    misread = list(find_misread(sentences, engine.phonemizer))
    return {
        "misread": [asdict(one) for one in misread],
        "misread_share": round(len(misread) / len(sentences), 4),
    }


def _judge(document: dict[str, Any], args: argparse.Namespace, name: str) -> None:
    """Add figures, baseline and what is worse; make a new baseline where that is asked for."""
    document["figures"] = read_figures(document)
    if name == OWN:
        document["baseline"] = None
        document["worse"] = list(find_broken_promises(document))
        return
    _compare(document, args, name, covered=document["covered"])


def _compare(
    document: dict[str, Any], args: argparse.Namespace, name: str, *, covered: bool
) -> None:
    figures = document["figures"]
    if args.update_baseline:
        save_baseline(args.baseline, name, figures)
    baseline = document["baseline"] = load_baseline(args.baseline, name)
    if baseline is None:
        tell(f"{args.baseline} has no set {name!r}; --update-baseline makes one")
    document["worse"] = list(find_worse(figures, baseline or {}, covered=covered))


def _draw(findings: list[Finding], engine: Engine, reference: Engine, path: Path) -> None:
    """Draw the chunk that is farthest from fp32; that one is spoken once more."""
    worst = find_worst(findings)
    if worst is None:
        tell("nothing to draw: no chunk is as long as in fp32")
        return
    whole, chunk = findings[worst[0]].script, worst[1]
    span = whole.chunks[chunk]
    script = replace(whole, chunks=(span,))
    recordings = {
        "as a worker speaks it": record(script, engine),
        "fp32": record(script, reference),
        "fp32, another seed": record(script, reference, take=1),
    }
    draw_spectrograms(
        {name: recording.segments[0].samples for name, recording in recordings.items()},
        f"{script.reading.voice}: {script.request.text[span.start : span.end][:70]}",
        path,
    )
    tell(f"drawn: {path}")


def _report(document: dict[str, Any]) -> None:
    for name, value in document["figures"].items():
        tell(f"{name}: {value:.4g}")
    if document["not_heard"]:
        voices = ", ".join(document["not_heard"])
        tell(f"Whisper cannot judge these: {voices}")
    for language, found in document.get("languages", {}).items():
        fp32 = found["error_rate_fp32"]
        beside = "" if fp32 is None else f", in fp32 {fp32:.1%}"
        tell(f"{LANGUAGES[language]}: error rate {found['error_rate']:.1%}{beside}")
    for one in document.get("misread", ()):
        tell(f"misread: {one['sentence']['written']}: {one['phonemes']}, not {one['wanted']}")
    for line in document["worse"]:
        tell(f"worse: {line}")

"""The GPU compatibility report as text for people.

The order is that of the report this project grew from: hardware, software, root cause, options,
performance, current mode, how to switch. What needs a hand stands above all of it.
"""

import shutil
import textwrap
from collections.abc import Iterator

from scripts.diagnosis.diagnosis import Diagnosis
from scripts.diagnosis.state import MeasuredSpeed
from worker.speech.device.candidates import Candidate
from worker.speech.device.device import describe_candidate
from worker.speech.device.fixes import format_capability, suggest_plain_wheel
from worker.volume import VolumeState

WIDTH = 96
"""Columns of the report, where the window has as many."""
LABEL = 16
"""Columns of the label in front of a fact."""
INDENT = "  "


def write_report(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the lines of the report."""
    yield "GPU COMPATIBILITY REPORT - Kokoro TTS Processor"
    yield ""
    yield from _verdict(diagnosis)
    sections = (
        ("HARDWARE", _hardware(diagnosis)),
        ("SOFTWARE", _software(diagnosis)),
        ("ROOT CAUSE", _root_cause(diagnosis)),
        ("OPTIONS, best first", _options(diagnosis)),
        ("PERFORMANCE", _performance(diagnosis)),
        ("CURRENT MODE", _current_mode(diagnosis)),
        ("HOW TO SWITCH", _switches(diagnosis)),
        ("MODEL, SERVER, VOLUMES", _surroundings(diagnosis)),
    )
    for title, lines in sections:
        yield ""
        yield title
        yield from lines


def _verdict(diagnosis: Diagnosis) -> Iterator[str]:
    choice, server = diagnosis.choice, diagnosis.server
    if choice and choice.warning:
        yield "WARNING: a GPU stands idle; see ROOT CAUSE and OPTIONS."
    if server.reachable and server.detail:
        yield from _wrap("WARNING: ", f"Redis {server.detail}.")
    if choice and not diagnosis.problems:
        yield f"VERDICT: a worker can run here, on {choice.name}."
        return
    count = len(diagnosis.problems)
    yield f"VERDICT: no worker can run here; {count} thing{'s' * (count > 1)} to mend:"
    for number, (_, text) in enumerate(diagnosis.problems, start=1):
        yield from _wrap(f"{INDENT}{number}. ", text)


def _hardware(diagnosis: Diagnosis) -> Iterator[str]:
    cards = diagnosis.cards
    reached = [found for found in diagnosis.candidates if found.card]
    if not cards and not reached:
        yield from _fact("GPU", "none found")
    for candidate in [] if cards else reached:
        yield from _fact("GPU", describe_candidate(candidate))
    for card in cards:
        capability = format_capability(card.capability)
        yield from _fact(f"GPU {card.index}", f"{card.name}, compute capability {capability}")
    if cards or diagnosis.driver_cuda:
        driver = diagnosis.driver_cuda
        yield from _fact("NVIDIA driver", f"serves CUDA up to {driver}" if driver else "not found")
    yield from _fact("CPU", diagnosis.cpu)


def _software(diagnosis: Diagnosis) -> Iterator[str]:
    build = diagnosis.build
    if build is None:
        yield from _fact("PyTorch", "not installed, or it cannot be imported")
    else:
        cuda = f"built for CUDA {build.cuda}" if build.cuda else "built without CUDA"
        yield from _fact("PyTorch", f"{build.version}, {cuda}")
        yield from _fact("Kernels for", " ".join(build.kernels) or "no card that it can reach")
    yield from _fact("kokoro", diagnosis.kokoro or "not installed")
    yield from _fact("Model", f"Kokoro-82M, {diagnosis.model.state}: {diagnosis.model.detail}")


def _root_cause(diagnosis: Diagnosis) -> Iterator[str]:
    blocked = _blocked(diagnosis)
    for candidate in blocked:
        yield from _wrap(INDENT, f"{describe_candidate(candidate)}: {candidate.reason}.")
    if blocked:
        return
    usable = _usable_accelerator(diagnosis)
    if usable is None:
        text = "none: there is no GPU here, and nothing to repair."
        if diagnosis.build is None:
            text = "without PyTorch no device can be tried."
        elif diagnosis.build.cuda:
            text = (
                "none: there is no GPU here. This PyTorch brings CUDA, some 5 GB, for nothing; "
                "OPTIONS has the line for the one without."
            )
        yield from _wrap(INDENT, text)
    elif diagnosis.choice and diagnosis.choice.name == "cpu":
        yield from _wrap(INDENT, f"none: {describe_candidate(usable)} works, but settings say CPU.")
    else:
        yield from _wrap(INDENT, f"none: {describe_candidate(usable)} works.")


def _options(diagnosis: Diagnosis) -> Iterator[str]:
    options: list[tuple[str, str]] = []
    last_resorts: list[tuple[str, str]] = []
    for candidate in _blocked(diagnosis):
        options.append((f"Make {describe_candidate(candidate)} usable:", candidate.fix))
        if "has no kernels" in candidate.reason and candidate.capability:
            built = format_capability(candidate.capability)
            text = "Build PyTorch from source for this card (many hours, about 50 GB of disk):"
            last_resorts.append((text, f"TORCH_CUDA_ARCH_LIST={built} python setup.py bdist_wheel"))
    usable = _usable_accelerator(diagnosis)
    if usable:
        options.insert(0, (f"Use {describe_candidate(usable)}, which works:", "KTTS_DEVICE=auto"))
    else:
        card = "Put in a card of compute capability 7.5 or newer, which the newest wheels serve."
        options.append((card, ""))
        if diagnosis.build and diagnosis.build.cuda and not diagnosis.cards:
            options.append(("Free the disk of CUDA:", suggest_plain_wheel(diagnosis.build.version)))
    options += last_resorts
    options.append(("Use the CPU, which always works:", "USE_GPU=false"))
    for number, (text, command) in enumerate(options, start=1):
        yield from _wrap(f"{INDENT}{number}. ", text)
        if command:
            yield f"{INDENT}      {command}"


def _performance(diagnosis: Diagnosis) -> Iterator[str]:
    speed, choice = diagnosis.speed, diagnosis.choice
    if speed and choice and speed.device == choice.name:
        yield from _fact("Now", _describe_speed(speed))
    else:
        yield from _fact("Now", f"not measured yet{f' on {choice.name}' if choice else ''}")
        if speed:
            yield from _fact("Last measured", _describe_speed(speed))
    waiting = [found.name for found in _blocked(diagnosis)]
    if waiting:
        names = ", ".join(waiting)
        text = f"not measured yet on {names}; run `ktts benchmark` once usable"
        yield from _fact("Expected", text)


def _current_mode(diagnosis: Diagnosis) -> Iterator[str]:
    choice, fast_path = diagnosis.choice, diagnosis.fast_path
    known = f", {fast_path.precision}" if fast_path.precision != "unknown" else ""
    yield from _fact("Device", f"{choice.name}{known}" if choice else "none")
    yield from _fact("Why", choice.reason if choice else diagnosis.refusal)
    use_gpu = diagnosis.settings.use_gpu
    shown = "unset" if use_gpu is None else str(use_gpu).lower()
    yield from _fact("Settings", f"KTTS_DEVICE={diagnosis.settings.device}, USE_GPU {shown}")
    state = fast_path.precision if fast_path.enabled else "off"
    yield from _fact("Fast path", f"{state}: {fast_path.reason}")


def _switches(diagnosis: Diagnosis) -> Iterator[str]:
    usable = _usable_accelerator(diagnosis)
    yield from _fact("Best device", "KTTS_DEVICE=auto, and USE_GPU unset or true")
    named = usable.name if usable else "cuda:0"
    yield from _fact(
        "One device", f"KTTS_DEVICE={named} (the worker exits 78 if it cannot be used)"
    )
    yield from _fact("CPU", "USE_GPU=false")
    yield from _fact("Then", "restart the workers and run `ktts doctor` again")


def _surroundings(diagnosis: Diagnosis) -> Iterator[str]:
    yield from _fact("Model", f"{diagnosis.model.state}, {diagnosis.model.path}")
    server = diagnosis.server
    yield from _fact("Redis", f"{server.url} {'answers' if server.reachable else server.detail}")
    if server.reachable:
        yield from _fact("", f"version {server.version}, persistence {server.persistence}")
        yield from _fact("", f"{server.workers} registered workers")
    yield from _volume("Output", diagnosis.output)
    if address := diagnosis.settings.store_address:
        yield from _fact("Store", f"{address} {diagnosis.store_fault or 'takes files'}")
    yield from _volume("Work", diagnosis.work)


def _volume(label: str, volume: VolumeState) -> Iterator[str]:
    yield from _fact(label, volume.path)
    state = "writable" if volume.writable else "NOT writable"
    text = f"{state}, {volume.free_bytes / 1e9:.1f} GB free"
    yield from _fact("", f"{text}; {volume.detail}" if volume.detail else text)


def _blocked(diagnosis: Diagnosis) -> list[Candidate]:
    """Accelerators that are there but cannot be used."""
    return [found for found in diagnosis.candidates if found.name != "cpu" and found.fix]


def _usable_accelerator(diagnosis: Diagnosis) -> Candidate | None:
    usable = (found for found in diagnosis.candidates if found.usable and found.name != "cpu")
    return next(usable, None)


def _describe_speed(speed: MeasuredSpeed) -> str:
    factor = f"real-time factor {speed.real_time_factor:.2f}"
    if speed.real_time_factor > 0:
        factor = f"{1 / speed.real_time_factor:.1f}x real time ({factor})"
    return f"{factor} on {speed.device}, {speed.audio_seconds:.0f} s of audio, {speed.at}"


def _fact(label: str, text: str) -> Iterator[str]:
    return _wrap(f"{INDENT}{label:<{LABEL}}", text)


def _wrap(lead: str, text: str) -> Iterator[str]:
    """Wrap `text` behind `lead`; commands and paths are never broken."""
    yield from textwrap.wrap(
        text,
        min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )

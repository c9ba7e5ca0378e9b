"""Pictures of the terminal for README.md: ``python -m tests.docs.pictures`` makes them anew.

They show what the commands draw of fixed records, so that they stay true; a test compares them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.terminal_theme import SVG_EXPORT_THEME

from jobs.books.batch_status import BatchStatus, PartStatus
from jobs.queue.overview import Overview, WorkerInfo
from jobs.request import SpeechProgress
from scripts.audiobook.make.table import draw_books, draw_head
from scripts.console.screen import Bar, make_table, make_text
from scripts.console.tables import draw_queue
from tests.builders.batches import DONE, QUEUED, RUNNING, make_status
from tests.conftest import ROOT
from tests.scripts.console.test_progress import make_facts

PICTURES = ROOT / "docs" / "pictures"
COLUMNS, LINES = 80, 22
LONGER = 9
WORKER_CHAPTER = 2

LAYOUT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font: {char_height}px/{line_height}px DejaVu Sans Mono, Menlo, Consolas, monospace;
}}
.{unique_id}-title {{ font: bold 18px arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Of a picture: that of `rich` without the fonts, which another host would have to send."""

TITLES = (
    *("The Harbour", "Salt", "A Letter from the Lighthouse", "Low Tide", "The Net"),
    *("What the Pilot Knew", "Fog", "The Second Letter"),
)
SPEEDS = {
    "AVX-512, a chapter": {"this": 5.8, "kokoro-onnx, int8": 5.8 / 5.0, "kokoro 0.9.4": 1.0},
    "AVX2, a book": {"this": 3.88, "kokoro's network": 1.0},
}
"""Times as fast as kokoro on the same two cores: the figures of docs/comparison.md."""

OVERVIEW = Overview(
    waiting={"interactive": 0, "default": 0, "bulk": 6},
    waiting_characters=41_250,
    running=2,
    finished=12,
    failed=1,
    cancelled=0,
    workers=("w1", "w2"),
)
WORKERS = (
    WorkerInfo("1f0c7a52", "busy", "desk", ("default",), "cpu", "", 1_900_000_000, 0),
    WorkerInfo("9be20d11", "busy", "attic", ("default",), "cuda:0", "", 1_900_000_000, 0),
)


def draw_pictures() -> Iterator[tuple[str, str]]:
    """Yield the name of each picture's file, and its SVG."""
    book = _make_book()
    places = {"w1": "desk 4242", "w2": "attic 811"}
    scenes: dict[str, tuple[str, RenderableType]] = {
        "book": ("ktts audiobook", draw_books([book], places, columns=COLUMNS, lines=LINES)),
        "status": ("ktts status --watch", _draw_status(book)),
        "speed": ("times as fast as kokoro's own, on two cores", _draw_speeds()),
    }
    for name, (title, drawn) in scenes.items():
        console = Console(
            record=True,
            width=COLUMNS,
            file=io.StringIO(),
            color_system="truecolor",
            force_terminal=True,
            legacy_windows=False,
            markup=False,
            highlight=False,
            _environ={},
        )
        console.print(drawn)
        yield (
            f"{name}.svg",
            console.export_svg(
                title=title, theme=SVG_EXPORT_THEME, code_format=LAYOUT, unique_id=name
            ),
        )


def _make_book() -> BatchStatus:
    states = [[DONE, DONE], [DONE], [DONE, RUNNING], [QUEUED, RUNNING], *[[QUEUED]] * 4]
    book = make_status(*states, title="The Lighthouse at the End of the Pier")
    chapters = tuple(
        chapter.model_copy(update={"title": title})
        for chapter, title in zip(book.manifest.chapters, TITLES, strict=True)
    )
    manifest = book.manifest.model_copy(update={"author": "Ada Quill", "chapters": chapters})
    return replace(book, manifest=manifest, parts=tuple(map(_lengthen, book.parts)))


def _lengthen(part: PartStatus) -> PartStatus:
    """Return a part of fifteen minutes, on a worker that the picture knows."""
    characters, seconds = part.progress.characters, part.progress.audio_seconds
    longer = {
        "characters": characters * LONGER,
        "audio_seconds": seconds * LONGER,
        "processing_seconds": part.progress.processing_seconds * LONGER,
    }
    return replace(
        part,
        characters=part.characters * LONGER,
        audio_seconds=part.audio_seconds * LONGER,
        progress=part.progress.model_copy(update=longer),
        worker="" if not part.worker else "w1" if part.chapter == WORKER_CHAPTER else "w2",
    )


def _draw_status(book: BatchStatus) -> RenderableType:
    def make(at: int, status: str, source: str, share: int = 0, **more: str):
        progress = SpeechProgress(
            chunks=share // 4,
            characters=share,
            characters_total=100,
            audio_seconds=4.0 * share,
            processing_seconds=0.8 * share,
            real_time_factor=0.2 if share else 0.0,
        )
        known = {"job_id": f"{at * 2_654_435_761 % 2**32:08x}", "source": source, "worker": ""}
        return replace(make_facts(status), progress=progress, **known | more)

    jobs = [
        make(1, "running", "letters.txt", 40, worker=WORKERS[0].name),
        make(2, "running", "sermon.md", 72, worker=WORKERS[1].name),
        make(3, "failed", "scan.txt", error_message="no sound: the text has no word of English"),
        *(make(3 + at, "queued", f"diary-{at:02}.txt") for at in range(1, 7)),
        make(10, "finished", "preface.txt", 100),
    ]
    books = [draw_head(book, COLUMNS)]
    return draw_queue(OVERVIEW, jobs, WORKERS, columns=COLUMNS, lines=LINES, books=books, unread=11)


def _draw_speeds() -> RenderableType:
    parts: list[RenderableType] = []
    most = max(speed for speeds in SPEEDS.values() for speed in speeds.values())
    for name, speeds in SPEEDS.items():
        table = make_table()
        table.add_column(width=19)
        for engine, speed in speeds.items():
            columns = round(50 * speed / most)
            bar = Bar(float(engine == "this"), columns)
            row = make_table()
            row.add_column(width=columns)
            row.add_row(bar, make_text(f"{speed:.1f}", "bold" if engine == "this" else ""))
            table.add_row(make_text(f"  {engine}"), row)
        parts += [make_text(name, "bold"), table]
    return Group(*parts)


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, picture in draw_pictures():
        (PICTURES / name).write_text(picture, encoding="utf-8")

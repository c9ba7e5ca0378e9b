"""Commands of a client that shares no volume with the workers: files come from the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from jobs.playback.encoders import decode_file
from tests.conftest import Server, eventually
from tests.fakes.commands import Done, Ktts
from tests.fakes.object_store import PosedStore
from tests.fakes.web import Process, Site, make_text

SPOKEN = "Hello from far away."


@pytest.fixture
def workers(
    server: Server, object_store: PosedStore, tmp_path: Path
) -> Iterator[tuple[Process, Process]]:
    """Yield two workers with directories of their own."""
    sites = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sites.append(Site(server, tmp_path / name, **object_store.environment))
    with sites[0].worker(pace=0.2) as one, sites[1].worker(pace=0.2) as two:
        yield one, two


@pytest.fixture
def far(ktts: Ktts, object_store: PosedStore, tmp_path: Path) -> Ktts:
    """Return a function that runs a command with an output directory that nobody else has."""
    ours = object_store.environment | {"KTTS_OUTPUT_DIR": str(tmp_path / "far")}
    return lambda *arguments, **more: ktts(*arguments, **ours | more)


def test_a_spoken_text_is_handed_over_from_the_store(
    far: Ktts, ktts: Ktts, object_store: PosedStore, workers: tuple[Process, Process], desk: Path
):
    """Named, to a file, into a pipe's place; and where the client does not know of the store."""
    named = far("speak", SPOKEN)
    copied = far("speak", SPOKEN, "-o", "here.wav", "--json")
    again = far("speak", SPOKEN, "-o", "here.wav")
    unknowing = ktts("speak", SPOKEN, "-o", "there.wav")

    [stored] = [name for name in object_store.names() if name.endswith(".wav")]
    assert named.stdout.strip() == f"s3://{object_store.bucket}/{stored}"
    audio = (desk / "here.wav").read_bytes()
    assert audio == object_store.read(stored)
    assert json.loads(copied.stdout)["sha256"] == hashlib.sha256(audio).hexdigest()
    assert again.returncode == 73
    assert unknowing.returncode == 74
    assert "set KTTS_OUTPUT_STORE as the workers have it" in unknowing.stderr


def test_a_submitted_text_ends_in_the_store(
    far: Ktts, object_store: PosedStore, workers: tuple[Process, Process], desk: Path
):
    """Its state tells where; asked for again it is fetched and not spoken anew."""
    (desk / "chapter.txt").write_text("A chapter from far away.")
    job_id = far("submit", "chapter.txt").stdout.strip()

    def finished() -> Done | None:
        told = far("status", job_id, "--json")
        return told if '"finished"' in told.stdout else None

    assert f"s3://{object_store.bucket}/speech/" in eventually(finished).stdout
    spoken = far("speak", "chapter.txt")
    assert spoken.returncode == 0, spoken.stderr
    assert soundfile.info(desk / "chapter.wav").duration > 0.5
    assert sum(process.log.count("job started") for process in workers) == 1


def test_an_audiobook_is_made_by_two_workers_and_delivered(
    far: Ktts, object_store: PosedStore, workers: tuple[Process, Process], desk: Path
):
    """No janitor and no volume is shared: the command submits, fetches and delivers."""
    chapters = "\n\n".join(
        f"## {name}\n\n{make_text(name, 12)}" for name in ("Out", "Back", "Rest")
    )
    (desk / "rooms.md").write_text(f"# Rooms\n\n{chapters}\n")
    made = far("audiobook", "rooms.md", "-o", "books", "--format", "mp3", "--json")

    assert made.returncode == 0, made.stderr
    [book] = json.loads(made.stdout.splitlines()[-1])["books"]
    assert (book["status"], book["chapters"], book["chapters_done"]) == ("finished", 3, 3)
    pcm = b"".join(decode_file(desk / "books" / "Rooms.mp3"))
    assert len(pcm) / 48_000 == pytest.approx(book["audio_seconds"], abs=10)
    assert all("uploaded" in process.log for process in workers)
    assert "Part 11 of Back" in (desk / "books" / "Rooms.vtt").read_text().replace("\n", " ")

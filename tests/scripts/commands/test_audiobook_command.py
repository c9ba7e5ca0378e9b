"""`ktts audiobook` as a user types it: a real server, a real worker with an engine of tones."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import pytest
import redis

from jobs import SpeechQueue, SpeechStatus
from jobs.books import store
from jobs.books.manifest import Manifest
from jobs.books.open_books import OpenBooks
from jobs.settings import QueueSettings
from jobs.text.text_version import text_version
from scripts.audiobook.open_book import open_book
from scripts.audiobook.plan.choose import BookOptions
from scripts.audiobook.plan.write_manifest import prepare_book
from tests.builders.finished_book import FIRST_RELEASE, finish_part, speak
from tests.conftest import eventually
from tests.fakes.commands import Ktts, start_worker

NOWHERE = {"KTTS_REDIS_URL": "redis://localhost:1/0"}


@pytest.fixture
def book(desk: Path) -> Path:
    """Return a book of two chapters."""
    return write_book(desk / "tales.md", "It began.", "It ended.")


def write_book(path: Path, *chapters: str) -> Path:
    """Write a book whose chapters are these texts, called One, Two and so on."""
    names = ("One", "Two", "Three", "Four")
    pieces = [f"## {name}\n\n{text}" for name, text in zip(names, chapters, strict=False)]
    path.write_text("\n\n".join([f"# {path.stem.title()}", *pieces]))
    return path


def read_chapters(path: Path) -> list[str]:
    """Return the titles of the chapters that a player shows."""
    with av.open(str(path)) as container:
        return [chapter["metadata"]["title"] for chapter in container.chapters()]


def part_files(settings: QueueSettings) -> dict[str, int]:
    """Return the finished parts and which file each is: one that is made again is another."""
    parts = (settings.output_dir / "parts").glob("*.flac")
    return {path.name: path.stat().st_ino for path in parts}


def test_a_book_becomes_an_audiobook(ktts: Ktts, desk: Path, book: Path, worker: None):
    """One file with chapters and its captions is delivered, and its path is printed."""
    done = ktts("audiobook", "tales.md", "-o", "shelf")

    assert (done.returncode, done.stdout) == (0, f"{desk / 'shelf' / 'Tales.m4b'}\n")
    assert sorted(path.name for path in (desk / "shelf").iterdir()) == [
        ".ktts.json",
        "Tales.m4b",
        "Tales.srt",
        "Tales.timings.json",
        "Tales.vtt",
        "Tales.words.vtt",
    ]
    assert read_chapters(desk / "shelf" / "Tales.m4b") == ["One", "Two"]
    assert "It began." in (desk / "shelf" / "Tales.srt").read_text()


def test_the_same_command_again_needs_nobody(ktts: Ktts, desk: Path, book: Path, worker: None):
    """What is there is not made again: without server and worker it is done at once."""
    ktts("audiobook", "tales.md", "-o", "shelf")
    stamps = {path: path.stat().st_mtime_ns for path in (desk / "shelf").iterdir()}

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--json", **NOWHERE)

    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["status"] == "finished"
    assert document["books"][0]["files"] == [str(desk / "shelf" / "Tales.m4b")]
    assert {path: path.stat().st_mtime_ns for path in (desk / "shelf").iterdir()} == stamps


def test_a_changed_chapter_is_all_that_is_made_again(
    ktts: Ktts, desk: Path, book: Path, worker: None, queue_settings: QueueSettings
):
    """The other chapter's part stays, and the file in the directory is replaced."""
    ktts("audiobook", "tales.md", "-o", "shelf", "--no-captions")
    before, old = part_files(queue_settings), (desk / "shelf" / "Tales.m4b").read_bytes()
    write_book(book, "It began.", "It ended otherwise.")

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--no-captions")

    after = part_files(queue_settings)
    assert done.returncode == 0
    assert (len(before), len(after)) == (2, 3)
    assert before.items() <= after.items()
    assert (desk / "shelf" / "Tales.m4b").read_bytes() != old


def test_a_split_book_and_two_books_at_once(ktts: Ktts, desk: Path, book: Path, worker: None):
    """A folder of books in one call; each chapter is a file in the folder of its book."""
    library = desk / "library"
    library.mkdir()
    write_book(library / "more.md", "One more.")
    book.rename(library / "tales.md")

    done = ktts("audiobook", "library", "-o", "shelf", "--split", "--no-captions", "--json")

    document = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert [made["title"] for made in document["books"]] == ["More", "Tales"]
    assert [made["chapters_done"] for made in document["books"]] == [1, 2]
    files = sorted(str(path.relative_to(desk)) for path in desk.rglob("*.mp3"))
    assert files == [
        "shelf/More/01 - More.mp3",
        "shelf/Tales/01 - One.mp3",
        "shelf/Tales/02 - Two.mp3",
    ]


def test_a_preview_is_a_file_of_its_own(ktts: Ktts, desk: Path, worker: None):
    """The first minute of each chosen chapter, beside the whole book."""
    write_book(desk / "tales.md", "Short.", "Long and long again. " * 60)

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--preview", "--format", "opus")

    assert done.returncode == 0
    with av.open(str(desk / "shelf" / "Tales (preview).opus")) as container:
        assert 35 < container.duration / av.time_base < 70
    assert len((desk / "shelf" / "Tales (preview).srt").read_text()) < 5_000


def test_a_plan_is_written_edited_and_read_back(ktts: Ktts, desk: Path, book: Path, worker: None):
    """Titles and order of the plan are those of the file."""
    written = ktts("audiobook", "tales.md", "--write-plan", "plan.toml")
    again = ktts("audiobook", "tales.md", "--write-plan", "plan.toml")
    plan = (desk / "plan.toml").read_text()
    (desk / "plan.toml").write_text(plan.replace('title = "One"', 'title = "Genesis"'))

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--plan", "plan.toml")

    assert (written.returncode, written.stdout) == (0, "plan.toml\n")
    assert (again.returncode, done.returncode) == (73, 0)
    assert read_chapters(desk / "shelf" / "Tales.m4b") == ["Genesis", "Two"]


def test_list_is_the_document_of_the_contract(ktts: Ktts, desk: Path, book: Path):
    """It needs no server; of several books the document is a list."""
    write_book(desk / "more.md", "One more.")

    one = ktts("audiobook", "tales.md", "--list", "--json", "--chapters", "2", **NOWHERE)
    two = ktts("audiobook", "tales.md", "more.md", "--list", "--json", **NOWHERE)

    assert json.loads(one.stdout.splitlines()[-1]) == {
        "title": "Tales",
        "author": "",
        "language": "en",
        "left_out": [],
        "warnings": ["no language is stated; its text is English, and --lang names another"],
        "chapters": [
            {"index": 2, "title": "Two", "characters": len("Two\n\n[pause:1s]\n\nIt ended.")}
        ],
    }
    assert "2 chapters" in two.stdout
    assert [entry["title"] for entry in json.loads(two.stdout.splitlines()[-1])] == [
        "Tales",
        "More",
    ]


def begin_before_an_upgrade(settings: QueueSettings, book: Path, **options: Any) -> Manifest:
    """Leave a book of which the first release has spoken the first part, and return it."""
    manifest = prepare_book(open_book(book), BookOptions(loudness_lufs=-18.0, **options)).manifest
    store.write_book(settings.output_dir, manifest, None)
    part = manifest.parts[0]
    finish_part(settings.output_dir, part, speak(part.request.text), FIRST_RELEASE)
    return manifest


def readings(settings: QueueSettings, manifest: Manifest) -> list[str | None]:
    """Return under which version of the reading rules each part was spoken."""
    found = [store.find_part(settings.output_dir, part) for part in manifest.parts]
    return [part and part.fingerprint.get("reading") for part in found]


TODAY = text_version()["reading"]


def test_a_book_begun_under_other_rules_says_so_and_is_spoken_anew(
    ktts: Ktts, desk: Path, book: Path, worker: None, queue_settings: QueueSettings
):
    """How many parts, what differs, and how to keep them: then the book has one reading."""
    manifest = begin_before_an_upgrade(queue_settings, book)

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--json")

    assert done.returncode == 0
    [line] = [line for line in done.stderr.splitlines() if "other rules" in line]
    assert line.startswith(
        f"Tales: 1 of 2 parts were spoken under other rules (reading rules none, now {TODAY}; "
    )
    assert line.endswith("and are spoken anew; --keep-parts goes on with them")
    begun = json.loads(done.stdout.splitlines()[-1])["books"][0]["begun"]
    assert (begun["parts"], begun["spoken"], begun["outdated"], begun["kept"]) == (2, 1, 1, False)
    assert readings(queue_settings, manifest) == [TODAY, TODAY]
    assert read_chapters(desk / "shelf" / "Tales.m4b") == ["One", "Two"]


def test_a_book_begun_under_other_rules_goes_on_when_told_to(
    ktts: Ktts, desk: Path, book: Path, worker: None, queue_settings: QueueSettings
):
    """The parts that are there stay as they are, byte for byte."""
    manifest = begin_before_an_upgrade(queue_settings, book)
    before = part_files(queue_settings)

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--json", "--keep-parts")

    assert done.returncode == 0
    assert "the book goes on with them and will have two readings" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["books"][0]["begun"]["kept"] is True
    assert before.items() <= part_files(queue_settings).items()
    assert readings(queue_settings, manifest) == [None, TODAY]
    assert (desk / "shelf" / "Tales.m4b").is_file()


def test_a_book_says_what_was_begun_before_anything_is_queued(
    ktts: Ktts, desk: Path, book: Path, queue_settings: QueueSettings
):
    """The list has it, too, without a server; other words are a book of their own."""
    begin_before_an_upgrade(queue_settings, book)

    listed = ktts("audiobook", "tales.md", "--list", "--json", **NOWHERE)
    kept = ktts("audiobook", "tales.md", "--list", "--keep-parts", **NOWHERE)
    plain = ktts("audiobook", "tales.md", "--list", "--json", "--reading", "plain", **NOWHERE)
    refused = ktts("audiobook", "tales.md", "-o", "shelf", **NOWHERE)

    begun = json.loads(listed.stdout.splitlines()[-1])["begun"]
    assert (begun["parts"], begun["spoken"], begun["outdated"], begun["kept"]) == (2, 1, 1, False)
    assert "pauses none, now" in begun["change"]
    assert "1 of 2 parts were spoken under other rules" in " ".join(listed.stdout.split())
    assert "will have two readings" in " ".join(kept.stdout.split())
    assert "begun" not in json.loads(plain.stdout.splitlines()[-1])
    assert refused.returncode == 69
    assert "1 of 2 parts were spoken under other rules" in refused.stderr


def test_a_book_asked_for_in_another_reading_shares_no_part(
    ktts: Ktts, desk: Path, book: Path, worker: None, queue_settings: QueueSettings
):
    """What was spoken in full is no part of a plain book, with --keep-parts or without."""
    ktts("audiobook", "tales.md", "-o", "shelf")

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--reading", "plain", "--keep-parts")

    plain = prepare_book(open_book(book), BookOptions(loudness_lufs=-18.0, reading="plain"))
    assert done.returncode == 0
    assert readings(queue_settings, plain.manifest) == ["plain", "plain"]
    assert len(part_files(queue_settings)) == 4


BAD_INPUT = {
    "no directory": (["tales.md"], 2, "say with -o DIR"),
    "unknown kind": (["tales.doc", "-o", "shelf"], 66, "known are .epub"),
    "missing book": (["tales.md", "no.md", "-o", "shelf"], 66, "there is no file 'no.md'"),
    "one empty of two": (["tales.md", "empty.txt", "-o", "shelf"], 66, "nothing was started"),
    "unknown voice": (["tales.md", "-o", "shelf", "--voice", "af_hart"], 65, "did you mean"),
    "wrong speed": (["tales.md", "-o", "shelf", "--speed", "9"], 65, "speed '9'"),
    "wrong loudness": (["tales.md", "-o", "shelf", "--loudness", "3"], 65, "not between"),
    "wrong format": (["tales.md", "-o", "shelf", "--format", "ogg"], 65, "choose from m4b"),
    "no such chapter": (["tales.md", "-o", "shelf", "--chapters", "3"], 65, "not within 1-2"),
    "no parent": (["tales.md", "-o", "no/shelf"], 74, "does not exist; make it first"),
    "a file as shelf": (["tales.md", "-o", "tales.md"], 74, "takes a directory"),
    "missing plan": (["tales.md", "-o", "shelf", "--plan", "no.toml"], 66, "cannot be read"),
    "plan for two": (["tales.md", "empty.md", "--write-plan", "p"], 65, "a plan is for one book"),
    "workers of whom": (["tales.md", "-o", "shelf", "--workers", "2"], 2, "goes with --embedded"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_before_any_work(  # noqa: PLR0917 - fixtures come by name
    ktts: Ktts, desk: Path, book: Path, connection: redis.Redis, arguments: list[str], code, message
):
    """Each mistake has its code and says what to do; neither queue nor desk has a trace of it."""
    (desk / "empty.txt").write_text(" ")
    (desk / "tales.doc").write_text("word")
    write_book(desk / "empty.md", "Not that empty.")
    before = sorted(desk.rglob("*"))

    done = ktts("audiobook", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert sorted(desk.rglob("*")) == before
    assert connection.keys("*") == []


def test_no_server_is_one_line(ktts: Ktts, desk: Path, book: Path):
    """Without a queue nothing is left behind."""
    done = ktts("audiobook", "tales.md", "-o", "shelf", "--lang", "en-us", **NOWHERE)

    assert done.returncode == 69
    assert done.stderr.startswith("ktts: Redis at redis://localhost:1/0 does not answer")
    assert len(done.stderr.splitlines()) == 1
    assert list(desk.iterdir()) == [book]


def test_a_file_of_the_users_is_never_replaced_unasked(
    ktts: Ktts, desk: Path, book: Path, connection: redis.Redis
):
    """It is refused before any work is done."""
    (desk / "shelf").mkdir()
    (desk / "shelf" / "Tales.m4b").write_text("precious")

    done = ktts("audiobook", "tales.md", "-o", "shelf")

    assert done.returncode == 73
    assert "give --overwrite" in done.stderr
    assert (desk / "shelf" / "Tales.m4b").read_text() == "precious"
    assert connection.keys("*") == []


def test_a_chapter_that_fails_costs_the_others_nothing(
    ktts: Ktts, desk: Path, worker: None, queue: SpeechQueue, queue_settings: QueueSettings
):
    """It is named with its reason, the exit code says partly, and a new text completes the book."""
    write_book(desk / "tales.md", "It began.", "It was SILENT here.", "It ended.")
    failed = ktts("audiobook", "tales.md", "-o", "shelf", "--no-captions", "--json")
    (batch,) = OpenBooks(queue).find()
    status = ktts("status", batch.id, "--json")
    queue_line = ktts("status").stdout.splitlines()[0]
    retried = ktts("retry", batch.id)
    parts = part_files(queue_settings)
    write_book(desk / "tales.md", "It began.", "It was quiet here.", "It ended.")

    done = ktts("audiobook", "tales.md", "-o", "shelf", "--no-captions")

    document = json.loads(failed.stdout.splitlines()[-1])
    assert (failed.returncode, document["status"]) == (3, "partial")
    assert document["books"][0]["chapters_done"] == 2
    assert "Tales: 'Two' failed: " in failed.stderr
    assert f"retry with `ktts retry {batch.id}`" in failed.stderr
    assert "the same command again makes only what is missing" in failed.stderr
    assert status.returncode == 3
    assert [c["status"] for c in json.loads(status.stdout.splitlines()[-1])["chapters"]] == [
        "finished",
        "failed",
        "finished",
    ]
    assert queue_line.startswith("Tales  failed")
    assert len(retried.stdout.split()) == 1
    assert (done.returncode, (desk / "shelf" / "Tales.m4b").is_file()) == (0, True)
    assert parts.items() < part_files(queue_settings).items()


def test_a_book_of_which_nothing_can_be_made_ends_with_70(ktts: Ktts, desk: Path, worker: None):
    """No chapter is done, and the directory holds nothing of it."""
    write_book(desk / "tales.md", "It was SILENT here.")

    done = ktts("audiobook", "tales.md", "-o", "shelf")

    assert done.returncode == 70
    assert list((desk / "shelf").iterdir()) == []


def test_a_full_queue_is_waited_for(ktts: Ktts, desk: Path, worker: None):
    """More chapters than may wait at once: it says so and goes on."""
    write_book(desk / "tales.md", "One.", "Two.", "Three.", "Four.")

    done = ktts("audiobook", "tales.md", "-o", "shelf", KTTS_MAX_QUEUED_JOBS="1")

    assert done.returncode == 0
    assert done.stderr.count("the queue is full; the rest follows") == 1


def test_ctrl_c_leaves_the_workers_at_work(
    ktts: Ktts,
    desk: Path,
    book: Path,
    process_environment: dict[str, str],
    queue: SpeechQueue,
):
    """It says how to go on, the batch stays, and the same command brings the book in the end."""
    with making("tales.md", desk, process_environment) as process:
        eventually(lambda: queue.overview().waiting["bulk"] == 2)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)
    (batch,) = OpenBooks(queue).find()
    with start_worker(process_environment):
        watched = ktts("status", batch.id, "--watch")
        done = ktts("audiobook", "tales.md", "-o", "shelf", "--lang", "en")

    assert process.returncode == 130
    assert "no worker is running; start one with `ktts up`" in talk
    assert f"ktts status {batch.id} --watch" in talk
    assert "the same command with --cancel stops them" in talk
    assert "Traceback" not in talk
    assert watched.returncode == 0
    assert watched.stdout.startswith("Tales  finished  100%  2 of 2 chapters")
    assert (done.returncode, read_chapters(desk / "shelf" / "Tales.m4b")) == (0, ["One", "Two"])


@contextmanager
def making(
    name: str, desk: Path, environment: dict[str, str], *options: str
) -> Iterator[subprocess.Popen[str]]:
    """Run `ktts audiobook` and kill it at the end if it is still there."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "scripts.cli", "audiobook", name),
            *("-o", "shelf", "--lang", "en", *options),
        ],
        cwd=desk,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_cancel_ends_a_book_and_the_watching(
    ktts: Ktts, desk: Path, book: Path, process_environment: dict[str, str], queue: SpeechQueue
):
    """With the same options it is the same batch; who watches it ends with 1; it can come back."""
    with making("tales.md", desk, process_environment) as process:
        eventually(lambda: queue.overview().waiting["bulk"] == 2)
        done = ktts("audiobook", "tales.md", "--lang", "en", "--cancel", "--json")
        _, talk = process.communicate(timeout=60)
    (cancelled,) = json.loads(done.stdout)
    status = ktts("status", cancelled["batch_id"])
    waiting = queue.overview().waiting["bulk"]
    with start_worker(process_environment):
        again = ktts("audiobook", "tales.md", "--lang", "en", "-o", "shelf")

    assert (done.returncode, process.returncode, status.returncode) == (0, 1, 1)
    assert cancelled["status"] == "queued"
    assert "is cancelled; what is spoken is kept" in done.stderr
    assert "Tales: 0 of 2 chapters done; cancelled" in talk
    assert (waiting, again.returncode) == (0, 0)


def test_cancel_finds_a_book_that_was_started_with_other_options(
    ktts: Ktts, desk: Path, book: Path, process_environment: dict[str, str], queue: SpeechQueue
):
    """The file's name tells which one is meant; of a book that nobody makes it says so."""
    with making("tales.md", desk, process_environment) as process:
        eventually(lambda: queue.overview().waiting["bulk"] == 2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    write_book(desk / "other.md", "Another.")

    done = ktts("audiobook", "other.md", "tales.md", "--voice", "am_adam", "--cancel")

    assert done.returncode == 68
    assert "which was started with other options, is cancelled" in done.stderr
    assert "'other.md' is not being made" in done.stderr
    assert queue.overview().waiting["bulk"] == 0


def test_another_version_of_a_book_is_not_made_unnoticed(
    ktts: Ktts, desk: Path, book: Path, process_environment: dict[str, str], queue: SpeechQueue
):
    """Whoever starts a book with other options hears of the one that is on its way, once."""
    with making("tales.md", desk, process_environment) as process:
        eventually(lambda: queue.overview().waiting["bulk"] == 2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    (first,) = OpenBooks(queue).find()
    with start_worker(process_environment):
        done = ktts("audiobook", "tales.md", "-o", "shelf", "--voice", "am_adam")

    assert done.returncode == 0
    assert f"({first.id}) is being made as well; `ktts cancel {first.id}` ends it" in done.stderr


def test_cancel_and_retry_take_a_batch(
    ktts: Ktts, desk: Path, book: Path, process_environment: dict[str, str], queue: SpeechQueue
):
    """By its id a book is treated as a job is: cancelled, shown, submitted once more."""
    with making("tales.md", desk, process_environment) as process:
        eventually(lambda: queue.overview().waiting["bulk"] == 2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    (batch,) = OpenBooks(queue).find()

    cancelled = ktts("cancel", batch.id, "--json")
    shown = ktts("status", batch.id)
    listed = json.loads(ktts("status", "--json").stdout.splitlines()[-1])
    retried = ktts("retry", batch.id, "--json")

    assert json.loads(cancelled.stdout) == {batch.id: "queued"}
    assert shown.stdout.startswith("Tales  cancelled  0%")
    assert listed["books"] == []
    assert len(json.loads(retried.stdout)) == 2
    assert batch.read_status().status is SpeechStatus.QUEUED
    assert (
        json.loads(ktts("status", "--json").stdout.splitlines()[-1])["books"][0]["title"] == "Tales"
    )


def test_embedded_makes_a_book_with_nothing_else_there(ktts: Ktts, desk: Path, book: Path):
    """One command starts server and workers, makes the book and stops them."""
    done = ktts(
        *("audiobook", "tales.md", "-o", "shelf", "--embedded", "--workers", "2"),
        *("--data", str(desk / "data"), "--format", "flac", "--no-captions"),
        KTTS_SYNTHESIZER="tests.fakes.tone:load_engine",
        **NOWHERE,
    )

    assert (done.returncode, done.stdout) == (0, f"{desk / 'shelf' / 'Tales.flac'}\n")
    assert "starting 2 workers; they load the model first" in done.stderr
    assert read_chapters(desk / "shelf" / "Tales.flac") == ["One", "Two"]
    log = (desk / "data" / "embedded.log").read_text()
    assert log.count("worker stopped") == 2


def test_embedded_sets_aside_what_an_earlier_call_left(
    ktts: Ktts, desk: Path, book: Path, process_environment: dict[str, str]
):
    """An interrupted book in another voice takes no time from this one; --cancel finds it too."""
    slow = process_environment | {
        "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
        "KTTS_TONE_SECONDS_PER_CHUNK": "100",
    }
    unset = {"KTTS_OUTPUT_DIR", "KTTS_WORK_DIR"}
    slow = {name: value for name, value in slow.items() if name not in unset}
    options = ("--embedded", "--data", str(desk / "data"))
    books = desk / "data" / "output" / "books"
    with making("tales.md", desk, slow, *options) as process:
        eventually(lambda: list(books.glob("*/manifest.json")))
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)
    (first,) = (path.name for path in books.iterdir())

    quick = {"KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine", **NOWHERE}
    quick |= {"KTTS_OUTPUT_DIR": str(books.parent), "KTTS_WORK_DIR": str(desk / "data" / "work")}
    done = ktts("audiobook", "tales.md", "-o", "shelf", "--voice", "am_adam", *options, **quick)
    again = ktts("audiobook", "tales.md", "--lang", "en", "--cancel", "--json", *options, **quick)

    assert process.returncode == 130
    assert "stopping the workers; the same command goes on where they stopped" in talk
    assert done.returncode == 0
    assert (
        f"({first}) was left unfinished; it is cancelled until you ask for it again" in done.stderr
    )
    assert json.loads(again.stdout)[0]["batch_id"] == first
    assert json.loads(again.stdout)[0]["status"] == "cancelled"

"""The commands as a user types them: a real server, a real worker with an engine of tones."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from jobs import SpeechQueue, SpeechRequest, SpeechStatus
from jobs.queue import keys
from jobs.queue.overview import OWN_FIELD
from jobs.settings import QueueSettings
from scripts.parsers.command_table import COMMANDS
from tests.conftest import ROOT
from tests.fakes.commands import Ktts
from tests.fakes.fake_worker import FakeWorker, make_request

SPEAK_KEYS = [
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
]


BAD_INPUT = {
    "empty text": ([""], 65, "the text is empty; give at least one word"),
    "blank text": (["  \t "], 65, "the text is empty"),
    "unknown element": (["<speak><x/>a</speak>"], 65, "line 1, column 8: <x> is not supported"),
    "broken SSML": (["<speak>a"], 65, "the SSML is wrong at line 1, column 9: no element found"),
    "unknown voice": (["Hi", "--voice", "af_hart"], 65, "did you mean 'af_heart'?"),
    "bad weight": (["Hi", "--voice", "af_heart:-1,am_adam"], 65, "is not a number above 0"),
    "too slow": (["Hi", "--speed", "0.1"], 65, "speed '0.1'"),
    "no speed": (["Hi", "--speed", "fast"], 65, "speed 'fast'"),
    "unknown language": (["Hi", "--lang", "de"], 65, "language 'de' is unknown; use auto"),
    "unknown format": (["Hi", "--format", "ogg"], 65, "format 'ogg'"),
    "unknown queue": (["Hi", "--queue", "urgent"], 65, "queue 'urgent' is unknown; choose from"),
    "absolute name": (["Hi", "--name", "/etc/x"], 65, "leads out of the output directory"),
    "name with dots": (["Hi", "--name", "../x"], 65, "leads out of the output directory"),
    "output exists": (["Hi", "-o", "old.wav"], 73, "exists; choose another name or give --ov"),
    "output directory missing": (["Hi", "-o", "no/x.wav"], 74, "does not exist; make it first"),
    "output is a directory": (["Hi", "-o", "folder.wav"], 74, "is a directory; name a file"),
    "format not told": (["Hi", "-o", "x.aac"], 65, "cannot tell the format from 'x.aac'"),
    "formats differ": (["Hi", "-o", "x.mp3", "--format", "wav"], 65, "make them agree"),
    "text over the limit": (["long.txt"], 65, "more than the 1000 of one request"),
    "file far over the limit": (["/dev/zero"], 65, "is longer than 1000 characters"),
    "no encoding": (["picture.txt"], 66, "is no text in any known encoding"),
    "directory as a file": (["folder.wav"], 66, "is a directory; name a text file in it"),
    "file of nuls": (["nuls.txt"], 66, "character 0 is NUL"),
    "missing file": (["missing.txt"], 66, "there is no file 'missing.txt'"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_line(  # noqa: PLR0917 - fixtures come by name
    ktts: Ktts, desk: Path, connection: redis.Redis, arguments: list[str], code: int, message: str
):
    """Each mistake ends with its own code and one line, without a trace in queue or directory."""
    (desk / "old.wav").write_text("precious")
    (desk / "folder.wav").mkdir()
    (desk / "picture.txt").write_bytes(bytes(range(256)))
    (desk / "nuls.txt").write_bytes(bytes(64))
    (desk / "long.txt").write_text("word " * 300)
    before = sorted(desk.rglob("*"))

    done = ktts("speak", *arguments, KTTS_MAX_CHARACTERS="1000")

    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.startswith("ktts: ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(desk.rglob("*")) == before
    assert (desk / "old.wav").read_text() == "precious"
    assert connection.keys("*") == []


@pytest.mark.parametrize(
    "command", [["speak", "Hi"], ["submit", "Hi"], ["status"], ["cancel", "x"]]
)
def test_no_server_is_one_line(ktts: Ktts, command: list[str]):
    """Where no queue server answers, every command says so and how to change it."""
    done = ktts(*command, KTTS_REDIS_URL="redis://:secret@localhost:1/0")

    assert done.returncode == 69
    assert done.stderr.startswith("ktts: Redis at redis://localhost:1/0 does not answer")
    assert "set KTTS_REDIS_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_is_one_line(ktts: Ktts):
    """A variable that holds what it cannot is named."""
    done = ktts("speak", "Hi", KTTS_MAX_CHARACTERS="many")

    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("ktts: KTTS_MAX_CHARACTERS=many: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["speek", "Hi"], "ktts: there is no command speek, did you mean speak?; "),
        (["xyz"], "ktts: there is no command xyz; "),
        (["speak", "Hi", "--voise", "x"], "ktts speak: there is no option --voise, did you mean "),
        (["speak", "Hi", "there"], "ktts speak: 'there' is too much; put a text of several words"),
        (["status", "--reading=x"], "ktts status: there is no option --reading; "),
        (["help", "speek"], "ktts: there is no command speek, did you mean speak?; "),
    ],
)
def test_a_typing_mistake_is_one_line_with_a_suggestion(ktts: Ktts, words: list[str], said: str):
    """A wrong command line ends with 2 and names what was probably meant."""
    done = ktts(*words)

    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_the_version_has_commit_and_model(ktts: Ktts, tmp_path: Path):
    """`ktts --version` is one line, whether the package is installed or run from a checkout."""
    empty = ktts("--version", KTTS_MODEL_DIR=str(tmp_path))
    weights = {"path": "kokoro-v1_0.pth", "sha256": "0123456789abcdef"}
    (tmp_path / "SOURCE.json").write_text(json.dumps({"precision": "fp32", "files": [weights]}))
    there = ktts("--version", KTTS_MODEL_DIR=str(tmp_path))

    assert re.fullmatch(r"ktts \S+ \(commit \S+, model not in \S+\)\n", empty.stdout)
    assert f"model fp32 0123456789ab in {tmp_path}" in there.stdout


def test_bare_ktts_and_help_show_examples(ktts: Ktts):
    """Who does not know what to type is shown it; `ktts help NAME` tells about one command."""
    bare, help_, long = ktts(), ktts("help"), ktts("--help")

    assert bare == help_ == long
    assert bare.returncode == 0
    assert 'ktts speak "Hello." --embedded' in bare.stdout
    assert ktts("help", "speak").stdout.startswith("usage: ktts speak ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_needs_nothing_heavy(name: str):
    """It answers in a tenth of a second: neither Redis nor pydantic nor PyTorch is imported."""
    code = (
        f"import sys; from scripts.cli import main\n"
        f"try: main(['{name}', '--help'])\n"
        "except SystemExit as end: print(end.code, *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    [*said, modules] = done.stdout.splitlines()

    assert said[0].startswith(f"usage: ktts {name}")
    assert modules.startswith("0 ")
    if COMMANDS[name][1]:
        assert {"redis", "pydantic", "torch", "rich"}.isdisjoint(modules.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(ktts: Ktts, shell: str):
    """A script for each shell; that for bash can be read by it."""
    script = ktts("completion", shell).stdout

    assert all(word in script for word in (*COMMANDS, "embedded", "lexicon", "watch"))
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_help_documents_the_exit_codes(ktts: Ktts):
    """`ktts --help` names every command and what each exit code means."""
    done = ktts("--help")

    assert done.returncode == 0
    for word in (
        "speak",
        "audiobook",
        "submit",
        "status",
        "cancel",
        "retry",
        "voices",
        "up",
        "doctor",
        "worker",
    ):
        assert f"    {word} " in done.stdout
    for code in (0, 1, 2, 3, 65, 66, 68, 69, 70, 73, 74, 75, 78, 130):
        assert f" {code} " in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "command",
    [
        "speak",
        "audiobook",
        "submit",
        "status",
        "cancel",
        "retry",
        "voices",
        "up",
        "worker",
        "janitor",
    ],
)
def test_every_command_has_help(ktts: Ktts, command: str):
    """Each command explains itself under its own name."""
    done = ktts(command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: ktts {command} ")


def test_speak_makes_a_file_and_says_where(
    ktts: Ktts, desk: Path, worker: None, queue_settings: QueueSettings
):
    """A text goes through queue and worker, and the last line is the document of the contract."""
    done = ktts("speak", "Hello there, ☃ world.", "-o", "hi.wav", "--voice", "am_adam", "--json")

    document = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert list(document) == SPEAK_KEYS
    assert document["path"] == str(desk / "hi.wav")
    assert (document["status"], document["voice"]) == ("finished", "am_adam")
    assert document["characters"] == len("Hello there, ☃ world.")
    assert (desk / "hi.wav").read_bytes()[:4] == b"RIFF"
    assert "not spoken, 1 place: '☃' at 13" in done.stderr
    assert (queue_settings.output_dir / f"{document['job_id']}.wav").is_file()
    assert [path.name for path in desk.iterdir()] == ["hi.wav"]


def test_speak_without_o_leaves_the_file_in_the_output_directory(
    ktts: Ktts, desk: Path, worker: None, queue_settings: QueueSettings
):
    """The path is all of standard output, and a second call returns the same file at once."""
    first = ktts("speak", "Hello.", "--name", "greetings/hello")
    second = ktts("speak", "Hello.", "--name", "greetings/hello")

    expected = queue_settings.output_dir / "greetings" / "hello.wav"
    assert first.stdout == second.stdout == f"{expected}\n"
    assert expected.is_file()
    assert list(desk.iterdir()) == []


def test_speak_reads_a_file(ktts: Ktts, desk: Path, worker: None):
    """A file that exists is read, not its name: equal text, equal job."""
    (desk / "text.txt").write_bytes("\ufeffRead this.".encode())

    by_file = ktts("speak", "text.txt", "--json")
    by_text = ktts("speak", "Read this.", "--json")

    file, text = json.loads(by_file.stdout), json.loads(by_text.stdout)
    assert Path(file.pop("path")).read_bytes() == Path(text.pop("path")).read_bytes()
    assert file == text


@pytest.mark.usefixtures("worker")
def test_the_audio_of_a_file_goes_beside_the_user(ktts: Ktts, desk: Path):
    """chapter.txt becomes ./chapter.wav; the same call finds it, another content is refused."""
    (desk / "texts").mkdir()
    text = desk / "texts" / "chapter.txt"
    text.write_text("It rained all day.")

    first = ktts("speak", "texts/chapter.txt")
    again = ktts("speak", "texts/chapter.txt")
    other_voice = ktts("speak", "texts/chapter.txt", "--voice", "am_adam")
    replaced = ktts("speak", "texts/chapter.txt", "--voice", "am_adam", "--overwrite")

    made = desk / "chapter.wav"
    assert first.stdout == again.stdout == replaced.stdout == f"{made}\n"
    assert "chapter.wav is there already, as it was spoken before" in again.stderr
    assert (other_voice.returncode, other_voice.stdout) == (73, "")
    assert made.read_bytes()[:4] == b"RIFF"
    assert ktts("speak", "A text.").stdout.startswith(f"{desk.parent / 'output'}/")


@pytest.mark.usefixtures("worker")
def test_a_dash_is_standard_output(process_environment: dict[str, str], desk: Path):
    """The audio alone is on it, whole."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "speak", "Hello.", "-o", "-", "--format", "flac"],
        cwd=desk,
        env=process_environment,
        capture_output=True,
        check=True,
    )

    assert done.stdout[:4] == b"fLaC"
    assert list(desk.iterdir()) == []


@pytest.mark.usefixtures("worker")
def test_speak_takes_a_word_list(ktts: Ktts, desk: Path):
    """The words of the text that are in it are another job; a list without them is the same."""
    (desk / "words.toml").write_text('[en]\nMilly = {say = "Millie"}\n')

    plain, listed = (
        json.loads(ktts("speak", "Milly ran.", "--json", *more).stdout)["job_id"]
        for more in ([], ["--lexicon", "words.toml"])
    )
    without = json.loads(ktts("speak", "It ran.", "--json").stdout)["job_id"]

    assert plain != listed
    again = ktts("speak", "It ran.", "--json", "--lexicon", "words.toml").stdout
    assert json.loads(again)["job_id"] == without


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["book.epub"], 66, "'book.epub' is a book; `ktts audiobook book.epub -o DIR` speaks it"),
        (
            ["東京の天気はどうですか"],
            65,
            "looks Japanese, and af_heart speaks American E",
        ),
        (["あーーー"], 65, "looks Japanese"),
        (["今天天气很好"], 65, "give --voice zf_xiaobei, or --lang if it is meant so"),
        (["आज मौसम अच्छा है"], 65, "give --voice hf_alpha"),
        (["Сегодня хорошая погода"], 65, "mostly in Cyrillic letters, which no voice of Kokoro's"),
        (["Иероглиф 山 значит гора"], 65, "mostly in Cyrillic letters, which no voice of Kokoro's"),
        (["Hi.", "-o", "-", "--json"], 65, "choose one"),
    ],
)
def test_what_would_come_out_wrong_is_refused_before_it_is_queued(  # noqa: PLR0917 - fixtures
    ktts: Ktts, desk: Path, queue: SpeechQueue, arguments: list[str], code: int, said: str
):
    """One line says what to do instead."""
    (desk / "book.epub").write_bytes(b"PK")

    done = ktts("speak", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert queue.jobs() == []


def test_languages_go_by_their_names(ktts: Ktts):
    """`--lang english` is understood as well as en-us."""
    names = ("english", "Japanese", "british", "mandarin chinese")
    for name, first in zip(names, ("American", "Japanese", "British", "Mandarin"), strict=True):
        assert ktts("voices", "--lang", name).stdout.startswith(first)


def test_the_beginning_of_an_id_is_enough(ktts: Ktts, queue: SpeechQueue):
    """Where it is that of one job; status shows the file that a text came from."""
    request = make_request("One.").model_copy(update={"metadata": {"source": "one.txt"}})
    job = queue.submit(request)

    assert job.id in ktts("status", job.id[:8]).stdout
    assert "one.txt" in ktts("status").stdout
    assert json.loads(ktts("cancel", job.id[:6], "--json").stdout) == {job.id: "queued"}
    assert ktts("status", "zzzz").returncode == 68


def test_speak_again_when_the_file_is_gone(ktts: Ktts, worker: None, queue_settings: QueueSettings):
    """A finished job whose file was deleted is spoken anew, to the same bytes."""
    first = json.loads(ktts("speak", "Hello.", "--json").stdout)
    Path(first["path"]).unlink()

    done = ktts("speak", "Hello.", "--json")

    second = json.loads(done.stdout)
    assert "is gone; speaking it again" in done.stderr
    assert Path(second["path"]).is_file()
    assert second["sha256"] == first["sha256"]


def test_a_job_that_fails_ends_speak_with_its_own_code(ktts: Ktts, desk: Path, worker: None):
    """The remote error is one line and its exit code, and no file is left."""
    done = ktts("speak", "It is SILENT here.", "-o", "x.wav")

    assert done.returncode == 70
    assert done.stderr.splitlines()[-1].startswith("ktts: ")
    assert "Traceback" not in done.stderr
    assert list(desk.iterdir()) == []


def test_a_copy_that_fails_is_one_line(
    ktts: Ktts, desk: Path, worker: None, process_environment: dict[str, str]
):
    """A disk that fills up during the copy ends with 74 and leaves nothing behind."""
    ktts("speak", "Hello there, world.")

    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "speak", "Hello there, world.", "-o", "x.wav"],
        cwd=desk,
        env=process_environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )

    assert done.returncode == 74
    assert "cannot write 'x.wav': File too large; the file stays at" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert list(desk.iterdir()) == []


def test_speak_says_when_no_worker_is_there_and_cancels_on_ctrl_c(
    process_environment: dict[str, str], queue: SpeechQueue
):
    """Without a worker it waits and says so; interrupted, it takes its own job back."""
    request = make_request("Hello.")
    with speaking("Hello.", process_environment) as process:
        assert process.stderr is not None
        assert "no worker is running; start one with `ktts up`" in process.stderr.readline()
        assert "waiting in queue interactive" in process.stderr.readline()
        assert queue.job(request.job_id).status() is SpeechStatus.QUEUED
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "no worker is running" not in talk
    assert f"job {request.job_id} is cancelled" in talk
    assert "Traceback" not in talk
    assert queue.job(request.job_id).status() is SpeechStatus.CANCELLED


def test_who_waits_for_the_first_job_is_told_that_the_machine_is_being_prepared(
    process_environment: dict[str, str], connection: redis.Redis
):
    """While every worker there is tries its arithmetic, nobody wonders why nothing happens."""
    connection.sadd(keys.WORKERS, keys.worker("new"))
    record = {"state": "starting", "preparing": "1", OWN_FIELD: "1"}
    connection.hset(keys.worker("new"), mapping=record)
    with speaking("Hello.", process_environment) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("preparing this machine, once: ")
        assert "waiting in queue interactive" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_ctrl_c_leaves_a_job_that_was_there_before(
    process_environment: dict[str, str], queue: SpeechQueue
):
    """Who only joined somebody else's job does not end it."""
    job = queue.submit(make_request("Hello."))
    with speaking("Hello.", process_environment) as process:
        assert process.stderr is not None
        assert "no worker is running" in process.stderr.readline()
        assert "waiting in queue default" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "was there before and goes on" in talk
    assert job.status() is SpeechStatus.QUEUED


@contextmanager
def speaking(text: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run `ktts speak` and kill it at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", "speak", text],
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


def test_submit_prints_one_id_per_line(ktts: Ktts, desk: Path, queue: SpeechQueue):
    """Several texts go into the queue that is named; ids and JSON agree."""
    (desk / "two.txt").write_text("Two.")

    plain = ktts("submit", "One.", "two.txt", "--queue", "bulk")
    document = ktts("submit", "One.", "two.txt", "--queue", "bulk", "--json")

    expected = [make_request(text).job_id for text in ("One.", "Two.")]
    assert plain.stdout.splitlines() == json.loads(document.stdout) == expected
    assert queue.overview().waiting == {"interactive": 0, "default": 0, "bulk": 2}


def test_submit_with_a_plain_reading_is_another_job(ktts: Ktts):
    """The reading is part of what is asked for."""
    done = ktts("submit", "At 5:30.", "--reading", "plain")

    assert done.stdout.split() == [make_request("At 5:30.", reading="plain").job_id]


def test_submit_takes_the_pause_scale_from_the_command_line_or_the_setting(ktts: Ktts):
    """What is said in the command wins; a wrong one is refused before anything is queued."""
    scales = (("--pause-scale", "2"), ()), {"KTTS_PAUSE_SCALE": "0.5"}
    done = [ktts("submit", "At noon.", *options, **scales[1]) for options in scales[0]]
    wrong = ktts("submit", "At noon.", "--pause-scale", "many")

    assert [each.stdout.strip() for each in done] == [
        make_request("At noon.", pause_scale=scale).job_id for scale in (2.0, 0.5)
    ]
    assert (wrong.returncode, wrong.stdout) == (65, "")
    assert "pause_scale 'many'" in wrong.stderr


def test_submit_names_an_owner_and_status_lists_by_one(ktts: Ktts):
    """By option or setting; equal texts of two are two jobs, and a wrong name is one line."""
    done = [
        ktts("submit", "Hello.", "--owner", "ann"),
        ktts("submit", "Hello.", KTTS_OWNER="ben"),
        ktts("submit", "Hello.", "--owner", "ann", KTTS_OWNER="ben"),
        ktts("submit", "Hello."),
    ]
    wrong = ktts("submit", "Hello.", "--owner", "a b")
    full = ktts("submit", "Two.", "--owner", "ann", KTTS_OWNER_MAX_QUEUED_JOBS="1")

    owners = ("ann", "ben", "ann", "")
    assert [each.stdout.strip() for each in done] == [
        make_request("Hello.", owner=owner).job_id for owner in owners
    ]
    assert (wrong.returncode, full.returncode) == (65, 75)
    assert "owner 'a b' is no owner's name" in wrong.stderr
    assert "of owner 'ann' wait already (bounds: 1 and none)" in full.stderr
    listed = json.loads(ktts("status", "--owner", "ann", "--json").stdout.splitlines()[-1])
    assert [job["owner"] for job in listed["jobs"]] == ["ann"]
    assert listed["owners"].keys() == {"ann", "ben"}


def test_submit_checks_all_before_the_first(ktts: Ktts, connection: redis.Redis):
    """One wrong text of several leaves nothing half submitted."""
    done = ktts("submit", "One.", "missing.txt")

    assert (done.returncode, done.stdout) == (66, "")
    assert connection.keys("*") == []


def test_submit_to_a_full_queue_ends_with_75(ktts: Ktts, queue: SpeechQueue):
    """What was taken before the bound is printed; the rest is refused in one line."""
    done = ktts("submit", "One.", "Two.", "Three.", KTTS_MAX_QUEUED_JOBS="2")

    assert done.returncode == 75
    assert len(done.stdout.splitlines()) == queue.overview().waiting["default"] == 2
    assert "2 jobs with 8 characters wait already" in done.stderr


def test_status_shows_every_job(ktts: Ktts, queue: SpeechQueue, fake_worker: FakeWorker):
    """The table counts and lists; JSON has the same jobs with all their facts."""
    done, waits = make_request("done", output_name="done"), make_request("waits")
    queue.submit(done)
    fake_worker.finish(fake_worker.take(), done)
    queue.submit(waits, queue="bulk")

    table = ktts("status").stdout
    document = json.loads(ktts("status", "--json").stdout.splitlines()[-1])

    assert "0 running, 1 waiting (1 bulk; 5 characters), 0 failed" in table
    assert "1 worker alive" in table
    assert f"{done.job_id}  finished  default" in table
    assert (document["finished"], document["workers"]) == (1, ["fake_worker"])
    assert [job["status"] for job in document["jobs"]] == ["queued", "finished"]
    assert document["jobs"][1]["result"]["output_file"] == "done.wav"


def test_status_of_one_job_ends_with_its_code(
    ktts: Ktts, queue: SpeechQueue, fake_worker: FakeWorker
):
    """0 while it lives or has finished, 1 when cancelled, else the code of its error."""
    job = queue.submit(make_request("one"))
    waiting = ktts("status", job.id)
    fake_worker.store.fail(fake_worker.take(), "OutputExists", "another file is there")
    failed = ktts("status", job.id, "--json")
    queue.retry(job.id).cancel()
    cancelled = ktts("status", job.id)
    unknown = ktts("status", "0" * 32)

    assert [done.returncode for done in (waiting, failed, cancelled, unknown)] == [0, 73, 1, 68]
    assert json.loads(failed.stdout.splitlines()[-1])["error_name"] == "OutputExists"
    assert "error      OutputExists: another file is there" in failed.stdout
    assert unknown.stderr.startswith(f"ktts: there is no job '{'0' * 32}'")


def test_status_watch_ends_with_the_job(
    process_environment: dict[str, str], queue: SpeechQueue, fake_worker: FakeWorker
):
    """Watching prints what changes and ends when the job has ended."""
    request = make_request("one")
    job = queue.submit(request)
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", "status", job.id, "--watch"],
        env=process_environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "queued" in process.stdout.readline()
        fake_worker.finish(fake_worker.take(), request)
        output, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "status     finished" in output
    assert "\x1b" not in output


def test_cancel_ends_jobs_and_names_those_that_are_not(
    ktts: Ktts, queue: SpeechQueue, fake_worker: FakeWorker
):
    """Every id is tried; an unknown one costs the exit code, not the others."""
    running, waits = queue.submit(make_request("one")), queue.submit(make_request("two"))
    held = fake_worker.take()

    done = ktts("cancel", running.id, "nosuchjob", waits.id, "--force", "--keep-partial", "--json")

    assert done.returncode == 68
    assert json.loads(done.stdout) == {running.id: "running", waits.id: "queued"}
    assert "ktts: there is no job 'nosuchjob'" in done.stderr
    assert fake_worker.store.cancel_request(held) == "force-keep"
    assert waits.status() is SpeechStatus.CANCELLED


def test_cancel_ends_the_others_where_one_id_is_not_clear(ktts: Ktts, queue: SpeechQueue):
    """The beginning of two ids, and a job whose record somebody has spoilt, keep nobody waiting."""
    firsts: dict[str, SpeechRequest] = {}
    twins = None
    for request in map(make_request, map(str, range(10_000))):
        if twins := firsts.get(request.job_id[:4]):
            queue.submit(twins)
            queue.submit(request)
            break
        firsts[request.job_id[:4]] = request
    assert twins is not None
    spoilt, waits = queue.submit(make_request("one")), queue.submit(make_request("two"))
    queue.connection.hset(keys.job(spoilt.id), "status", "stopped")

    done = ktts("cancel", twins.job_id[:4], spoilt.id, waits.id, "--json")

    assert done.returncode == 65
    assert json.loads(done.stdout) == {spoilt.id: "unreadable", waits.id: "queued"}
    assert f"ktts: {twins.job_id[:4]!r} is the beginning of" in done.stderr
    assert waits.status() is SpeechStatus.CANCELLED


def test_retry_takes_ids_or_all_that_failed(
    ktts: Ktts, queue: SpeechQueue, fake_worker: FakeWorker
):
    """Failed jobs go back into their queue; a cancelled one only by name."""
    failed = [queue.submit(make_request(text), queue="bulk") for text in ("one", "two")]
    for _ in failed:
        fake_worker.store.fail(fake_worker.take(), "OutputError", "disk full")
    cancelled = queue.submit(make_request("three"))
    cancelled.cancel()

    all_failed = ktts("retry", "--failed")
    by_name = ktts("retry", "nosuchjob", cancelled.id, "--json")
    too_early = ktts("retry", cancelled.id)

    assert sorted(all_failed.stdout.splitlines()) == sorted(job.id for job in failed)
    assert json.loads(by_name.stdout) == [cancelled.id]
    assert by_name.returncode == 68
    assert "ktts: there is no job 'nosuchjob'" in by_name.stderr
    assert (too_early.returncode, ktts("retry").returncode) == (65, 2)
    assert queue.overview().waiting == {"interactive": 0, "default": 1, "bulk": 2}


def test_retry_failed_leaves_out_what_can_never_be_spoken(
    ktts: Ktts, queue: SpeechQueue, fake_worker: FakeWorker
):
    """A wrong request fails again, whoever speaks it; it is named, and goes by its own id alone."""
    jobs = [queue.submit(make_request(text)) for text in ("one", "two")]
    for name in ("EmptyText", "OutputError"):
        fake_worker.store.fail(fake_worker.take(), name, "why")

    done = ktts("retry", "--failed")

    assert done.stdout == f"{jobs[1].id}\n"
    assert f"{jobs[0].id} is left out, it can never be spoken: why" in done.stderr
    assert ktts("retry", jobs[0].id).returncode == 0


def test_voices_lists_all_and_marks_those_on_disk(ktts: Ktts, tmp_path: Path):
    """54 voices by language; where there is a model directory it says which are in it."""
    voice_dir = tmp_path / "model" / "voices"
    voice_dir.mkdir(parents=True)
    (voice_dir / "jf_alpha.pt").touch()

    nowhere = str(tmp_path / "nowhere")
    voices = json.loads(ktts("voices", "--json", KTTS_MODEL_DIR=nowhere).stdout.splitlines()[-1])
    japanese = ktts("voices", "--lang", "ja", KTTS_MODEL_DIR=str(tmp_path / "model")).stdout

    assert len(voices) == 54
    assert {voice["is_installed"] for voice in voices} == {None}
    assert japanese.startswith("Japanese (j)\n  + jf_alpha         female\n  - jf_gongitsune")
    assert len(japanese.splitlines()) == 7
    assert ktts("voices", "--lang", "de").returncode == 65


def test_a_closed_pipe_is_no_error(process_environment: dict[str, str]):
    """`ktts voices | head -1` ends without a word on standard error."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "scripts.cli", "voices"],
            env=process_environment,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (141, "")

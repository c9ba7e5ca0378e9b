"""The user's own copy: complete or not there, and nothing overwritten unasked."""

from __future__ import annotations

import hashlib
import io
import resource
from pathlib import Path

import pytest

from jobs.errors import OutputError, OutputExists
from jobs.settings import QueueSettings
from scripts.console.copy_output import check_target, deliver, find_output, is_output_lost, pipe
from tests.fakes.fake_worker import make_request, make_result

AUDIO = b"RIFF" + b"audio" * 100_000


@pytest.fixture
def settings(tmp_path: Path) -> QueueSettings:
    """Return settings whose output directory holds the finished file."""
    settings = QueueSettings(output_dir=tmp_path / "output")
    settings.output_dir.mkdir()
    (settings.output_dir / "one.wav").write_bytes(AUDIO)
    return settings


@pytest.fixture
def result(settings: QueueSettings):
    """Return the result that describes the finished file."""
    return make_result(
        make_request(output_name="one"),
        path="/container/output/one.wav",
        sha256=hashlib.sha256(AUDIO).hexdigest(),
    )


def test_the_copy_is_whole_and_readable(tmp_path: Path, settings: QueueSettings, result):
    """The user gets the same bytes, with the mode that any new file of theirs has."""
    target = tmp_path / "mine.wav"
    (tmp_path / "other").touch()

    deliver(result, find_output(result, settings), target, overwrite=False)

    assert target.read_bytes() == AUDIO
    assert target.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path, settings: QueueSettings, result):
    """A file that came into being meanwhile is kept, unless --overwrite says otherwise."""
    target = tmp_path / "mine.wav"
    target.write_text("precious")
    source = find_output(result, settings)

    with pytest.raises(OutputExists, match="exists; choose another name or give --overwrite"):
        deliver(result, source, target, overwrite=False)
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.wav", "output"]

    deliver(result, source, target, overwrite=True)
    assert target.read_bytes() == AUDIO


def test_a_full_disk_leaves_nothing(tmp_path: Path, settings: QueueSettings, result):
    """A copy that cannot be finished is one error that says where the file stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(AUDIO) // 2, hard))
    try:
        with pytest.raises(OutputError, match=r"File too large; the file stays at .*output/one"):
            deliver(result, find_output(result, settings), tmp_path / "mine.wav", overwrite=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_another_file_under_the_same_name_is_not_delivered(
    tmp_path: Path, settings: QueueSettings, result
):
    """What is copied is what the job made, or nothing."""
    (settings.output_dir / "one.wav").write_bytes(b"something else")

    with pytest.raises(OutputError, match="is not the file that job"):
        deliver(result, find_output(result, settings), tmp_path / "mine.wav", overwrite=False)

    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_standard_output_gets_what_the_job_made_or_nothing(
    tmp_path: Path, settings: QueueSettings, result
):
    """A record that somebody forged names a file of the user's, which goes nowhere."""
    good, bad = io.BytesIO(), io.BytesIO()
    pipe(result, find_output(result, settings), good)
    secret = tmp_path / "secret"
    secret.write_text("the user's own")
    forged = result.model_copy(update={"output_file": "../secret", "path": str(secret)})

    with pytest.raises(OutputError, match="is not the file that job"):
        pipe(forged, find_output(forged, settings), bad)

    assert good.getvalue() == AUDIO
    assert bad.getvalue() == b""


def test_a_name_leads_out_of_the_output_directory_for_nobody(
    tmp_path: Path, settings: QueueSettings, result
):
    """Whoever may submit may write any name into a job's record."""
    (tmp_path / "secret").write_text("the user's own")
    (settings.output_dir / "link.wav").symlink_to(tmp_path / "secret")

    for name in ("../secret", str(tmp_path / "secret"), "link.wav"):
        assert find_output(result.model_copy(update={"output_file": name}), settings) is None


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", OutputError, "is a directory; name a file in it"),
        ("missing/x.wav", OutputError, "does not exist; make it first"),
        ("output/one.wav", OutputExists, "exists; choose another name"),
        ("output/one.wav/x.wav", OutputError, "does not exist; make it first"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_any_work(
    tmp_path: Path, settings: QueueSettings, name: str, error: type[Exception], message: str
):
    """A directory, a missing parent and a file that exists are seen before the first word."""
    with pytest.raises(error, match=message):
        check_target(tmp_path / name, overwrite=False)


def test_the_file_is_found_where_the_volume_is_mounted_here(settings: QueueSettings, result):
    """The worker's path counts only where this process has no such file of its own."""
    assert find_output(result, settings) == settings.output_dir / "one.wav"


def test_on_one_machine_the_workers_own_path_is_good(tmp_path: Path, settings: QueueSettings):
    """Without a shared setting the path in the result is the file."""
    result = make_result(make_request(), path=str(settings.output_dir / "one.wav"))
    elsewhere = QueueSettings(output_dir=tmp_path / "elsewhere")

    assert find_output(result, elsewhere) == settings.output_dir / "one.wav"


def test_a_file_is_lost_only_where_one_could_see_it(
    tmp_path: Path, settings: QueueSettings, result
):
    """A volume that is not mounted here says nothing about the file."""
    elsewhere = QueueSettings(output_dir=tmp_path / "not mounted")

    assert not is_output_lost(result, settings)
    assert not is_output_lost(result, elsewhere)

    (settings.output_dir / "one.wav").unlink()
    assert is_output_lost(result, settings)

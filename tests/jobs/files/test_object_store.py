"""Objects appear whole or not at all; what a store refuses is told truly, without any key."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from jobs.errors import OutputExists, StartupError, StoreRefused, StoreUnavailable, UnknownJob
from jobs.files import object_store as module
from jobs.files.object_store import ObjectStore, StoreAddress, parse_store
from jobs.settings import QueueSettings
from tests.conftest import ROOT, eventually
from tests.fakes.object_store import KEYS, CountingProxy, PosedStore

PART_BYTES = 5 << 20
"""The least that S3 takes for a part of a large object."""

UPLOADER = """
import os, sys
from pathlib import Path
from jobs.files import object_store
object_store.PART_BYTES = 5 << 20
for line in sys.stdin:
    endpoint, bucket, path, sha256 = line.split()
    pid = os.fork()
    if not pid:
        store = object_store.ObjectStore(object_store.StoreAddress(bucket, "p/", endpoint))
        store.upload("a.wav", Path(path), sha256=sha256, job_id="j")
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_BYTES", PART_BYTES)


@pytest.fixture
def store(object_store: PosedStore) -> ObjectStore:
    """Return a client of an empty bucket, below the prefix p."""
    return ObjectStore(StoreAddress(object_store.bucket, "p/", object_store.endpoint))


@pytest.fixture(scope="module")
def uploader() -> Iterator[subprocess.Popen[str]]:
    """Yield a process that uploads in children of its own, of which it tells pid and end."""
    process = subprocess.Popen(
        [sys.executable, "-c", UPLOADER],
        env=os.environ | KEYS | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


def write(path: Path, size_bytes: int) -> str:
    """Write a file and return its digest."""
    data = os.urandom(size_bytes)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Kill:
    """A file and the byte at which the process that uploads it is killed."""

    size_bytes: int
    at_byte: int


@pytest.mark.parametrize(
    "kill",
    [
        Kill(1 << 20, 0),
        Kill(1 << 20, 10_000),
        Kill(1 << 20, 1_000_000),
        Kill(11 << 20, 3_000_000),
        Kill(11 << 20, PART_BYTES + 100_000),
        Kill(11 << 20, 11_500_000),
    ],
    ids=str,
)
def test_an_upload_killed_at_any_byte_leaves_no_object_and_the_next_one_clears_up(
    object_store: PosedStore,
    store: ObjectStore,
    uploader: subprocess.Popen[str],
    tmp_path: Path,
    kill: Kill,
) -> None:
    """An upload killed at any byte leaves no object and the next one clears up."""
    sha256 = write(tmp_path / "a.wav", kill.size_bytes)
    pids: list[int] = []

    def end() -> None:
        os.kill(eventually(lambda: pids[0] if pids else 0), signal.SIGKILL)

    proxy = CountingProxy(object_store.port, kill.at_byte, end)
    line = f"{proxy.endpoint} {object_store.bucket} {tmp_path / 'a.wav'} {sha256}\n"
    uploader.stdin.write(line)
    uploader.stdin.flush()
    pids.append(int(uploader.stdout.readline()))
    assert int(uploader.stdout.readline()) == signal.SIGKILL
    proxy.close()
    assert object_store.names() == []
    store.upload("a.wav", tmp_path / "a.wav", sha256=sha256, job_id="j")
    assert hashlib.sha256(object_store.read("p/a.wav")).hexdigest() == sha256
    assert object_store.uploads() == []


def test_an_interrupted_upload_is_aborted_and_leaves_what_was_there(
    object_store: PosedStore, store: ObjectStore, tmp_path: Path
) -> None:
    """An interrupted upload is aborted and leaves what was there."""
    store.write("a.wav", b"before")
    sha256 = write(tmp_path / "a.wav", 11 << 20)
    calls = iter([None, None])

    def watch() -> None:
        if next(calls, "over") == "over":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.upload("a.wav", tmp_path / "a.wav", sha256=sha256, job_id="j", watch=watch)
    assert store.read("a.wav") == b"before"
    assert object_store.uploads() == []


def test_digest_and_job_are_metadata_and_a_signed_address_needs_no_key(
    store: ObjectStore, tmp_path: Path
) -> None:
    """Digest and job are metadata and a signed address needs no key."""
    name = "ä b/100% +&?#'\"=~;.wav"
    sha256 = write(tmp_path / "x", 1000)
    store.upload(name, tmp_path / "x", sha256=sha256, job_id="abc")
    found = store.find(name)
    assert (found.sha256, found.job_id, found.size_bytes) == (sha256, "abc", 1000)
    answer = httpx.get(store.sign(name))
    assert answer.content == (tmp_path / "x").read_bytes()
    assert answer.headers["content-type"] == "audio/wav"
    assert [listed.name for listed in store.list_folder("ä b/")] == [name]
    assert b"".join(store.read_range(name, 10, 20)) == answer.content[10:20]
    store.download(name, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == answer.content
    store.delete([name, "absent"])
    with pytest.raises(UnknownJob, match="is gone"):
        store.find(name)


def test_the_public_host_is_the_one_that_is_signed(object_store: PosedStore) -> None:
    """The public host is the one that is signed."""
    address = parse_store(
        f"s3://{object_store.bucket}//p/",
        endpoint=object_store.endpoint,
        public_url="https://files.example.org/",
        url_seconds=60,
    )
    signed = httpx.URL(ObjectStore(address).sign("a b.wav"))
    assert (signed.host, signed.path) == ("files.example.org", f"/{object_store.bucket}/p/a b.wav")
    assert signed.params["X-Amz-Expires"] == "60"


def test_a_name_that_is_taken_meanwhile_is_not_replaced(store: ObjectStore, tmp_path: Path) -> None:
    """A name that is taken meanwhile is not replaced."""
    sha256 = write(tmp_path / "a.wav", 10)
    store.write("a.wav", b"another's")
    with pytest.raises(OutputExists, match="other content"):
        store.upload("a.wav", tmp_path / "a.wav", sha256=sha256, job_id="j", replaces=False)
    assert store.read("a.wav") == b"another's"


def test_a_download_that_is_not_what_was_uploaded_is_refused(
    store: ObjectStore, tmp_path: Path
) -> None:
    """A download that is not what was uploaded is refused."""
    (tmp_path / "a").write_bytes(b"other bytes")
    store.upload("a.wav", tmp_path / "a", sha256="0" * 64, job_id="j")
    with pytest.raises(StoreUnavailable, match="not what was uploaded"):
        store.download("a.wav", tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_leftovers_of_killed_uploads_are_aborted_by_age_and_below_the_prefix_alone(
    object_store: PosedStore, store: ObjectStore
) -> None:
    """Leftovers of killed uploads are aborted by age and below the prefix alone."""
    for key in ("p/a.wav", "p/b.wav", "other/c.wav"):
        object_store.client.create_multipart_upload(Bucket=object_store.bucket, Key=key)
    assert store.abort_uploads(min_age_seconds=1e10) == 0
    assert store.abort_uploads("a.wav") == 1
    assert store.abort_uploads() == 1
    assert object_store.uploads() == ["other/c.wav"]


@pytest.mark.parametrize("ask", [ObjectStore.check, lambda store: store.write("a", b"")])
def test_a_bucket_that_is_not_there_is_named(
    object_store: PosedStore, ask: Callable[[ObjectStore], None]
) -> None:
    """A bucket that is not there is named."""
    with pytest.raises(StoreRefused, match="there is no bucket 'absent-bucket'; make it"):
        ask(ObjectStore(StoreAddress("absent-bucket", "", object_store.endpoint)))


def test_a_store_that_is_away_is_told_from_one_that_refuses(
    object_store: PosedStore, store: ObjectStore
) -> None:
    """A store that is away is told from one that refuses."""
    store.check(writes=True)
    assert object_store.names() == []
    object_store.stop()
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        store.check()
    assert not isinstance(caught.value, StoreRefused)
    object_store.start()
    store.check()


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("InvalidAccessKeyId", 403, "correct AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", 403, "compare AWS_SECRET_ACCESS_KEY"),
        ("AccessDenied", 403, "the key may not s3:PutObject here"),
        ("ExpiredToken", 400, "renew AWS_SESSION_TOKEN"),
        ("RequestTimeTooSkewed", 403, "this machine's clock"),
        ("PermanentRedirect", 301, "set AWS_REGION"),
    ],
)
def test_what_waiting_does_not_help_is_a_refusal_that_says_what_to_do(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, code: str, status: int, told: str
) -> None:
    """What waiting does not help is a refusal that says what to do."""

    def refuse(**_: object) -> None:
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, "PutObject")

    monkeypatch.setattr(store._client, "put_object", refuse)
    with pytest.raises(StoreRefused, match=told) as caught:
        store.write("a", b"")
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in str(caught.value)


def test_a_store_without_a_key_says_which_variables_hold_one(
    object_store: PosedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store without a key says which variables hold one."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreRefused, match="set AWS_ACCESS_KEY_ID"):
        ObjectStore(StoreAddress(object_store.bucket, "", object_store.endpoint)).check()


@pytest.mark.parametrize(
    ("place", "prefix"), [("s3://b", ""), ("s3://b/", ""), ("s3://b/x//y/", "x/y/")]
)
def test_a_prefix_is_the_same_with_and_without_slashes(place: str, prefix: str) -> None:
    """A prefix is the same with and without slashes."""
    assert parse_store(place) == StoreAddress("b", prefix)


@pytest.mark.parametrize(
    "place",
    ["b", "file:///b", "s3://", "s3://key:hidden@b/x", "s3://b/../x", "s3://b/x?hidden", "s3:b"],
)
def test_what_is_no_store_is_refused_without_being_shown(place: str) -> None:
    """What is no store is refused without being shown."""
    with pytest.raises(StartupError, match=r"KTTS_OUTPUT_STORE=\(not shown\)") as caught:
        QueueSettings(output_store=place)
    assert "hidden" not in str(caught.value)


def test_without_a_store_the_library_is_not_imported() -> None:
    """Without a store the library is not imported."""
    program = (
        "import sys, jobs.settings; jobs.settings.QueueSettings(); print('boto3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"boto3", "botocore"} & set(done.stdout.split())

"""A gateway before an object store; it shares no directory with the workers."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import soundfile

from tests.conftest import eventually, run_server
from tests.fakes.object_store import PosedStore
from tests.fakes.web import START_SECONDS, Process, Site, make_text, run_process, submit, wait_for

BOOK = "# Two Rooms\n\n" + "\n\n".join(
    f"## Room {number}\n\n" + make_text(f"room {number}", 12) for number in (1, 2)
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A site whose finished files are in a store."""

    store: PosedStore
    front: Site
    """Gateway and janitor."""
    workers: tuple[Process, Process]
    """Each with directories of its own."""
    job_id: str
    """Of a job that has finished."""
    file: bytes
    """That job's file."""

    @property
    def path(self) -> str:
        return f"/v1/jobs/{self.job_id}/audio"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """Yield two workers, a gateway and a janitor, and what one job has left in the store."""
    store = PosedStore()
    for server in run_server():
        front, one, two = (
            Site(server, tmp_path_factory.mktemp(name), **store.environment)
            for name in ("front", "one", "two")
        )
        janitor = ("-m", "worker.janitor.janitor")
        with (
            front.serve() as client,
            one.worker(pace=0.1) as first,
            two.worker(pace=0.1) as second,
            run_process(front.directory, front.environment, *janitor),
        ):
            job_id = submit(client, text=make_text("stored", 3))
            wait_for(client, job_id)
            file = store.read(f"speech/{job_id}.wav")
            yield Stored(store, front, (first, second), job_id, file)
    store.stop()


@pytest.fixture
def client(stored: Stored) -> Iterator[httpx.Client]:
    """Yield a client of the gateway."""
    with httpx.Client(base_url=stored.front.url, timeout=60) as client:
        yield client


def test_a_stored_file_is_served_whole_as_one_on_disk_is(stored: Stored, client: httpx.Client):
    """Its digest is its ETag; a client that has it is told so; HEAD has the same headers."""
    answer = client.get(stored.path, params={"download": True})
    etag = answer.headers["etag"]
    head = client.head(stored.path)

    assert (answer.status_code, answer.content) == (200, stored.file)
    assert etag == f'"{hashlib.sha256(stored.file).hexdigest()}"'
    assert answer.headers["content-type"] == "audio/wav"
    assert f"{stored.job_id}.wav" in answer.headers["content-disposition"]
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "accept-ranges", "last-modified"):
        assert head.headers[name] == answer.headers[name]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get(stored.path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(stored.path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert not list(stored.front.settings.output_dir.rglob("*.wav"))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-1", slice(0, 2)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-999999999", slice(0, None)),
        ("bytes=0-999999999", slice(0, None)),
        ("bytes=44-1043", slice(44, 1044)),
    ],
)
def test_ranges_of_a_stored_file(
    stored: Stored, client: httpx.Client, method: str, wanted: str, part: slice
):
    """A part, an end, and Safari's first two bytes; all of it is a range, too."""
    answer = client.request(method, stored.path, headers={"Range": wanted})
    size = len(stored.file)
    first, end, _ = part.indices(size)

    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
    assert answer.headers["content-length"] == str(end - first)
    assert answer.content == (stored.file[part] if method == "GET" else b"")


@pytest.mark.parametrize("wanted", ["bytes={size}-", "bytes=9-5", "bytes=-0"])
def test_a_range_that_a_stored_file_has_not(stored: Stored, client: httpx.Client, wanted: str):
    """The answer says how long the file is."""
    size = len(stored.file)
    answer = client.get(stored.path, headers={"Range": wanted.format(size=size)})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-1", "If-Range": '"other"'},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "samples=0-1"},
        {"Range": "bytes=x-y"},
    ],
)
def test_what_is_no_range_of_this_file_gets_all_of_it(
    stored: Stored, client: httpx.Client, headers: dict[str, str]
):
    """So a client that goes on with another file than it began begins anew."""
    answer = client.get(stored.path, headers=headers)
    assert (answer.status_code, answer.content) == (200, stored.file)


def test_a_stored_file_in_another_format_and_from_a_place(stored: Stored, client: httpx.Client):
    """It is fetched, decoded, and not kept."""
    assert client.get(stored.path, params={"format": "pcm"}).content == stored.file[44:]
    late = client.get(stored.path, params={"format": "pcm", "start_seconds": 0.5}).content
    assert late == stored.file[44 + 24_000 :]
    captions = client.get(f"/v1/jobs/{stored.job_id}/captions.vtt").text
    assert "Part 2 of stored" in captions.replace("\n", " ")
    left = stored.front.settings.output_dir.rglob("*")
    assert [path.name for path in left if path.is_file()] == []


def test_a_gateway_may_send_clients_to_the_store(stored: Stored):
    """A signed address, which a client follows with its range; but not our own page."""
    with stored.front.serve(KTTS_WEB_STORE_REDIRECT="true") as redirecting:
        sent = redirecting.get(stored.path)
        followed = redirecting.get(
            stored.path, headers={"Range": "bytes=0-1"}, follow_redirects=True
        )
        page = redirecting.get(stored.path, headers={"Sec-Fetch-Site": "same-origin"})

    assert (sent.status_code, sent.headers["cache-control"]) == (307, "no-store")
    assert sent.headers["location"].startswith(f"{stored.store.endpoint}/{stored.store.bucket}/")
    assert (followed.status_code, followed.content) == (206, stored.file[:2])
    assert (page.status_code, page.content) == (200, stored.file)


def test_the_result_names_the_object_and_a_new_signed_address(stored: Stored, client: httpx.Client):
    """Anybody may fetch it from there, without a key of ours."""
    result = client.get(f"/v1/jobs/{stored.job_id}").json()["result"]
    assert result["object"] == f"s3://{stored.store.bucket}/speech/{stored.job_id}.wav"
    assert httpx.get(result["url"]).content == stored.file


def test_a_book_of_two_chapters_is_made_by_two_workers_without_a_shared_volume(
    stored: Stored, client: httpx.Client
):
    """Both have spoken; the file that one of them assembles is served with ranges."""
    before = [process.log.count(" uploaded: ") for process in stored.workers]
    form = {"format": "flac", "split": "false"}
    upload = {"file": ("rooms.md", BOOK.encode())}
    receipt = client.post("/v1/batches", files=upload, data=form).json()

    def finished() -> dict | None:
        book = client.get(receipt["link"]).json()
        assert book["status"] not in {"failed", "cancelled"}, book
        return book if book["status"] == "finished" else None

    book = eventually(finished, START_SECONDS)
    [file] = book["files"]
    whole = client.get(file["link"])
    assert soundfile.info(io.BytesIO(whole.content)).duration == pytest.approx(
        book["audio_seconds"], abs=5
    )
    assert client.get(file["link"], headers={"Range": "bytes=0-3"}).content == b"fLaC"
    assert client.get(next(link for link in file["beside"] if link.endswith("vtt"))).text
    after = [process.log.count(" uploaded: ") for process in stored.workers]
    assert all(now > then for now, then in zip(after, before, strict=True)), (before, after)


def test_a_store_that_is_away_is_a_503_and_workers_wait_for_it(
    stored: Stored, client: httpx.Client
):
    """A job that has nowhere to go waits without losing a try, and ends when the store is back."""
    stored.store.stop()
    try:
        away = client.get(stored.path)
        assert (away.status_code, away.headers["content-type"]) == (503, "application/problem+json")
        assert "does not answer" in away.json()["detail"]
        assert int(away.headers["retry-after"]) > 0
        job_id = submit(client, text=make_text("while the store is away", 2))
        eventually(lambda: any("no job is taken" in each.log for each in stored.workers))
        assert client.get(f"/v1/jobs/{job_id}").json()["status"] in {"queued", "running"}
        assert client.get("/health").status_code == 200
    finally:
        stored.store.start()
    job = wait_for(client, job_id)
    assert job["result"]["object"] in {
        f"s3://{stored.store.bucket}/{name}" for name in stored.store.names()
    }
    assert client.get(stored.path).content == stored.file

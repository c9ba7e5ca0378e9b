"""Jobs over HTTP: real gateway, real queue, real worker with an engine of tones."""

from __future__ import annotations

import httpx
import pytest

from jobs.request import READINGS
from tests.fakes.fake_worker import make_request
from tests.fakes.web import Site, make_text, read_events, submit, wait_for


def test_a_job_is_accepted_spoken_and_described(web: httpx.Client):
    """Submitting answers 202 with id and links; the job comes to its end with a result."""
    answer = web.post("/v1/jobs", json={"text": make_text("first", 2), "metadata": {"a": "b"}})
    receipt = answer.json()

    assert answer.status_code == 202
    assert receipt["is_new"] is True
    assert answer.headers["location"] == receipt["links"]["self"]
    job = wait_for(web, receipt["id"])
    assert job["progress"]["fraction"] == 1
    assert job["result"]["chunks"] == 2
    assert job["result"]["metadata"] == {"a": "b"}
    assert "path" not in job["result"]
    assert web.get(receipt["links"]["audio"]).status_code == 200


def test_the_same_content_is_the_same_job(web: httpx.Client):
    """A second submit of the same text makes no second job."""
    first = web.post("/v1/jobs", json={"text": make_text("same", 1)}).json()
    second = web.post("/v1/jobs", json={"text": make_text("same", 1)}).json()

    assert second["id"] == first["id"]
    assert (first["is_new"], second["is_new"]) == (True, False)


def test_the_pause_scale_is_part_of_a_job(web: httpx.Client):
    """The usual one changes no id; null is the server's."""
    text = make_text("pauses", 1)
    jobs = [web.post("/v1/jobs", json={"text": text, "pause_scale": x}) for x in (None, 1, 0.5)]

    assert [job.json()["id"] for job in jobs] == [
        make_request(text, pause_scale=scale).job_id for scale in (1, 1, 0.5)
    ]


def test_turns_are_the_job_that_their_text_is(web: httpx.Client):
    """As a list or with names in the text, with or without roles that nobody needs."""
    turns = {"turns": [{"speaker": "Ann", "text": "Hello."}], "speakers": {"Ann": "bf_emma"}}
    text = {
        "text": "[voice:Ann]Hello.",
        "speakers": {"Ann": {"voice": "bf_emma"}, "Ben": "am_adam"},
    }

    assert (
        web.post("/v1/jobs", json=turns).json()["id"]
        == web.post("/v1/jobs", json=text).json()["id"]
    )


def test_a_plain_reading_is_a_job_of_its_own(web: httpx.Client):
    """The reading that a request asks for is what its job has; the default changes no id."""
    text = make_text("reading", 1)
    jobs = [web.post("/v1/jobs", json={"text": text, "reading": way}).json() for way in READINGS]

    assert [job["id"] for job in jobs] == [
        make_request(text, reading=way).job_id for way in READINGS
    ]
    assert web.get("/openapi.json").json()["components"]["schemas"]["JobSubmission"]["properties"][
        "reading"
    ]["enum"] == list(READINGS)


def test_an_idempotency_key_carries_out_once(web: httpx.Client):
    """With a key, even "again" is done once; the key with another body is refused."""
    body = {"text": make_text("key", 1), "again": True}
    headers = {"Idempotency-Key": "key-1"}
    first = web.post("/v1/jobs", json=body, headers=headers)
    wait_for(web, first.json()["id"])
    second = web.post("/v1/jobs", json=body, headers=headers)
    other = web.post("/v1/jobs", json=body | {"speed": 1.5}, headers=headers)

    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert web.get(f"/v1/jobs/{first.json()['id']}").json()["status"] == "finished"
    assert other.status_code == 422
    assert other.json()["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"text": ""}, "text", "at least 1 character"),
        ({"text": "  "}, "text", "the text is empty"),
        ({"text": "<speak><voice name='x'>a</voice></speak>"}, "text", "<voice> is not supported"),
        ({"text": "<speak>a"}, "text", "line 1, column 9: no element found"),
        ({}, "text", "missing"),
        ({"text": "x", "speakers": {"Ann": "af_hart"}}, "speakers", "speaker 'Ann': voice"),
        ({"turns": [{"speaker": "Ann", "text": "x"}]}, "turns", "turn 1: 'Ann' is no speaker"),
        ({"text": "x", "voice": "af_hart"}, "voice", "did you mean 'af_heart'"),
        ({"text": "x", "language": "xx"}, "language", "unknown"),
        ({"text": "x", "speed": 9}, "speed", "less than or equal to 2"),
        ({"text": "x", "output_name": "../../etc/passwd"}, "output_name", "leads out"),
        ({"text": "x", "queue": "urgent"}, "queue", "interactive"),
        ({"text": "x", "reading": "loud"}, "reading", "full"),
        ({"text": "x", "pause_scale": 5}, "pause_scale", "less than or equal to 4"),
        ({"text": "x", "colour": "red"}, "colour", "not permitted"),
        ({"text": "x", "lexicon": {"word": ""}}, "lexicon", "must not be empty"),
    ],
)
def test_a_wrong_request_names_its_field(web: httpx.Client, body: dict, field: str, words: str):
    """Each mistake is a 422 in problem+json that says which field and what to do."""
    answer = web.post("/v1/jobs", json=body)
    problem = answer.json()

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["field"] == field
    assert words in problem["detail"]


def test_a_body_that_is_no_json_is_a_problem(web: httpx.Client):
    """What cannot be read at all is refused as such."""
    answer = web.post(
        "/v1/jobs", content=b"{nonsense", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert answer.json()["error"] == "InvalidRequest"


@pytest.mark.parametrize("job_id", ["0" * 32, "nonsense", "..%2f..%2fetc%2fpasswd", "a:b"])
@pytest.mark.parametrize("tail", ["", "/events", "/audio", "/captions.vtt"])
def test_an_unknown_job_is_not_found(web: httpx.Client, job_id: str, tail: str):
    """An id that is none, or of no job, is a 404 and touches no file."""
    answer = web.get(f"/v1/jobs/{job_id}{tail}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_jobs_are_listed_page_by_page(web: httpx.Client):
    """The pages of a state hold each of its jobs once."""
    made = [submit(web, text=make_text(f"listed {number}", 1)) for number in range(5)]
    for job_id in made:
        wait_for(web, job_id)

    seen: list[str] = []
    cursor = None
    while True:
        params = {"status": "finished", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = web.get("/v1/jobs", params=params).json()
        assert len(page["jobs"]) <= 2
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)
    assert web.get("/v1/jobs", params={"cursor": "%%%"}).json()["field"] == "cursor"


def test_a_running_job_is_cancelled_and_tried_again(web: httpx.Client):
    """DELETE ends a running job at its chunk; retry takes it up again, and only then."""
    job_id = submit(web, text=make_text("cancelled", 50))
    wait_for(web, job_id, "running")
    cancelled = web.delete(f"/v1/jobs/{job_id}")
    wait_for(web, job_id, "cancelled")
    retried = web.post(f"/v1/jobs/{job_id}/retry")
    refused = web.post(f"/v1/jobs/{job_id}/retry")
    web.delete(f"/v1/jobs/{job_id}")

    assert cancelled.status_code == 202
    assert (retried.status_code, retried.json()["id"]) == (202, job_id)
    assert refused.status_code == 409
    wait_for(web, job_id, "cancelled")


def test_events_tell_a_jobs_life_and_go_on_after_a_break(web: httpx.Client):
    """Each state comes once with an id; who comes back with the last id gets only what is new."""
    job_id = submit(web, text=make_text("events", 8))
    with web.stream("GET", f"/v1/jobs/{job_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = read_events(answer)
        seen = [next(events)]
        while seen[-1][1] != "progress":
            seen.append(next(events))
    with web.stream(
        "GET", f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": seen[-1][0]}
    ) as answer:
        rest = list(read_events(answer))
    names = [name for _, name, _ in seen + rest]
    ids = [number for number, _, _ in seen + rest]

    assert names[-1] == "finished"
    assert set(names[names.index("progress") : -1]) == {"progress"}
    assert set(names[: names.index("progress")]) <= {"queued", "started"}
    assert len(ids) == len(set(ids))
    assert rest[-1][2]["result"]["chunks"] == 8
    assert [data["progress"]["chunks"] for _, name, data in rest if name == "progress"] == sorted(
        data["progress"]["chunks"] for _, name, data in rest if name == "progress"
    )
    again = web.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": ids[-1]})
    assert again.status_code == 204


def test_a_failed_job_says_why(web: httpx.Client):
    """The reason is in the job, in its last event and in the answer of its audio."""
    job_id = submit(web, text="This sentence says BOOM to you.")
    job = wait_for(web, job_id, "failed")
    events = web.get(f"/v1/jobs/{job_id}/events")
    audio = web.get(f"/v1/jobs/{job_id}/audio")

    assert "the model failed on BOOM" in job["error"]["message"]
    assert "event: failed" in events.text
    assert audio.status_code == 409
    assert "the model failed on BOOM" in audio.json()["detail"]


def test_the_queue_and_the_voices_are_shown(web: httpx.Client):
    """A page can say who works and choose a voice."""
    queue = web.get("/v1/queue").json()
    voices = {voice["name"]: voice for voice in web.get("/v1/voices").json()}

    assert len(queue["workers"]) == 1
    assert set(queue["waiting"]) == {"interactive", "default", "bulk"}
    assert len(voices) == 54
    assert voices["bf_emma"]["language_name"] == "British English"
    assert voices["bf_emma"]["gender"] == "female"


def test_answers_carry_headers_that_keep_browsers_safe(web: httpx.Client):
    """No sniffing, no framing, no caching of what is private; no other site's scripts."""
    headers = web.get("/v1/queue").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_a_full_queue_is_429_with_a_time(site: Site):
    """Where the bound is reached a submit is refused, and says when to come again."""
    with site.serve(KTTS_MAX_QUEUED_JOBS="1") as client:
        texts = [make_text(f"full {number}", 30) for number in range(4)]
        answers = [client.post("/v1/jobs", json={"text": text}) for text in texts]
        for answer in answers:
            if answer.status_code == 202:
                client.delete(answer.json()["links"]["self"])

    statuses = [answer.status_code for answer in answers]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert set(statuses) == {202, 429}
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"] == "QueueFull"

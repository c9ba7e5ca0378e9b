"""Captions over HTTP, of finished jobs and of those that run."""

from __future__ import annotations

import httpx

from tests.conftest import eventually
from tests.fakes.web import make_text, submit, wait_for


def test_a_finished_job_has_captions(web: httpx.Client):
    """They hold every sentence, in WebVTT, by sentence or by word."""
    job_id = submit(web, text="The first sentence is here. The second one follows it.")
    wait_for(web, job_id)
    sentences = web.get(f"/v1/jobs/{job_id}/captions.vtt")
    words = web.get(f"/v1/jobs/{job_id}/captions.vtt", params={"words": True}).text

    assert sentences.headers["content-type"].startswith("text/vtt")
    assert sentences.text.startswith("WEBVTT\n\n00:00:00")
    assert "The second one follows it." in sentences.text.replace("\n", " ")
    assert words.count("-->") == 10


def test_captions_of_ssml_are_its_words(web: httpx.Client):
    """No tag is shown, an entity is the sign that it means; the text is as it was sent."""
    text = "<speak><s>Not &lt;b&gt; but</s> <prosody rate='fast'>this &#38; that</prosody>.</speak>"
    job_id = submit(web, text=text)
    wait_for(web, job_id)
    captions = web.get(f"/v1/jobs/{job_id}/captions.vtt").text.split("\n\n")[1:]

    shown = " ".join(line for cue in captions for line in cue.split("\n")[1:])
    assert shown == "Not &lt;b&gt; but this &amp; that."
    assert web.get(f"/v1/jobs/{job_id}/text").text == text


def test_captions_say_who_speaks(web: httpx.Client):
    """Turns of two speakers: each cue has the name of its own, by sentence and by word."""
    turns = [
        {"speaker": "Ann", "text": "Good morning."},
        {"speaker": "B & C", "text": "Good night."},
    ]
    speakers = {"Ann": "bf_emma", "B & C": {"voice": "am_adam", "speed": 1.5}}
    answer = web.post("/v1/jobs", json={"turns": turns, "speakers": speakers})
    job = wait_for(web, answer.json()["id"])

    path = f"/v1/jobs/{job['id']}/captions.vtt"
    shown = [cue.split("\n")[1] for cue in web.get(path).text.split("\n\n")[1:-1]]
    words = web.get(path, params={"words": True}).text
    assert job["voice"] == ""
    assert shown == ["<v Ann>Good morning.", "<v B &amp; C>Good night."]
    assert "<v B &amp; C>night." in words


def test_a_running_job_has_the_captions_of_what_can_be_heard(web: httpx.Client):
    """They grow with the audio; before the first chunk there are none, and that is no error."""
    job_id = submit(web, text=make_text("captioned", 12))
    path = f"/v1/jobs/{job_id}/captions.vtt"
    early = eventually(lambda: "Part 1 of" in web.get(path).text and web.get(path).text)
    status = web.get(f"/v1/jobs/{job_id}").json()["status"]
    wait_for(web, job_id)

    assert status == "running"
    assert "Part 11 of" not in early
    assert "Part 11 of" in web.get(path).text


def test_missing_timings_are_said(web: httpx.Client, site):
    """A file whose timings are gone is a clear conflict, not an empty caption file."""
    job_id = submit(web, text=make_text("untimed", 1))
    wait_for(web, job_id)
    (site.settings.output_dir / f"{job_id}.wav.timings.jsonl").unlink()
    answer = web.get(f"/v1/jobs/{job_id}/captions.vtt")

    assert answer.status_code == 409
    assert "there are no captions" in answer.json()["detail"]


def test_a_job_shows_its_text(web: httpx.Client):
    """As it was submitted, whole or its beginning, also while the job waits or after it failed."""
    text = "Ünïcode <b>and</b> more. BOOM"
    job_id = submit(web, text=text)
    path = f"/v1/jobs/{job_id}/text"
    whole = web.get(path)
    wait_for(web, job_id, "failed")

    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.text == text
    assert web.get(path, params={"characters": 7}).text == "Ünïcode"
    assert web.get(path, params={"characters": 0}).status_code == 422
    assert web.get(f"/v1/jobs/{'0' * 32}/text").status_code == 404

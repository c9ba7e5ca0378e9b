"""A text is written, watched while it is spoken, and heard: the real model in a real browser."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.hearing import AUDIBLE, await_sound, decode, duration, listen, position
from tests.browser.tab import PATIENT_SECONDS, Tab
from tests.browser.texts import SHORT, text_of
from tests.conftest import eventually
from tests.fakes.web import Site

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

_NOTE_MARKS = """
list => {
  list.marked = [];
  const note = () => {
    const text = list.querySelector("[aria-current]")?.textContent;
    if (text && text !== list.marked.at(-1)) list.marked.push(text);
  };
  new MutationObserver(note).observe(list, { subtree: true, attributeFilter: ["aria-current"] });
}
"""


@pytest.fixture
def spoken(tab: Tab) -> Locator:
    """Return the open card of a job that has finished; the same one for every test."""
    card = tab.speak(SHORT)
    tab.await_state(card, "finished")
    return card


def facts_of(site: Site, card: Locator) -> dict:
    """Return what the server says of the job on a card."""
    return httpx.get(f"{site.url}/v1/jobs/{card.get_attribute('data-job-id')}").json()


def test_a_text_is_typed_submitted_and_watched_to_its_end(tab: Tab):
    """The card shows the text, its states in their order, and a progress that only grows."""
    card = tab.speak(text_of("what is watched", 2))
    seen = tab.watch(card)

    states = [state for state, _ in seen]
    percentages = [percentage for _, percentage in seen]
    assert states == sorted(states, key=["queued", "running", "finished"].index)
    assert states[-1] == "finished"
    assert percentages == sorted(percentages)
    assert any(0 < percentage < 100 for percentage in percentages), seen
    expect(card.get_by_role("heading")).to_contain_text("This is what is watched.")
    expect(tab.page.locator("#announcements")).to_contain_text("inished")


def test_a_finished_job_is_heard(tab: Tab, site: Site, spoken: Locator):
    """The audio element has the length of the result, and its samples are speech, not silence."""
    audio = spoken.locator("audio")
    listen(audio)
    spoken.get_by_role("button", name="Play").click()
    await_sound(audio)
    expect(spoken.get_by_role("button", name="Pause")).to_be_visible()
    eventually(lambda: duration(audio), PATIENT_SECONDS)

    sound = decode(audio)
    seconds = facts_of(site, spoken)["result"]["audio_seconds"]
    assert seconds > 3
    assert duration(audio) == pytest.approx(seconds, abs=0.05)
    assert sound.seconds == pytest.approx(seconds, abs=0.05)
    assert sound.loudest > 0.1
    assert sound.level > AUDIBLE
    expect(spoken.locator(".times")).to_contain_text(f"0:0{round(seconds)}")


def test_the_waveform_shows_what_is_loud(spoken: Locator):
    """It has bars, and the loudest is no flat line."""
    waveform = spoken.locator("canvas.waveform")
    eventually(lambda: int(waveform.get_attribute("data-peaks") or 0) > 20)

    assert float(waveform.get_attribute("data-loudest") or 0) > 0.1


def test_a_long_job_is_heard_before_it_is_finished(tab: Tab, site: Site):
    """It sounds while most of it is unspoken, and at its end the player has all of it."""
    card = tab.speak(text_of("a long job", 5))
    audio = card.locator("audio")
    tab.await_state(card, "running")
    listen(audio)
    card.get_by_role("button", name="Play").click()
    await_sound(audio)

    assert card.get_attribute("data-state") == "running"
    assert audio.get_attribute("data-source") == "stream"
    heard = position(audio)
    tab.await_state(card, "finished")
    assert position(audio) >= heard
    expect(audio).to_have_attribute("data-source", "file")
    seconds = facts_of(site, card)["result"]["audio_seconds"]
    eventually(lambda: abs(duration(audio) - seconds) < 0.05)


def test_another_job_is_cancelled_and_tried_again(tab: Tab):
    """Of two jobs one is cancelled; the other finishes, and a retry finishes this one too."""
    kept = tab.speak(text_of("the one that stays", 1))
    dropped = tab.speak(text_of("the one that goes", 1))
    dropped.get_by_role("button", name="Cancel").click()

    tab.await_state(dropped, "cancelled")
    tab.await_state(kept, "finished")
    dropped.get_by_role("button", name="Retry").click()
    tab.await_state(dropped, "finished")


def test_captions_follow_what_is_heard(spoken: Locator):
    """A click on a line goes there; from then on each line is marked while it is heard."""
    captions = spoken.get_by_role("list", name="Captions")
    cues = captions.locator(".cue")
    expect(cues).to_have_count(5)
    captions.evaluate(_NOTE_MARKS)
    cues.nth(2).click()

    expect(captions.locator('[aria-current="true"]')).to_have_text("It lit.")
    marked = captions.evaluate("list => list.marked")
    assert marked[0] == "It smelt of salt."
    assert marked == sorted(marked, key=cues.all_text_contents().index)
    start = float(cues.nth(2).get_attribute("data-start"))
    assert position(spoken.locator("audio")) >= start


def test_a_job_is_downloaded_in_every_format(tab: Tab, site: Site, spoken: Locator, tmp_path: Path):
    """The file itself byte for byte, the others as what they are called, and the captions."""
    beginnings = {
        "wav": b"RIFF",
        "flac": b"fLaC",
        "mp3": b"",
        "opus": b"OggS",
        "m4a": b"\0\0\0\x1cftyp",
    }
    for audio_format, beginning in beginnings.items():
        spoken.get_by_role("button", name="Download").click()
        with tab.page.expect_download() as download:
            spoken.locator(f'a.download[data-format="{audio_format}"]').click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)

        assert saved.suffix == f".{audio_format}"
        assert saved.read_bytes().startswith(beginning)
        assert saved.stat().st_size > 10_000
    result = site.settings.output_dir / facts_of(site, spoken)["file"]
    assert next(tmp_path.glob("*.mp3")).read_bytes() == result.read_bytes()


def test_jobs_are_there_again_for_who_comes_back(tab: Tab, spoken: Locator):
    """A new visit lists what was made, and it can be opened and heard."""
    job_id = spoken.get_attribute("data-job-id")
    tab.page.reload()
    tab.await_ready()
    card = tab.card(job_id)
    card.get_by_role("button", expanded=False).first.click()

    expect(card).to_have_attribute("data-open", "true")
    listen(card.locator("audio"))
    card.get_by_role("button", name="Play").click()
    assert await_sound(card.locator("audio")) >= 0


def test_a_voice_is_tried_before_it_is_chosen(tab: Tab):
    """The sample of the voice that is chosen sounds."""
    voice = tab.page.get_by_role("combobox", name="Voice")
    voice.fill("emma")
    tab.page.get_by_role("option", name="Emma").click()
    expect(voice).to_have_attribute("data-voice", "bf_emma")
    audio = tab.page.locator("#sample-audio")
    listen(audio)
    tab.button("Hear a sample").click()

    await_sound(audio)

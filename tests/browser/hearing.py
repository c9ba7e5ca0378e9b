"""What a tab's audio element plays: its length, and how loud it is."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.browser.tab import PATIENT_SECONDS
from tests.conftest import eventually

AUDIBLE = 0.02
"""Share of full scale that no silence and no rounding reaches."""

_DECODE = """
async audio => {
  const file = await (await fetch(audio.currentSrc)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 24000).decodeAudioData(file);
  const samples = sound.getChannelData(0);
  let loudest = 0, energy = 0;
  for (const sample of samples) {
    loudest = Math.max(loudest, Math.abs(sample));
    energy += sample * sample;
  }
  return [sound.duration, loudest, Math.sqrt(energy / samples.length)];
}
"""

_LISTEN = """
audio => {
  const context = new AudioContext();
  const meter = context.createAnalyser();
  const stream = audio.captureStream();
  const connect = track =>
    context.createMediaStreamSource(new MediaStream([track])).connect(meter);
  stream.getAudioTracks().forEach(connect);
  stream.addEventListener("addtrack", event => connect(event.track));
  const samples = new Float32Array(meter.fftSize);
  audio.loudest = 0;
  const look = () => {
    meter.getFloatTimeDomainData(samples);
    for (const sample of samples) audio.loudest = Math.max(audio.loudest, Math.abs(sample));
    if (audio.isConnected) requestAnimationFrame(look);
  };
  look();
}
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """The decoded file behind an audio element."""

    seconds: float
    loudest: float
    """Largest sample, 0 to 1."""
    level: float
    """Root of the mean square, 0 to 1."""


def decode(audio: Locator) -> Sound:
    """Fetch and decode, in the page, what an audio element plays."""
    return Sound(*audio.evaluate(_DECODE))


def listen(audio: Locator) -> None:
    """Measure from now on what an audio element gives to the loudspeaker."""
    audio.evaluate(_LISTEN)


def await_sound(audio: Locator) -> float:
    """Wait until something audible came out of an element; return its position in seconds."""
    eventually(lambda: audio.evaluate("audio => audio.loudest") > AUDIBLE, PATIENT_SECONDS)
    return position(audio)


def position(audio: Locator) -> float:
    """Return where an element plays, in seconds."""
    return float(audio.evaluate("audio => audio.currentTime"))


def duration(audio: Locator) -> float:
    """Return the length that an element states, in seconds; 0 while it knows none."""
    return float(audio.evaluate("audio => isFinite(audio.duration) ? audio.duration : 0"))

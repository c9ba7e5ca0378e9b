"""When each word of a chunk is heard, from the time that the model spent on each phoneme."""

from collections.abc import Iterator
from itertools import accumulate

from jobs.playback.journal import Word
from jobs.text.characters import PUNCTUATION, has_sound
from worker.engine import PhonemeToken
from worker.render.segments import FinishedSegment


def time_words(
    text: str,
    tokens: tuple[PhonemeToken, ...],
    phoneme_samples: tuple[int, ...],
    segment: FinishedSegment,
    *,
    sample_offset: int,
) -> tuple[Word, ...]:
    """Return the words of a chunk that have a sound, in order.

    Args:
        text: The whole text that is read.
        tokens: How it sounds, with offsets into `text`; their phonemes are what the model read.
        phoneme_samples: Samples spent on each of these phonemes; empty if the model cannot say.
        segment: The audio after trimming.
        sample_offset: Where the segment begins in the whole audio.
    """
    if len(phoneme_samples) != sum(len(token.phonemes) for token in tokens):
        return ()
    return tuple(_time_tokens(text, tokens, phoneme_samples, segment, sample_offset))


def _time_tokens(
    text: str,
    tokens: tuple[PhonemeToken, ...],
    phoneme_samples: tuple[int, ...],
    segment: FinishedSegment,
    sample_offset: int,
) -> Iterator[Word]:
    edges = tuple(accumulate(phoneme_samples, initial=segment.model_start))
    position = 0
    for token in tokens:
        # Tones and nasal vowels have signs of their own, which take time like letters.
        sounds = [
            at
            for at, char in enumerate(token.phonemes, position)
            if char not in PUNCTUATION and not char.isspace()
        ]
        position += len(token.phonemes)
        if not has_sound(token.phonemes):
            continue
        written = text[token.start : token.end]
        start = token.start + len(written) - len(written.lstrip())
        first, last = (
            min(max(edge, segment.speech_start), segment.speech_end) + sample_offset
            for edge in (edges[sounds[0]], edges[sounds[-1] + 1])
        )
        yield Word(start, start + len(written.strip()), first, last)

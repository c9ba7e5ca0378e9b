"""Interleaved rounds: everybody speaks the same text in turn, so that a noisy minute hits all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from statistics import median

from jobs.errors import StartupError
from scripts.measure.speed.benchmark_plan import Clock, Plan
from scripts.measure.speed.contestant import Contestant, Take
from scripts.measure.speed.texts import SHORT


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    low: float
    high: float


def spread_of(values: Iterable[float]) -> Spread | None:
    """Return middle, lowest and highest; None where nothing was measured."""
    measured = list(values)
    if not measured:
        return None
    return Spread(median(measured), min(measured), max(measured))


def ratios_by_round(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return the ratio of each round that both took part in.

    Only what ran right after one another is compared: a machine that is shared is not the same a
    minute later.
    """
    return [our / their for our, their in zip(ours, theirs, strict=False) if their > 0]


@dataclass(slots=True)
class Record:
    """What was measured of one contestant."""

    name: str
    ready_seconds: list[float] = field(default_factory=list)
    cold_first_chunk_seconds: float = 0.0
    """Of the first text after the start: some load their pronunciation only then."""
    takes: dict[str, list[Take]] = field(default_factory=dict)
    """Size to its rounds."""
    peak_bytes: int | None = None
    fault: str = ""
    """Why it did not come to the end; empty where it did."""

    def speeds(self, size: str) -> list[float]:
        """Return the speed of each round."""
        return [take.speed for take in self.takes.get(size, [])]

    def paces(self, size: str) -> list[float]:
        """Return the characters per second of each round."""
        return [take.characters_per_second for take in self.takes.get(size, [])]

    @property
    def ready(self) -> float | None:
        """Middle of the times to ready; None where it never was."""
        return median(self.ready_seconds) if self.ready_seconds else None


def compare(
    contestants: Sequence[Contestant],
    plan: Plan,
    clock: Clock,
    tell: Callable[[str], None],
    watch: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> dict[str, Record]:
    """Start everybody, run the rounds, end everybody; the first contestant is this product.

    A peer that fails is left out from there on, with its words in the record. `watch` is open while
    somebody speaks.

    Raises:
        StartupError: this product does not start.
    """
    records = {contestant.name: Record(contestant.name) for contestant in contestants}
    ours = contestants[0].name
    try:
        for contestant in contestants:
            with _forgiving(records[contestant.name], is_ours=contestant.name == ours, tell=tell):
                _warm_up(contestant, records[contestant.name], plan.starts, tell)
        for size, number in _order(plan.rounds):
            for contestant in _rotate(contestants, number):
                record = records[contestant.name]
                if record.fault or (number and not clock.has()):
                    continue
                text = (plan.texts if contestant.name == ours else plan.peer_texts)[size]
                with _forgiving(record, is_ours=contestant.name == ours, tell=tell), watch():
                    take = contestant.speak(text)
                    record.takes.setdefault(size, []).append(take)
                    tell(f"{size} {number + 1}: {contestant.name} {take.speed:.2f}x real time")
        for contestant in contestants:
            records[contestant.name].peak_bytes = contestant.peak_bytes()
    finally:
        for contestant in contestants:
            contestant.stop()
    return records


def _warm_up(
    contestant: Contestant, record: Record, starts: int, tell: Callable[[str], None]
) -> None:
    for number in range(starts):
        if number:
            contestant.stop()
        record.ready_seconds.append(contestant.start())
        tell(f"{contestant.name} is ready after {record.ready_seconds[-1]:.1f} s")
    record.cold_first_chunk_seconds = contestant.speak(SHORT).first_chunk_seconds


def _order(rounds: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield size and number: one round of every size, then the next."""
    for number in range(max(rounds.values())):
        for size, count in rounds.items():
            if number < count:
                yield size, number


def _rotate(contestants: Sequence[Contestant], number: int) -> list[Contestant]:
    """Return them in another order each round: going first may be better or worse."""
    shift = number % len(contestants)
    return [*contestants[shift:], *contestants[:shift]]


@contextmanager
def _forgiving(record: Record, *, is_ours: bool, tell: Callable[[str], None]) -> Iterator[None]:
    """Note a peer's failure and go on; this product's own passes through."""
    try:
        yield
    except StartupError as exc:
        if is_ours:
            raise
        record.fault = str(exc)
        tell(record.fault)

"""What is spoken while measuring: our own prose, in three sizes."""

from pathlib import Path

SHORT = "The ferry left the island at ten minutes past six, and nobody on the quay looked up."
"""A sentence: what an assistant answers."""

MEDIUM = (
    "On the mainland the road ran straight for two miles between hedges of hawthorn, then lost its "
    "nerve and began to wander. A carter named Finch had been hired to bring the piano up to the "
    "school. He was a small man with a large moustache, and he had once moved a church organ, a "
    "fact he mentioned before he mentioned his name. Would four ropes be enough? Four ropes had "
    "been enough for the organ."
)
"""A paragraph."""

SIZES = ("short", "medium", "book")


def load_book() -> str:
    """Return about eight minutes of reading aloud."""
    return (Path(__file__).parent / "book.txt").read_text(encoding="utf-8")


def cut_text(text: str, characters: int) -> str:
    """Return the start of `text`, at most so long, to the end of a sentence where there is one."""
    if len(text) <= characters:
        return text
    start = text[:characters]
    end = max(start.rfind(mark) for mark in (". ", "? ", "! ", ".\n", '"\n'))
    return start[: end + 1] if end > 0 else start.rpartition(" ")[0] or start

"""What the tests let the real model say."""

SHORT = (
    "The lamp was dark.\n\nAda walked out.\n\nIt smelt of salt.\n\nShe struck a match.\n\nIt lit.\n"
)
"""Five chunks, seven seconds: each paragraph ends one."""

_PARAGRAPH = (
    "On day {number} the keeper climbed the stairs before the light was gone. He cleaned the glass "
    "and filled the lamp, and then he sat down with the old book in which he wrote the weather."
)


def long_text(label: str, paragraphs: int) -> str:
    """Return a text of about ten seconds for each paragraph, unlike that of any other label."""
    days = (_PARAGRAPH.format(number=number + 1) for number in range(paragraphs))
    return f"This is {label}.\n\n" + "\n\n".join(days)

"""What the tests let the real model say."""

SHORT = (
    "The lamp was dark.\n\nAda walked out.\n\nIt smelt of salt.\n\nShe struck a match.\n\nIt lit.\n"
)
"""Five chunks, seven seconds: each paragraph ends one."""

_LINE = "On day {number} the keeper wrote down the weather, and then he lit the lamp."


def text_of(label: str, paragraphs: int) -> str:
    """Return a text of about five seconds for each paragraph, unlike that of any other label."""
    days = (_LINE.format(number=number + 1) for number in range(paragraphs))
    return "\n\n".join((f"This is {label}.", *days))

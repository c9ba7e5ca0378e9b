"""``ktts web``: jobs over HTTP, the protocol of OpenAI's speech API, and one page.

A producer like any other: it imports ``jobs`` and never the worker. What it serves lies in the
output directory; what is still being spoken it reads from the journal in the work directory.
"""

"""Reads HTML and Markdown, and pages of EPUBs."""

"""Brings back what dead workers held: lost jobs, open books, stale files."""

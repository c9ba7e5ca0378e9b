"""Amounts of something: numbers with signs, units or money."""

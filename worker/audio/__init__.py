"""From segments to finished files."""

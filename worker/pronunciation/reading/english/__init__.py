"""Rules of English; `english_rules` puts them in order."""

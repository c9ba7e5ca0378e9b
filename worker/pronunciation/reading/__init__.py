"""Reading rules: what is written and is no word, put into the words that a person says.

A language is added in two steps. Write a module ``<language>_rules.py`` in the folder of its kin,
with a function that returns a `rules.RuleTable`; words, units and short forms that are data go into
a TOML file in ``tables``. Name that function in `languages.load_rules`. Each rule has a kind, a
bounded pattern over one line of normalised text, and a function from the match to the words; see
`rules` for what it may return. Add each kind to the language's table of examples among the tests.
"""

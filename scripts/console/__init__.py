"""Input and output of the commands: options, texts, progress, tables, copied files."""

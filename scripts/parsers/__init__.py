"""The command lines of all commands: known without what the commands need to do their work."""

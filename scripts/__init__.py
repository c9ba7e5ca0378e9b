"""The commands: arguments, a call, a print."""

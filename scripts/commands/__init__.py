"""One thin module for each subcommand of ktts: arguments, a call, a print."""

"""The janitor: repairs what crashes leave behind, moves books on, removes stale files."""

"""What `ktts doctor` finds out and how it says so."""

"""How well the speech can be understood, against a committed baseline."""

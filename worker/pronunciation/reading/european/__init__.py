"""Rules of Spanish, French, Italian, Portuguese and Hindi, which write figures alike."""

"""Which device this machine can use: candidates, probe, fixes, cores."""

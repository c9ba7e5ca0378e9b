"""Server and workers on this machine, for `ktts up` and `--embedded`."""

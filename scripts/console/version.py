"""Which version, commit and model this is, for people."""

from jobs.telemetry.build_info import model_dir, read_commit, read_model, read_version


def describe_version() -> str:
    """Return one line with the version, the commit, and precision and checksum of the weights."""
    version = read_version() or "not installed; run from a checkout"
    directory = model_dir()
    weights = read_model(directory)
    model = f"{weights} in {directory}" if weights else f"not in {directory}"
    return f"ktts {version} (commit {read_commit() or 'unknown'}, model {model})"

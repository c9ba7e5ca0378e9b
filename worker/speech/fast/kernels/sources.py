"""The C kernels' sources, and the name of the library that comes of them.

It imports nothing of ours: the hook that builds wheels (``hatch_build.py``) runs it by its path.
"""

import hashlib
import platform
from pathlib import Path

SOURCES = tuple(
    path for path in sorted(Path(__file__).parent.iterdir()) if path.suffix in {".c", ".h"}
)
C_FILES = tuple(str(path) for path in SOURCES if path.suffix == ".c")

# No result depends on errno or traps; contraction allows fused multiply-add.
FLAGS = (
    "-std=gnu11",
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-shared",
    "-fPIC",
)


def kernel_id() -> str:
    """Return a hash of the kernels' sources and compiler flags."""
    content = b"".join(source.read_bytes() for source in SOURCES) + " ".join(FLAGS).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def kernel_name(system: str = platform.system(), machine: str = platform.machine()) -> str:
    """Return the file name of the library for these sources and a processor family."""
    return f"kernels-{kernel_id()}-{system}-{machine}.so".lower()

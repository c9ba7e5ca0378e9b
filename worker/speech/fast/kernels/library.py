"""Loads the C kernels, and tells them which instructions they may use."""

import ctypes
import logging
from functools import cache
from pathlib import Path

from jobs.errors import StartupError
from worker.speech.fast.kernels.build import find_kernel

log = logging.getLogger(__name__)

PLAIN, NARROW, WIDE = range(3)
"""Instructions, as in ``level.h``: none; AVX2 or NEON; AVX-512, or NEON with dot products."""

_POINTER, _SIZE, _INT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
_STYLES = [_POINTER] * 3
_ARGUMENTS = {
    "ktts_use": [_INT],
    "ktts_use_threads": [_POINTER] * 3,
    "ktts_activate": [
        *[_POINTER, *[_SIZE] * 3, *[_INT] * 3],
        *[*_STYLES, ctypes.c_float, _POINTER, _POINTER],
    ],
    "ktts_multiply": [_POINTER, *[_SIZE] * 6, *[_POINTER] * 4, _INT, _POINTER],
}


@cache
def load_kernels(most: int = WIDE, cache: Path | None = None) -> ctypes.CDLL | None:
    """Return the kernels, built if necessary; None where there are none, which is logged.

    Args:
        most: level of the instructions that they may use.
        cache: folder of the libraries; None is the user's cache.
    """
    library = find_kernel(cache)
    if library is None:
        return None
    try:
        return open_kernels(library, most)
    except StartupError as exc:
        log.warning("%s; PyTorch computes the activations more slowly", exc)
        return None


def open_kernels(library: Path, most: int = WIDE) -> ctypes.CDLL:
    """Load a library, after PyTorch, whose OpenMP divides its work; one thread works without.

    Raises:
        StartupError: it cannot be loaded.
    """
    try:
        kernels = ctypes.CDLL(str(library))
        for name, arguments in _ARGUMENTS.items():
            getattr(kernels, name).argtypes = arguments
    except (OSError, AttributeError) as exc:
        raise StartupError(f"{library} cannot be loaded ({exc}); delete it") from exc
    kernels.ktts_use(most)
    kernels.ktts_use_threads(*_find_openmp())
    return kernels


def _find_openmp() -> list[ctypes.c_void_p | None]:
    """Return the addresses of three functions of OpenMP; None for each that nobody has loaded."""
    loaded = ctypes.CDLL(None)
    names = ("GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num")
    found = [getattr(loaded, name, None) for name in names]
    return [ctypes.cast(function, _POINTER) if function else None for function in found]

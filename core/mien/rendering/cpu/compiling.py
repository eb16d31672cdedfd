"""How the kernels are compiled: one place for numba's options."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

from mien import threads as threads  # it configures numba's threads

_njit: Any = njit

# Fused multiply-add and reciprocals are welcome; NaN must still be seen, to be thrown away.
_OPTIONS = {"fastmath": {"contract", "nsz", "arcp"}, "error_model": "numpy"}

device: Any = _njit(**_OPTIONS, forceinline=True)
"""Compile a small function into whatever calls it."""

stage: Any = _njit(**_OPTIONS, nogil=True, no_cpython_wrapper=True)
"""Compile what one thread does in one stage as a function of its own.

Loops written straight into a parallel kernel share its registers and alias checks and run at half
the speed.
"""


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a parallel kernel, cached on disk, that runs without the interpreter lock.

    numba's cache knows a kernel by its name and by its own file. What the kernel calls lies in
    other files, of its own package and of this one, so a digest of them all goes into the name.
    """
    return serial_kernel(function, parallel=True)


def serial_kernel(function: Callable[..., Any], *, parallel: bool = False) -> Any:
    """Compile a kernel as `kernel` does, for a single thread."""
    function.__qualname__ += f"_{_sources(Path(function.__code__.co_filename).parent)}"
    return _njit(**_OPTIONS, cache=True, nogil=True, parallel=parallel)(function)


@cache
def _sources(package: Path) -> str:
    """Return a digest of a kernel's sources; they are not there in a frozen bundle."""
    digest = hashlib.sha256()
    for folder in sorted({package, Path(__file__).parent}):
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

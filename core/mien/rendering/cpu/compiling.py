"""How the kernels are compiled: one place for numba's options."""

from __future__ import annotations

from typing import Any

from numba import njit

from mien import threads as threads  # first: it configures numba's threads

# Fused multiply-add and reciprocals are welcome; NaN must still be seen, to be thrown away.
_njit: Any = njit
_FASTMATH = {"contract", "nsz", "arcp"}

device: Any = _njit(fastmath=_FASTMATH, error_model="numpy", forceinline=True)
"""Compile a small function into whatever calls it."""

stage: Any = _njit(fastmath=_FASTMATH, error_model="numpy", nogil=True, no_cpython_wrapper=True)
"""Compile what one thread does in one stage as a function of its own.

Loops written straight into a parallel kernel share its registers and alias checks and run at half
the speed.
"""

kernel: Any = _njit(fastmath=_FASTMATH, error_model="numpy", cache=True, nogil=True, parallel=True)
"""Compile a parallel kernel, cached on disk, that runs without the interpreter lock."""

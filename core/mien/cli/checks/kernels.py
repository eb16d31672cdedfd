"""The compiled kernels: which threads they run on, and whether they are compiled yet."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from mien.cli.checks.check import Check, Status

KERNEL_MODULES = (
    "mien.rendering.cpu.forward",
    "mien.avatar.posing.kernel",
    "mien.avatar.posing.joints",
    "mien.gaussians.blending",
)
"""Where the kernels are that the studio's first picture waits for."""


def kernel_checks() -> Iterator[Check]:
    """Check numba's threads and its cache."""
    yield _threads()
    yield _cache()


def _threads() -> Check:
    from mien import threads

    layer: str = threads.numba.config.THREADING_LAYER  # type: ignore[attr-defined]
    detail = f"numba {threads.numba.__version__}, {threads.num_threads()} threads through {layer}"
    if threads.concurrent:
        return Check("kernel threads", Status.OK, detail)
    return Check(
        "kernel threads",
        Status.WARN,
        f"{detail}: only one kernel at a time",
        "Install OpenMP (Debian, Ubuntu: apt install libgomp1; macOS: brew install libomp)",
    )


def _cache() -> Check:
    kept: list[Path] = []
    absent: list[str] = []
    for module in KERNEL_MODULES:
        for name, folder in _cached_kernels(module):
            held = list(Path(folder).glob(f"{module.rpartition('.')[2]}.{name}-*.nbi"))
            kept += held[:1]
            absent += [] if held else [name]
    if absent:
        return Check(
            "kernel cache",
            Status.WARN,
            f"{len(absent)} of {len(kept) + len(absent)} kernels are not compiled yet: the first"
            " picture waits for them",
            "Run mien doctor --warm",
        )
    return Check("kernel cache", Status.OK, f"all {len(kept)} kernels are compiled")


def _cached_kernels(module: str) -> Iterator[tuple[str, str]]:
    """Yield name and cache folder of a module's own kernels."""
    from numba.core.dispatcher import Dispatcher

    for value in vars(import_module(module)).values():
        if not isinstance(value, Dispatcher) or value.py_func.__module__ != module:
            continue
        name, folder = value.py_func.__qualname__, value.stats.cache_path
        if folder is not None:
            yield name, folder

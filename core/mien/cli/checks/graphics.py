"""The renderers, and the OpenGL, CUDA and numba under them."""

from __future__ import annotations

from collections.abc import Iterator

from mien.cli.checks.check import Check, Status, package_version
from mien.rendering.cuda.device import cuda_driver
from mien.rendering.cuda.kernels import Kernels, gsplat_state
from mien.rendering.selection import best_renderer_name, renderer_names, renderers

_KERNEL_ADVICE = {
    Kernels.TO_COMPILE: "Run mien doctor --warm to compile them now",
}


def graphics_checks() -> Iterator[Check]:
    """Check what draws."""
    best = best_renderer_name()
    for name in renderer_names():
        yield _renderer(name, best)
    yield _opengl()
    yield _cuda()
    yield _gsplat()


def _renderer(name: str, best: str) -> Check:
    info = renderers.get(name)
    why = info.unavailable()
    if why:
        return Check(f"renderer {name}", Status.WARN, f"not available: {why}")
    hardware = "on graphics hardware" if info.accelerated() else "in software"
    chosen = ", the best here" if name == best else ""
    return Check(f"renderer {name}", Status.OK, f"available, {hardware}{chosen}")


def _opengl() -> Check:
    from mien.rendering.opengl.context import probe_driver

    probed = probe_driver()
    if isinstance(probed, str):
        return Check("OpenGL", Status.WARN, probed)
    detail = f"{probed.version}, {probed.renderer} ({probed.vendor})"
    if probed.is_software:
        return Check(
            "OpenGL",
            Status.OK,
            f"{detail}: drawn by the CPU",
            "With a graphics card: install its driver. Without: the cpu renderer is faster",
        )
    return Check("OpenGL", Status.OK, detail)


def _cuda() -> Check:
    driver = cuda_driver()
    if driver.problem:
        return Check(
            "CUDA",
            Status.WARN,
            driver.problem,
            "With an NVIDIA card: install its driver; gsplat is then the fastest renderer",
        )
    devices = ", ".join(
        f"{device.name} ({device.memory_bytes / 2**30:.0f} GiB, sm_{major}{minor})"
        for device in driver.devices
        for major, minor in [device.compute_capability]
    )
    newest = ".".join(map(str, driver.version or ()))
    return Check("CUDA", Status.OK, f"{devices}; the driver supports CUDA {newest}")


def _gsplat() -> Check:
    installed = package_version("gsplat")
    state = gsplat_state()
    if state.problem:
        found = f"{installed} installed, but " if installed else ""
        return Check("gsplat", Status.WARN, f"{found}{state.problem}")
    return Check(
        "gsplat",
        Status.OK,
        f"{installed}, kernels {state.kernels.value}",
        _KERNEL_ADVICE.get(state.kernels, ""),
    )

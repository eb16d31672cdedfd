"""NVIDIA GPUs as their driver lists them, asked directly: importing torch for it costs seconds."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from functools import cache

_DRIVER_LIBRARIES = {"win32": "nvcuda.dll", "linux": "libcuda.so.1"}

_COMPUTE_CAPABILITY_MAJOR = 75
_COMPUTE_CAPABILITY_MINOR = 76


@dataclass(frozen=True)
class CudaDevice:
    """One GPU that CUDA may use here (`CUDA_VISIBLE_DEVICES` is respected)."""

    name: str
    compute_capability: tuple[int, int]
    memory_bytes: int


@dataclass(frozen=True)
class CudaDriver:
    """What the driver says.

    Args:
        devices: The GPUs; empty where there are none.
        version: The newest CUDA the driver supports, such as (12, 8); None without a driver.
        problem: Why there are no GPUs; empty where there are.
    """

    devices: tuple[CudaDevice, ...] = ()
    version: tuple[int, int] | None = None
    problem: str = ""


@cache
def cuda_driver() -> CudaDriver:
    """Ask the NVIDIA driver for its GPUs; asked once."""
    library = _DRIVER_LIBRARIES.get(sys.platform)
    if library is None:
        return CudaDriver(problem="CUDA does not exist for this operating system")
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return CudaDriver(problem="no NVIDIA driver is installed")
    status = driver.cuInit(0)
    if status != 0:
        return CudaDriver(
            problem=f"the NVIDIA driver finds no usable GPU ({_error_name(driver, status)})"
        )
    number = ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(number))
    version = number.value // 1000, number.value % 1000 // 10
    driver.cuDeviceGetCount(ctypes.byref(number))
    devices = tuple(_device(driver, index) for index in range(number.value))
    return CudaDriver(devices, version, "" if devices else "the NVIDIA driver lists no GPU")


def _device(driver: ctypes.CDLL, index: int) -> CudaDevice:
    handle, number = ctypes.c_int(), ctypes.c_int()
    name, memory = ctypes.create_string_buffer(256), ctypes.c_size_t()
    driver.cuDeviceGet(ctypes.byref(handle), index)
    driver.cuDeviceGetName(name, len(name), handle)
    driver.cuDeviceTotalMem_v2(ctypes.byref(memory), handle)
    capability: list[int] = []
    for attribute in (_COMPUTE_CAPABILITY_MAJOR, _COMPUTE_CAPABILITY_MINOR):
        driver.cuDeviceGetAttribute(ctypes.byref(number), attribute, handle)
        capability.append(number.value)
    major, minor = capability
    return CudaDevice(name.value.decode("utf-8", "replace"), (major, minor), memory.value)


def _error_name(driver: ctypes.CDLL, status: int) -> str:
    name = ctypes.c_char_p()
    driver.cuGetErrorName(status, ctypes.byref(name))
    return name.value.decode() if name.value else f"error {status}"

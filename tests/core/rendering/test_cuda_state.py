"""What is found out about CUDA and gsplat without importing either."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mien.errors import RenderError
from mien.rendering import make_renderer
from mien.rendering.cuda import device, kernels
from mien.rendering.cuda.device import CudaDevice, CudaDriver, cuda_driver
from mien.rendering.cuda.kernels import Kernels, gsplat_state, torch_cuda_version

GPU = CudaDriver((CudaDevice("A card", (8, 9), 8 << 30),), (12, 8))


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with a card, torch for CUDA 12.8 and an installed gsplat, as files."""

    def package(name: str, files: dict[str, str]) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        for file, text in {"__init__.py": "", **files}.items():
            (tmp_path / name / file).write_text(text)

    package("torch", {"version.py": "from typing import Optional\ncuda: Optional[str] = '12.8'\n"})
    package("gsplat", {})
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    monkeypatch.setattr(kernels, "cuda_driver", lambda: GPU)
    monkeypatch.setattr(kernels, "_package_folder", lambda name: _folder(tmp_path / name))
    monkeypatch.setattr(sys, "executable", str(bin_folder / "python"))
    monkeypatch.setenv("PATH", str(bin_folder))
    monkeypatch.setenv("TORCH_EXTENSIONS_DIR", str(tmp_path / "extensions"))
    monkeypatch.setenv("CUDA_HOME", str(tmp_path / "cuda"))
    monkeypatch.delenv("CXX", raising=False)
    return tmp_path


def _folder(path: Path) -> Path | None:
    return path if path.is_dir() else None


def tool(folder: Path, name: str) -> None:
    suffix = ".exe" if sys.platform == "win32" else ""
    (folder / f"{name}{suffix}").write_text("")
    (folder / f"{name}{suffix}").chmod(0o755)


def test_the_driver_agrees_with_torch():
    driver = cuda_driver()
    assert bool(driver.devices) == (not driver.problem)
    if torch.cuda.is_available():
        assert driver.devices[0].name == torch.cuda.get_device_name(0)
        assert driver.devices[0].compute_capability == torch.cuda.get_device_capability(0)


def test_torchs_cuda_version_is_read_without_importing_it():
    assert torch_cuda_version() == torch.version.cuda


def test_without_a_gpu_the_renderer_says_so():
    if not cuda_driver().problem:
        pytest.skip("there is a GPU")
    with pytest.raises(RenderError, match=cuda_driver().problem):
        make_renderer("gsplat")


def test_prebuilt_kernels_need_nothing_else(machine):
    (machine / "gsplat" / "csrc.cpython-311-x86_64-linux-gnu.so").write_text("")
    assert gsplat_state() == kernels.GsplatState(Kernels.PREBUILT)


def test_kernels_that_were_compiled_before_need_nothing_else(machine):
    (machine / "extensions" / "gsplat_cuda").mkdir(parents=True)
    (machine / "extensions" / "gsplat_cuda" / "gsplat_cuda.so").write_text("")
    assert gsplat_state() == kernels.GsplatState(Kernels.COMPILED)


def test_compiling_names_what_it_lacks_one_by_one(machine):
    tools = machine / "bin"
    for name in ("nvcc", "c++" if sys.platform != "win32" else "cl", "ninja"):
        state = gsplat_state()
        assert state.kernels is Kernels.NONE
        assert name in state.problem or name in ("c++", "cl")
        tool(tools, name)
    assert gsplat_state() == kernels.GsplatState(Kernels.TO_COMPILE)


def test_nvcc_is_found_in_the_toolkit_off_the_path(machine):
    for name in ("c++", "cl", "ninja"):
        tool(machine / "bin", name)
    (machine / "cuda" / "bin").mkdir(parents=True)
    tool(machine / "cuda" / "bin", "nvcc")
    assert gsplat_state().kernels is Kernels.TO_COMPILE


def test_a_cpu_torch_and_an_absent_gsplat_are_told_apart(machine):
    (machine / "torch" / "version.py").write_text("cuda: Optional[str] = None\n")
    assert "CPU build" in gsplat_state().problem
    (machine / "torch" / "version.py").write_text("cuda = '12.8'\n")
    (machine / "gsplat" / "__init__.py").unlink()
    (machine / "gsplat").rmdir()
    assert "pip install 'mien[cuda]'" in gsplat_state().problem


def test_the_folder_of_extensions_is_torchs_own(monkeypatch, tmp_path):
    from torch.utils.cpp_extension import get_default_build_root

    monkeypatch.delenv("TORCH_EXTENSIONS_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = kernels._extension_folder("12.8")
    assert os.path.realpath(folder.parent.parent) == get_default_build_root()
    assert folder.parent.name.endswith("_cu128")


STAND_IN_DRIVER = """
#include <stddef.h>
#include <string.h>
int cuInit(unsigned flags) { return INIT_STATUS; }
int cuDriverGetVersion(int *v) { *v = 12080; return 0; }
int cuDeviceGetCount(int *n) { *n = 2; return 0; }
int cuDeviceGet(int *d, int i) { *d = 10 + i; return 0; }
int cuDeviceGetName(char *s, int n, int d) {
    strncpy(s, d == 10 ? "Card A" : "Card B", n);
    return 0;
}
int cuDeviceTotalMem_v2(size_t *m, int d) { *m = ((size_t)d) << 30; return 0; }
int cuDeviceGetAttribute(int *v, int a, int d) {
    *v = a == 75 ? 8 : a == 76 ? d - 4 : -1;
    return 0;
}
int cuGetErrorName(int status, const char **s) { *s = "CUDA_ERROR_NO_DEVICE"; return 0; }
"""


@pytest.mark.skipif(shutil.which("cc") is None or sys.platform != "linux", reason="no compiler")
@pytest.mark.parametrize("status", [0, 100])
def test_the_drivers_answers_are_understood(monkeypatch, tmp_path, status):
    source, library = tmp_path / "driver.c", tmp_path / "driver.so"
    source.write_text(STAND_IN_DRIVER)
    subprocess.run(
        ["cc", "-shared", "-fPIC", f"-DINIT_STATUS={status}", "-o", library, source], check=True
    )
    monkeypatch.setitem(device._DRIVER_LIBRARIES, "linux", str(library))
    driver = cuda_driver.__wrapped__()
    if status:
        assert driver.devices == ()
        assert "CUDA_ERROR_NO_DEVICE" in driver.problem
    else:
        assert driver == CudaDriver(
            (
                CudaDevice("Card A", (8, 6), 10 << 30),
                CudaDevice("Card B", (8, 7), 11 << 30),
            ),
            (12, 8),
        )

"""Whether gsplat can run here, found out without importing it or torch.

gsplat's kernels come either in a prebuilt wheel, as `gsplat/csrc.*`, or are compiled by torch on
the first import, which takes minutes, a CUDA toolkit, a C++ compiler and ninja; the result is kept
in torch's folder of extensions.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from mien.rendering.cuda.device import cuda_driver


class Kernels(Enum):
    """Where gsplat's kernels come from."""

    PREBUILT = "prebuilt"
    COMPILED = "compiled on first use, cached"
    TO_COMPILE = "compiled on first use, which takes minutes"
    NONE = "none"


@dataclass(frozen=True)
class GsplatState:
    """What there is of gsplat.

    Args:
        kernels: Where its kernels come from.
        problem: Why it cannot run here and what to do about it; empty when it can.
    """

    kernels: Kernels
    problem: str = ""


def torch_cuda_version() -> str | None:
    """Return the CUDA version torch was built for, None for a CPU build or without torch.

    It is read from torch's `version.py`, because importing torch takes seconds.
    """
    folder = _package_folder("torch")
    if folder is None:
        return None
    text = (folder / "version.py").read_text("utf-8")
    found = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return found.group(1) if found else None


def gsplat_state() -> GsplatState:
    """Find out whether gsplat can run here, and with which kernels."""
    driver = cuda_driver()
    if driver.problem:
        return GsplatState(Kernels.NONE, driver.problem)
    torch_cuda = torch_cuda_version()
    if torch_cuda is None:
        return GsplatState(
            Kernels.NONE,
            "torch is missing or its CPU build; install the CUDA build (pytorch.org/get-started)",
        )
    folder = _package_folder("gsplat")
    if folder is None:
        return GsplatState(Kernels.NONE, "gsplat is not installed (pip install 'mien[cuda]')")
    if any(folder.glob("csrc*.so")) or any(folder.glob("csrc*.pyd")):
        return GsplatState(Kernels.PREBUILT)
    if any(_extension_folder(torch_cuda).glob("gsplat_cuda.*")):
        return GsplatState(Kernels.COMPILED)
    missing = missing_build_tools()
    if missing:
        return GsplatState(
            Kernels.NONE,
            f"gsplat has no prebuilt kernels and compiling them needs {', '.join(missing)};"
            f" install that (CUDA toolkit {torch_cuda}, as torch's) or a prebuilt gsplat wheel",
        )
    return GsplatState(Kernels.TO_COMPILE)


def missing_build_tools() -> list[str]:
    """Return what compiling gsplat's kernels lacks here: nvcc, a C++ compiler, ninja."""
    compiler = os.environ.get("CXX") or ("cl" if sys.platform == "win32" else "c++")
    missing = [] if _has_nvcc() else ["nvcc of the CUDA toolkit"]
    missing += [] if shutil.which(compiler) else ["a C++ compiler"]
    missing += [] if ninja_folder() or shutil.which("ninja") else ["ninja"]
    return missing


def ninja_folder() -> Path | None:
    """Return where this environment keeps its ninja, which is not on PATH unless activated."""
    scripts = Path(sys.executable).parent
    return scripts if shutil.which("ninja", path=str(scripts)) else None


def _has_nvcc() -> bool:
    home = os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH") or "/usr/local/cuda"
    return bool(shutil.which("nvcc") or shutil.which("nvcc", path=str(Path(home) / "bin")))


def _package_folder(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _extension_folder(torch_cuda: str) -> Path:
    # The naming of torch.utils.cpp_extension.
    root = os.environ.get("TORCH_EXTENSIONS_DIR")
    if root is not None:
        return Path(root) / "gsplat_cuda"
    python = f"py{sys.version_info.major}{sys.version_info.minor}{getattr(sys, 'abiflags', '')}"
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA", Path.home()))
        cache = cache / "torch_extensions" / "torch_extensions" / "Cache"
    else:
        cache = cache / "torch_extensions"
    return cache / f"{python}_cu{torch_cuda.replace('.', '')}" / "gsplat_cuda"

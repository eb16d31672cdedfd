"""Loading torch beside a user interface, which must not be held up by it."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_LARGEST = "libtorch_cpu.so"


def load_torch_library() -> None:
    """Load the largest of torch's libraries while other threads go on.

    `import torch` does it while it holds the interpreter, for half a second in which no other
    thread moves; a foreign function holds nothing. What is loaded already is loaded at once.
    """
    # Elsewhere libraries are found in other ways; there, importing torch does it all.
    if not sys.platform.startswith("linux") or "torch" in sys.modules:
        return
    found = find_spec("torch")
    if found is None or found.origin is None:
        return
    library = Path(found.origin).parent / "lib" / _LARGEST
    with suppress(OSError, AttributeError):
        load = ctypes.CDLL(None).dlopen
        load.argtypes, load.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
        load(os.fsencode(library), os.RTLD_LAZY | os.RTLD_LOCAL)

"""A TensorFlow Lite network held in memory and run by LiteRT."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SILENCE = threading.Lock()


class Network:
    """Run one network. Not safe to call from two threads at once.

    Args:
        model: The bytes of a .tflite file.
        num_threads: For XNNPACK.

    Raises:
        ValueError: The bytes are no such network.
    """

    def __init__(self, model: bytes, *, num_threads: int) -> None:
        # LiteRT takes a quarter of a second to import; whoever only reads tracks does not pay it.
        from ai_edge_litert.interpreter import Interpreter

        with _quiet_stderr():
            self._interpreter: Any = Interpreter(model_content=model, num_threads=num_threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [out["index"] for out in self._interpreter.get_output_details()]

    def __call__(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for one input."""
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextmanager
def _quiet_stderr() -> Generator[None]:
    """Send what native code writes to stderr nowhere: LiteRT greets there, past Python."""
    with _SILENCE:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, AttributeError):
            # A windowed program may have no stderr at all.
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)

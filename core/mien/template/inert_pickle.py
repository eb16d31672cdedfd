"""Read the arrays in a pickle without running what it says: body models are handed out as pickles.

A pickle is a program that may call anything. Here it can only put together dictionaries, lists,
numbers, text, and stand-ins for a few known classes, which hold what they are given and do nothing.
Afterwards the stand-ins are turned into numpy arrays by this module's own code.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError

_MOST_BYTES = 2 << 30
_NUMBERS = "biufc"


class _Inert:
    """Holds what a pickle gives an object: the arguments it is made with and its state."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Array(_Inert):
    """numpy.ndarray."""


class _DType(_Inert):
    """numpy.dtype."""


class _Scalar(_Inert):
    """A numpy number."""


class _Sparse(_Inert):
    """scipy.sparse.csc_matrix or csr_matrix."""


class _Csr(_Sparse):
    """scipy.sparse.csr_matrix."""


class _Chumpy(_Inert):
    """chumpy.Ch: an array that remembered how it was computed."""


class _Select(_Inert):
    """chumpy.reordering.Select: some elements of another one."""


class _Object(_Inert):
    """The base of old classes."""


class _Collection(_Inert):
    """A set, or a dictionary that keeps its order: bookkeeping of chumpy's."""

    def __setitem__(self, _key: Any, _value: Any) -> None:
        return None


def _reconstructor(kind: Any, _base: Any, _state: Any) -> Any:
    """Stand in for copyreg._reconstructor, which makes an empty object of a class."""
    return _made(kind)


def _new_array(_kind: Any, _shape: Any, _letter: Any) -> _Array:
    """Stand in for numpy's _reconstruct, which makes an empty array."""
    return _Array()


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """Stand in for numpy's _frombuffer, by which newer pickles write arrays."""
    made = _Array()
    made.state = (1, shape, dtype, order == "F", data)
    return made


def _encoded(text: Any, _codec: Any = None) -> bytes:
    """Stand in for _codecs.encode, by which Python 2's bytes are written in Python 3."""
    if not isinstance(text, str):
        raise pickle.UnpicklingError("it encodes something that is no text")
    return text.encode("latin1")


def _made(kind: Any) -> Any:
    if not (isinstance(kind, type) and issubclass(kind, _Inert)):
        raise pickle.UnpicklingError(f"it makes an object of {kind!r}")
    return kind()


_KNOWN: dict[tuple[str, str], Callable[..., Any] | type] = {
    ("copy_reg", "_reconstructor"): _reconstructor,
    ("copyreg", "_reconstructor"): _reconstructor,
    ("__builtin__", "object"): _Object,
    ("builtins", "object"): _Object,
    ("_codecs", "encode"): _encoded,
    ("__builtin__", "set"): _Collection,
    ("builtins", "set"): _Collection,
    ("collections", "OrderedDict"): _Collection,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("chumpy.ch", "Ch"): _Chumpy,
    ("chumpy", "Ch"): _Chumpy,
    ("chumpy.reordering", "Select"): _Select,
}
for _core in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _KNOWN[_core, "_reconstruct"] = _new_array
    _KNOWN[_core, "scalar"] = _Scalar
for _core in ("numpy.core.numeric", "numpy._core.numeric"):
    _KNOWN[_core, "_frombuffer"] = _from_buffer
for _package in ("scipy.sparse", "scipy.sparse._csc", "scipy.sparse.csc"):
    _KNOWN[_package, "csc_matrix"] = _Sparse
    _KNOWN[_package, "csc_array"] = _Sparse
for _package in ("scipy.sparse", "scipy.sparse._csr", "scipy.sparse.csr"):
    _KNOWN[_package, "csr_matrix"] = _Csr
    _KNOWN[_package, "csr_array"] = _Csr


class _Reader(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Return a stand-in, whatever is asked for; nothing is ever imported."""
        found = _KNOWN.get((module_name, global_name))
        if found is None:
            raise pickle.UnpicklingError(
                f"it wants to use {module_name}.{global_name}, which a body model does not need"
            )
        return found

    def persistent_load(self, pid: Any, /) -> Any:
        """Refuse references to what lies outside of the file."""
        raise pickle.UnpicklingError(f"it refers to something outside of it ({pid!r})")


def read_pickled_arrays(path: Path) -> dict[str, NDArray[Any] | str]:
    """Read a pickled dictionary of arrays; what is neither array, number nor text is left out.

    Raises:
        FileError: It is missing, no such pickle, damaged, or wants to run something.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(path, "is too large for a body model")
        with path.open("rb") as file:
            content = _Reader(file, encoding="latin1").load()
    except FileError:
        raise
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except Exception as error:  # noqa: BLE001 - damage has as many faces as there are instructions
        reason = str(error).partition("\n")[0][:160] or type(error).__name__
        raise FileError(
            path, f"not read as a body model: {reason}", hint="Nothing in it was run."
        ) from None
    if not isinstance(content, dict):
        raise FileError(path, "is a pickle, but holds no dictionary of arrays")
    try:
        found = {_text(name): _value(value) for name, value in content.items()}
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
        raise FileError(path, f"a damaged body model ({error})") from None
    return {name: value for name, value in found.items() if value is not None}


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _value(value: Any) -> NDArray[Any] | str | None:
    if isinstance(value, str | bytes):
        return _text(value)
    if isinstance(value, bool | int | float | list | tuple):
        array = np.asarray(value)
        return array if array.dtype.kind in _NUMBERS else None
    if isinstance(value, _Inert):
        array = _array(value)
        return array if array is not None and array.dtype.kind in _NUMBERS else None
    return None


def _array(held: _Inert) -> NDArray[Any] | None:
    """Return what a stand-in holds as an array, or None where it is of no interest."""
    if isinstance(held, _Array):
        return _dense(held)
    if isinstance(held, _Scalar):
        dtype, data = held.arguments
        return np.frombuffer(_bytes(data), _dtype(dtype), 1)[0:1].reshape(())
    if isinstance(held, _Sparse):
        return _sparse(held)
    if isinstance(held, _Chumpy):
        inner = _field(held, "x")
        return _array(inner) if isinstance(inner, _Inert) else np.asarray(inner)
    if isinstance(held, _Select):
        whole = _array(_field(held, "a"))
        indices = _array(_field(held, "idxs"))
        if whole is None or indices is None:
            return None
        shape = held.state.get("preferred_shape")
        chosen = whole.ravel()[indices.ravel()]
        return chosen.reshape(shape) if shape is not None else chosen
    return None


def _dense(held: _Array) -> NDArray[Any] | None:
    if not isinstance(held.state, tuple) or len(held.state) != 5:
        raise ValueError("an array without its contents")
    _version, shape, dtype, fortran, data = held.state
    kind = _dtype(dtype)
    if kind.kind not in _NUMBERS:
        return None
    raw = _bytes(data)
    sides = tuple(int(side) for side in shape)
    if min(sides, default=0) < 0 or int(np.prod(sides, dtype=object)) * kind.itemsize != len(raw):
        raise ValueError(f"an array of shape {sides} with {len(raw)} bytes")
    return np.frombuffer(raw, kind).reshape(sides, order="F" if fortran else "C")


def _dtype(held: Any) -> np.dtype[Any]:
    if not isinstance(held, _DType) or not held.arguments:
        raise ValueError("an array without a type")
    name = _text(held.arguments[0])
    if name[:1] == "O":
        return np.dtype("O")
    order = _text(held.state[1]) if isinstance(held.state, tuple) else "|"
    kind = np.dtype(name)
    return kind.newbyteorder(">" if order == ">" else "<")


def _sparse(held: _Sparse) -> NDArray[Any]:
    fields = ("data", "indices", "indptr")
    data, indices, starts = (_array(_field(held, name)) for name in fields)
    shape = _field(held, "_shape" if "_shape" in held.state else "shape")
    rows, columns = (int(side) for side in shape)
    if data is None or indices is None or starts is None or rows * columns > 1 << 28:
        raise ValueError("a sparse matrix that is not whole")
    by_row = isinstance(held, _Csr)
    lines = np.repeat(np.arange(rows if by_row else columns), np.diff(starts))
    dense = np.zeros((rows, columns), data.dtype)
    dense[(lines, indices) if by_row else (indices, lines)] = data
    return dense


def _field(held: _Inert, name: str) -> Any:
    if not isinstance(held.state, dict) or name not in held.state:
        raise ValueError(f"a {type(held).__doc__} without {name}")
    return held.state[name]


def _bytes(data: Any) -> bytes:
    if isinstance(data, str):
        return data.encode("latin1")
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    raise ValueError("an array whose contents are no bytes")

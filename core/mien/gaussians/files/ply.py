"""The PLY container: headers and fixed-size records, whatever they mean.

Nothing is allocated for what a header claims before the bytes that are there bear it out.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError

_MAX_HEADER_BYTES = 1 << 20

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip

_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}

TYPE_NAMES = {"i1": "char", "u1": "uchar", "i2": "short", "u2": "ushort",
              "i4": "int", "u4": "uint", "f4": "float", "f8": "double"}  # fmt: skip
"""PLY's name of each type that it can hold, by numpy's."""


@dataclass(frozen=True)
class PlyElement:
    """One element of a header: `count` records of named scalars, or of lists where so said."""

    name: str
    count: int
    properties: tuple[tuple[str, str], ...]
    has_lists: bool

    def dtype(self, order: str) -> np.dtype[np.void]:
        """Return the type of a record in a byte order."""
        return np.dtype([(name, order + kind) for name, kind in self.properties])


@dataclass(frozen=True)
class PlyHeader:
    """What a PLY file says of itself; the data begins `size` bytes in."""

    encoding: str
    elements: tuple[PlyElement, ...]
    comments: tuple[str, ...]
    size: int

    def element(self, name: str) -> PlyElement | None:
        """Return the element of a name, or None."""
        return next((element for element in self.elements if element.name == name), None)


def is_ply(head: bytes) -> bool:
    """Return whether a file begins as PLY files do."""
    return head.startswith((b"ply\n", b"ply\r"))


def parse_header(data: bytes, path: str | Path) -> PlyHeader:
    """Parse the header at the beginning of some data.

    Raises:
        FileError: It is no PLY header, or a damaged one.
    """
    if not is_ply(data[:4]):
        raise FileError(path, "does not begin with 'ply', so it is no PLY file")
    newline = "\r\n" if data[3:5] == b"\r\n" else chr(data[3])
    end = data.find(b"end_header" + newline.encode(), 0, _MAX_HEADER_BYTES)
    if end < 0:
        raise FileError(path, "its PLY header has no end: truncated or damaged")
    text = data[:end].decode("latin-1")
    return _HeaderParser(path).parse(text.split(newline)[1:], end + len("end_header" + newline))


class _HeaderParser:
    """Reads a header line by line."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._encoding = ""
        self._comments: list[str] = []
        self._elements: list[tuple[str, int, dict[str, str]]] = []
        self._with_lists: set[str] = set()

    def parse(self, lines: Iterable[str], size: int) -> PlyHeader:
        for line in lines:
            words = line.split()
            if words and words[0] in ("comment", "obj_info"):
                self._comments.append(" ".join(words[1:]))
            elif words:
                self._parse_words(words)
        if not self._encoding:
            self._fail("it does not say its encoding")
        elements = tuple(
            PlyElement(name, count, tuple(properties.items()), name in self._with_lists)
            for name, count, properties in self._elements
        )
        return PlyHeader(self._encoding, elements, tuple(self._comments), size)

    def _parse_words(self, words: list[str]) -> None:
        match words:
            case ["format", encoding, "1.0"] if encoding in _ORDERS:
                self._encoding = encoding
            case ["element", name, count] if count.isascii() and count.isdigit():
                if len(count) > 18 or any(name == other for other, _, _ in self._elements):
                    self._fail(f"element {name!r} is declared twice or beyond all bounds")
                self._elements.append((name, int(count), {}))
            case ["property", "list", _, _, _] if self._elements:
                self._with_lists.add(self._elements[-1][0])
            case ["property", kind, name] if self._elements and kind in _TYPES:
                if name in self._elements[-1][2]:
                    self._fail(f"property {name!r} is declared twice")
                self._elements[-1][2][name] = _TYPES[kind]
            case _:
                self._fail(f"unexpected line {' '.join(words)[:60]!r}")

    def _fail(self, reason: str) -> NoReturn:
        raise FileError(self._path, f"its PLY header is damaged: {reason}")


def read_elements(
    data: bytes | memoryview, header: PlyHeader, names: tuple[str, ...], path: str | Path
) -> dict[str, NDArray[np.void]]:
    """Return the records of some elements as structured arrays, those the header has.

    Binary records are a view of the data; copy what outlives it.

    Raises:
        FileError: The data is shorter than the header claims, or of a shape no splat file has.
    """
    reader = _read_ascii if header.encoding == "ascii" else _read_binary
    wanted = {name for name in names if header.element(name) is not None}
    last = max(
        (i for i, element in enumerate(header.elements) if element.name in wanted), default=-1
    )
    for element in header.elements[: last + 1]:
        if element.has_lists or not element.properties:
            raise FileError(path, f"its element {element.name!r} holds lists, not plain values")
    return reader(memoryview(data)[header.size :], header, last, wanted, path)


def _read_binary(
    body: memoryview, header: PlyHeader, last: int, wanted: set[str], path: str | Path
) -> dict[str, NDArray[np.void]]:
    tables: dict[str, NDArray[np.void]] = {}
    offset = 0
    for element in header.elements[: last + 1]:
        dtype = element.dtype(_ORDERS[header.encoding])
        available = (len(body) - offset) // dtype.itemsize
        if element.count > available:
            raise _shorter(path, element, available)
        if element.name in wanted:
            tables[element.name] = np.frombuffer(body, dtype, element.count, offset)
        offset += element.count * dtype.itemsize
    return tables


def _read_ascii(
    body: memoryview, header: PlyHeader, last: int, wanted: set[str], path: str | Path
) -> dict[str, NDArray[np.void]]:
    tables: dict[str, NDArray[np.void]] = {}
    stream = io.TextIOWrapper(io.BytesIO(body), encoding="latin-1")
    lines = (line for line in stream if not line.isspace())
    for element in header.elements[: last + 1]:
        # A value takes a digit and a separator at the least.
        if element.count * (2 * len(element.properties) - 1) > len(body):
            raise _shorter(path, element, len(body) // (2 * len(element.properties)))
        rows = itertools.islice(lines, element.count)
        values = _parse_rows(rows, element, path)
        if len(values) < element.count:
            raise _shorter(path, element, len(values))
        if element.name in wanted:
            tables[element.name] = _structured(values, element, path)
    return tables


def _parse_rows(rows: Iterable[str], element: PlyElement, path: str | Path) -> NDArray[np.float64]:
    first = next(iter(rows := iter(rows)), None)
    if first is None:
        return np.empty((0, len(element.properties)))
    try:
        values = np.loadtxt(itertools.chain([first], rows), np.float64, comments=None, ndmin=2)
    except ValueError as error:
        reason = f"a line of its element {element.name!r} is not the numbers it should be"
        raise FileError(path, reason) from error
    if values.shape[1] != len(element.properties):
        raise FileError(
            path,
            f"its lines of element {element.name!r} have {values.shape[1]} values, "
            f"the header says {len(element.properties)}",
        )
    return values


def _structured(
    values: NDArray[np.float64], element: PlyElement, path: str | Path
) -> NDArray[np.void]:
    table = np.empty(len(values), element.dtype("="))
    for column, (name, kind) in enumerate(element.properties):
        if kind[0] != "f":
            limits = np.iinfo(kind)
            inside = (values[:, column] >= limits.min) & (values[:, column] <= limits.max)
            if not inside.all():
                raise FileError(path, f"its property {name!r} has values that are no {kind}")
        with np.errstate(over="ignore"):
            table[name] = values[:, column]
    return table


def _shorter(path: str | Path, element: PlyElement, available: int) -> FileError:
    return FileError(
        path,
        f"its header claims {element.count:,} records of {element.name!r}, "
        f"but there are bytes for {available:,} at the most: truncated or damaged",
    )

"""NumPy's files from strangers: the numbers they hold, or one clear line; never a pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.capture.reading.arrays import read_npy, read_npz
from mien.errors import FileError


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_as_they_were(order: str, tmp_path: Path) -> None:
    values = np.asarray(np.arange(24.0).reshape(2, 3, 4), order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", values)
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy"), values)
    np.savez_compressed(tmp_path / "a.npz", one=values, zeros=np.zeros((5143, 3), np.float32))
    held = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(held["one"], values)
    assert held["zeros"].shape == (5143, 3)


@pytest.mark.parametrize("shape", [b"(9999, 9999)", b"(-2, 3)", b"(99999999999999999999,)"])
def test_claims_are_checked_before_they_are_believed(shape: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((2, 3)))
    content = path.read_bytes()
    claimed = shape.ljust(len(b"(2, 3), }") + 20)
    start = content.index(b"(2, 3)")
    line = content[start : content.index(b"\n", start)]
    new = (claimed.rstrip() + b", }").ljust(len(line))
    assert len(new) == len(line)
    path.write_bytes(content.replace(line, new))
    with pytest.raises(FileError, match=r"a\.npy"):
        read_npy(path)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match="holds no plain numbers"):
        read_npy(path)


def test_what_is_missing_or_foreign_says_so(tmp_path: Path) -> None:
    for read in (read_npy, read_npz):
        with pytest.raises(FileError, match="no such file"):
            read(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_text("numbers")
    with pytest.raises(FileError, match="no array, or cut off"):
        read_npy(tmp_path / "a.npy")

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.errors import FileError
from mien.training.checkpoint import load_checkpoint, save_checkpoint


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    arrays = {"means": np.arange(6, dtype=np.float32).reshape(2, 3), "kept": np.array([True])}
    save_checkpoint(tmp_path / "a.checkpoint", arrays, {"step": 7, "who": "Zoë"})
    loaded, description = load_checkpoint(tmp_path / "a.checkpoint")
    assert description == {"step": 7, "who": "Zoë"}
    assert {name: array.tolist() for name, array in loaded.items()} == {
        name: array.tolist() for name, array in arrays.items()
    }


def test_a_checkpoint_that_is_not_there_or_torn_or_foreign_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no checkpoint"):
        load_checkpoint(tmp_path / "none")
    path = tmp_path / "a.checkpoint"
    save_checkpoint(path, {"x": np.zeros(1000)}, {})
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FileError, match="damaged"):
        load_checkpoint(path)
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(3)}, path)
    with pytest.raises(FileError, match="no checkpoint of Mien's"):
        load_checkpoint(path)

"""A body model's pickle gives up its arrays and never gets to run anything."""

import os
import pickle
import struct
import sys
import types

import numpy as np
import pytest
import scipy.sparse

from mien.errors import FileError
from mien.template.inert_pickle import read_pickled_arrays


@pytest.fixture
def chumpy(monkeypatch):
    """Modules that pickle as chumpy does; they are gone again when the pickle is read."""

    class Ch:
        def __init__(self, x):
            self.x = x
            self._dirty_vars = set()

    class Select:
        def __init__(self, a, idxs, preferred_shape):
            self.a, self.idxs, self.preferred_shape = a, idxs, preferred_shape

    for module, kind in (("chumpy.ch", Ch), ("chumpy.reordering", Select)):
        made = types.ModuleType(module)
        kind.__module__, kind.__qualname__ = module, kind.__name__
        setattr(made, kind.__name__, kind)
        monkeypatch.setitem(sys.modules, module, made)
    monkeypatch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
    return Ch, Select


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_come_out_of_every_protocol(tmp_path, chumpy, protocol):
    ch, select = chumpy
    rng = np.random.default_rng(0)
    model = {
        "v_template": rng.normal(size=(5, 3)),
        "shapedirs": ch(np.asfortranarray(rng.normal(size=(5, 3, 4)))),
        "posedirs": select(ch(rng.normal(size=60)), np.arange(30)[::-1], (5, 3, 2)),
        "f": np.arange(6, dtype=np.uint32).reshape(2, 3),
        "big": np.arange(4, dtype=">i4"),
        "J_regressor": scipy.sparse.csc_matrix(np.diag([1.0, 2, 3])),
        "rows": scipy.sparse.csr_matrix(np.array([[0, 1.5], [2, 0]])),
        "scale": np.float64(3.5),
        "bs_style": "lbs",
        "bs_type": b"lrotmin",
        "junk": np.array([None, {}], object),
        "nothing": None,
    }
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model, protocol))
    for name in list(sys.modules):
        if name.startswith("chumpy"):
            del sys.modules[name]
    found = read_pickled_arrays(path)
    for name in ("v_template", "f", "big"):
        np.testing.assert_array_equal(found[name], model[name])
    np.testing.assert_array_equal(found["shapedirs"], model["shapedirs"].x)
    picked = model["posedirs"].a.x[np.arange(30)[::-1]].reshape(5, 3, 2)
    np.testing.assert_array_equal(found["posedirs"], picked)
    np.testing.assert_array_equal(found["J_regressor"], np.diag([1.0, 2, 3]))
    np.testing.assert_array_equal(found["rows"], [[0, 1.5], [2, 0]])
    assert found["scale"] == 3.5
    assert (found["bs_style"], found["bs_type"]) == ("lbs", "lrotmin")
    assert "junk" not in found
    assert "nothing" not in found


class _Calls:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def _attacks(proof):
    touch = f"touch {proof}"
    code = f"__import__('os').system({touch!r})"
    return {
        "system": pickle.dumps({"v_template": _Calls(os.system, touch)}),
        "eval": pickle.dumps({"v_template": _Calls(eval, code)}),
        "exec": pickle.dumps([_Calls(exec, code)]),
        "getattr": b"cbuiltins\ngetattr\n(cos\nsystem\nS'x'\ntR.",
        "import": pickle.dumps({"v": _Calls(__import__, "antigravity")}),
        "in an array": pickle.dumps(np.array([_Calls(os.system, touch)], object)),
        "numpy's loader": b"cnumpy\nload\n(S'x.npy'\ntR.",
        "numpy's tools": b"cnumpy.f2py.crackfortran\nmyeval\n(S'" + code.encode() + b"'\ntR.",
        "instance": b"(S'" + touch.encode() + b"'\nios\nsystem\n.",
        "object": b"(cos\nsystem\nS'" + touch.encode() + b"'\no.",
        "dotted name": pickle.PROTO
        + b"\x04"
        + b"\x8c\x08builtins\x8c\x0deval.__call__\x93\x8c\x011\x85R.",
        "reconstructor": b"ccopyreg\n_reconstructor\n(cos\nsystem\ncbuiltins\nobject\nNtR.",
        "state": b"cnumpy\nndarray\n(tR}S'__class__'\ncos\nsystem\nsb.",
        "persistent": b"Pos\n.",
        "extension": b"\x80\x02\x82\x01.",
    }


@pytest.mark.parametrize("kind", list(_attacks("")))
def test_nothing_in_a_pickle_is_run(tmp_path, kind):
    proof = tmp_path / "proof"
    path = tmp_path / "model.pkl"
    path.write_bytes(_attacks(proof)[kind])
    before = set(sys.modules)
    with pytest.raises(FileError) as caught:
        read_pickled_arrays(path)
    assert "\n" not in str(caught.value)
    assert not proof.exists()
    assert "antigravity" not in set(sys.modules) - before


def test_the_attacks_would_work_on_a_trusting_reader(tmp_path):
    proof = tmp_path / "proof"
    for kind in ("system", "eval", "instance", "object"):
        pickle.loads(_attacks(proof)[kind])
        assert proof.exists(), kind
        proof.unlink()


def _claiming(count):
    """Return the pickle of an array of three numbers that claims to have another count."""
    text = pickle.dumps({"v_template": np.zeros(3)}, 2)
    shape = b"K\x01K\x03\x85"
    assert text.count(shape) == 1
    return text.replace(shape, b"K\x01\x8a\x08" + struct.pack("<q", count) + b"\x85")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a pickle", id="text"),
        pytest.param(pickle.dumps({"v": np.zeros((100, 3))})[:400], id="truncated"),
        pytest.param(pickle.dumps([1, 2]), id="list"),
        pytest.param(_claiming(1 << 50), id="claims too much"),
        pytest.param(_claiming(-3), id="claims too little"),
        pytest.param(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b"x.", id="endless bytes"),
        pytest.param(b"(" * 100000 + b".", id="deep"),
    ],
)
def test_damage_is_one_line(tmp_path, content):
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_pickled_arrays(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(FileError, match="No such file"):
        read_pickled_arrays(tmp_path / "none.pkl")

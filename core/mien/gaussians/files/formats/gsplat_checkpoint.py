"""Checkpoints of gsplat's trainer: a dict whose `splats` holds one tensor per parameter.

`means`, `quats` wxyz, `scales` (logarithms), `opacities` (logits), `sh0` [N, 1, 3] and `shN`
[N, K - 1, 3]. Only tensors are unpickled, no code. Axes are those of the training scene.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mien.archives import ArchiveLimits, is_archive, open_archive
from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files.assembly import assemble
from mien.gaussians.files.registry import cloud_formats

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTHS = {"means": (3,), "quats": (4,), "scales": (3,), "opacities": (), "sh0": (1, 3)}
_NUM_HIGHER = (0, 3, 8, 15)


@cloud_formats.register("gsplat-checkpoint")
class GsplatCheckpoint:
    """Reads gsplat checkpoints."""

    name = "gsplat checkpoint"
    extensions = (".pt", ".pth", ".ckpt")

    def probe(self, path: Path, head: bytes) -> bool:
        """Go by the extension: PyTorch's files are zip archives like many others."""
        return path.suffix.lower() in self.extensions

    def read(self, path: Path) -> GaussianCloud:
        """Read a file. Imports torch, which takes two seconds the first time."""
        splats = _splats(_load(path), path)
        tensors = {name: _array(splats, name, path) for name in _WIDTHS}
        n = len(tensors["means"])
        for name, width in _WIDTHS.items():
            if tensors[name].shape != (n, *width):
                raise FileError(
                    path, f"its {name} are {tensors[name].shape}, expected {(n, *width)}"
                )
        higher = _array(splats, "shN", path) if "shN" in splats else np.empty((n, 0, 3), np.float32)
        if higher.shape not in {(n, count, 3) for count in _NUM_HIGHER}:
            raise FileError(path, f"its shN are {higher.shape}: no harmonics of degree 0 to 3")
        return assemble(
            path,
            means=tensors["means"],
            quats=tensors["quats"],
            log_scales=tensors["scales"],
            logit_opacities=tensors["opacities"],
            sh=np.concatenate([tensors["sh0"], higher], axis=1),
        )


def _load(path: Path) -> object:
    with path.open("rb") as file:
        if not is_archive(file.read(4)):
            raise FileError(path, "no PyTorch file, or one older than PyTorch 1.6")
    # PyTorch would unpack a compressed entry of any size; its own writer never compresses.
    with open_archive(
        path, ArchiveLimits(total_bytes=1 << 40, num_entries=1 << 16, ratio=2)
    ) as zip_:
        if zip_.find("data.pkl") is None:
            raise FileError(path, "a zip archive, but no PyTorch file")
    import torch

    try:
        with warnings.catch_warnings():
            # It warns of what it then refuses, or of what need not concern whoever reads.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # A damaged pickle fails in whatever way it likes.
        reason = (str(error) or type(error).__name__).strip().partition("\n")[0][:100]
        raise FileError(path, f"PyTorch cannot load it safely ({reason})") from error


def _splats(content: object, path: Path) -> Mapping[str, Any]:
    if isinstance(content, dict):
        splats = cast("dict[str, object]", content).get("splats")
        if isinstance(splats, dict):
            splats = cast("dict[str, Any]", splats)
            missing = [name for name in _WIDTHS if name not in splats]
            if not missing:
                return splats
            raise FileError(path, f"its splats lack {', '.join(missing)}")
    raise FileError(path, "a PyTorch file, but no checkpoint of gsplat's trainer: it has no splats")


def _array(splats: Mapping[str, Any], name: str, path: Path) -> NDArray[np.float32]:
    import torch

    tensor = splats[name]
    # A stride of zero lets a few bytes claim any shape.
    if not isinstance(tensor, torch.Tensor) or tensor.nbytes > path.stat().st_size:
        raise FileError(path, f"its {name} claim more than the file holds, or are no tensor")
    if tensor.layout != torch.strided or not tensor.is_floating_point():
        raise FileError(path, f"its {name} are no plain numbers")
    return tensor.detach().float().numpy()

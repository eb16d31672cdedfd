"""Each layout written once for all tests; those that damage one copy it first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from made_datasets import (
    COLMAP_LENSES,
    Fixture,
    write_ava256,
    write_colmap,
    write_image_folder,
    write_multiface,
    write_nerf,
    write_nersemble_benchmark,
    write_nersemble_v1,
    write_nersemble_v2,
    write_vhap,
    write_vhap_union,
)

BENT = (0.12, -0.05, 0.004, -0.006, 0.02)

LAYOUTS: dict[str, Callable[[Path], Fixture]] = {
    "nersemble-v1": write_nersemble_v1,
    "nersemble-v1-half": partial(write_nersemble_v1, delivered=(550, 802), num_frames=1),
    "nersemble-v2": write_nersemble_v2,
    "nersemble-v2-half": partial(write_nersemble_v2, delivered=(550, 802), num_frames=1),
    "nersemble-benchmark": write_nersemble_benchmark,
    "ava-256": write_ava256,
    "multiface": write_multiface,
    "multiface-bent": partial(write_multiface, bent=BENT),
    "vhap": write_vhap,
    "vhap-union": write_vhap_union,
    "nerf-blender": partial(write_nerf, style="blender"),
    "nerf-nerfstudio": partial(write_nerf, style="nerfstudio"),
    "nerf-timed": partial(write_nerf, style="timed"),
    **{f"colmap-{model}": partial(write_colmap, model=model) for model in COLMAP_LENSES},
    "colmap-text": partial(write_colmap, binary=False),
    "image-folder": write_image_folder,
    "image-folder-flat": partial(write_image_folder, flat=True),
    "image-folder-aligned": partial(write_image_folder, aligned=True),
}

Datasets = Callable[[str], Fixture]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Datasets:
    """A function from a layout's name to its capture on disk, not to be changed."""
    written: dict[str, Fixture] = {}

    def get(layout: str) -> Fixture:
        if layout not in written:
            written[layout] = LAYOUTS[layout](tmp_path_factory.mktemp(layout) / "data")
        return written[layout]

    return get


@pytest.fixture
def copied(dataset: Datasets, tmp_path: Path) -> Datasets:
    """A function from a layout's name to a capture of one's own."""

    def get(layout: str) -> Fixture:
        fixture = dataset(layout)
        place = tmp_path / layout / fixture.root.name
        shutil.copytree(fixture.root, place)
        return replace(fixture, root=place)

    return get

"""Small captures in the exact layout of each dataset, written anew for each run."""

from made_datasets.colmap import COLMAP_LENSES, write_colmap
from made_datasets.common import Fixture, shifted
from made_datasets.domes import write_ava256, write_multiface
from made_datasets.folder import write_image_folder
from made_datasets.nerf import write_nerf
from made_datasets.nersemble import (
    affine,
    polynomial,
    write_nersemble_benchmark,
    write_nersemble_v1,
    write_nersemble_v2,
)
from made_datasets.vhap import write_vhap, write_vhap_union

__all__ = [
    "COLMAP_LENSES",
    "Fixture",
    "affine",
    "polynomial",
    "shifted",
    "write_ava256",
    "write_colmap",
    "write_image_folder",
    "write_multiface",
    "write_nerf",
    "write_nersemble_benchmark",
    "write_nersemble_v1",
    "write_nersemble_v2",
    "write_vhap",
    "write_vhap_union",
]

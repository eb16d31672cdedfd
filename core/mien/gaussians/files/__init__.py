"""Clouds from and to files: one file per splat format in `formats`."""

from mien.gaussians.files.registry import read_cloud, write_cloud

__all__ = ["read_cloud", "write_cloud"]

"""Clouds from and to files: one file per splat format in `formats`."""

from mien.gaussians.files.registry import describe_cloud, read_cloud, write_cloud

__all__ = ["describe_cloud", "read_cloud", "write_cloud"]

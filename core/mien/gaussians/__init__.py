"""Gaussians as values: the cloud, its spherical harmonics, marks, bounds, blending and files."""

"""Reconstruction: a capture's views to somebody's latent and avatar, in one pass, then refined."""

"""Splat files: one module per format, found by scan; see `registry.py` for what a format is."""

"""Mien Studio: the desktop app over the headless library `mien`."""

"""Captures: what cameras saw of a person, from datasets, from Mien's store, or made by us."""

from mien.capture.opening import open_capture
from mien.capture.protocol import Capture, CaptureCamera, View

__all__ = ["Capture", "CaptureCamera", "View", "open_capture"]

"""Video files, animated pictures and folders of pictures, frame by frame at their true instants."""

from mien.driving.video.reader import VideoReader
from mien.driving.video.writer import VideoWriter

__all__ = ["VideoReader", "VideoWriter"]

"""What moves an avatar over time: tracks, files, the face tracker and retargeting."""

from typing import TYPE_CHECKING

from mien.driving.track import ExpressionTrack

if TYPE_CHECKING:
    from mien.driving.files import open_track
    from mien.driving.tracking import track_video

__all__ = ["ExpressionTrack", "open_track", "track_video"]


def __getattr__(name: str) -> object:
    # The tracker's libraries (video, neural network) load only for whoever tracks.
    if name == "track_video":
        from mien.driving.tracking import track_video

        return track_video
    if name == "open_track":
        from mien.driving.files import open_track

        return open_track
    raise AttributeError(name)

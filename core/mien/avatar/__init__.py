"""Avatars: everything that can be looked at, and the states that move them."""

from typing import TYPE_CHECKING

from mien.avatar.protocol import Avatar, LatentSpace
from mien.avatar.state import AvatarState

if TYPE_CHECKING:
    from mien.avatar.open import avatar_from_cloud, open_avatar

__all__ = ["Avatar", "AvatarState", "LatentSpace", "avatar_from_cloud", "open_avatar"]


def __getattr__(name: str) -> object:
    # The file readers load with the first file, so that a state alone stays cheap to import.
    if name in ("avatar_from_cloud", "open_avatar"):
        from mien.avatar import open as opening

        return getattr(opening, name)
    raise AttributeError(name)

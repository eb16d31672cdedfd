"""Opens libraries of identities: as the first of their people, who may become anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mien.avatar.opening import avatar_kinds

if TYPE_CHECKING:
    from mien.models.headsup.avatar import HeadsUpAvatar

SUFFIX = ".identities"


@avatar_kinds.register("headsup")
class IdentitiesOpener:
    """Opens `.identities` files."""

    suffixes = (SUFFIX,)

    def probe(self, path: Path) -> bool:
        """Claim what is named like one."""
        return path.suffix.lower() == SUFFIX

    def open(self, path: Path) -> HeadsUpAvatar:
        """Open a file.

        Raises:
            FileError: It or its network is missing or broken.
        """
        # Not at the top: they import torch, and every start goes through this module.
        from mien.models.torch_library import load_torch_library

        load_torch_library()
        from mien.models.headsup.opened import open_identities

        avatar = open_identities(path).avatar()
        # Here, on whatever thread opens files, and not where somebody waits for a picture.
        avatar.person()
        return avatar

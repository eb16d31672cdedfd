"""Open whatever a person drops on the window: rigged avatars first, else any file of Gaussians."""

from __future__ import annotations

from pathlib import Path

from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.opening import avatar_kinds
from mien.avatar.protocol import Avatar
from mien.errors import FileError
from mien.gaussians.cloud import GaussianCloud

MESH_BOUND_NOTE = (
    "bound to a FLAME mesh, which Mien cannot drive yet: shown as the raw Gaussians, not moving"
)


def open_avatar(path: str | Path) -> Avatar:
    """Open an avatar file, a file of Gaussians as a static avatar, or a head template.

    Args:
        path: The file; or the name of a template, such as `mien_head`, where no file is called so.

    Raises:
        FileError: It is missing or broken.
        ModelMissing: It names a template that has to be put in place first.
        UnknownFormat: Nothing here reads such a file.
    """
    place = Path(path)
    if not place.exists():
        # Only now: what is opened is a file as a rule.
        from mien.avatar.kinds.template import template_avatar
        from mien.template.selection import template_names

        if str(path) in template_names():
            return template_avatar(str(path))
        raise FileError(place, "no such file")
    try:
        for opener in avatar_kinds:
            if opener.probe(place):
                return opener.open(place)
    except OSError as error:
        raise FileError(place, f"cannot be read ({error.strerror or error})") from error
    # The formats load only here: the studio's demo does not need them.
    from mien.gaussians.files import read_cloud

    return avatar_from_cloud(read_cloud(place), place.stem, source=place)


def avatar_from_cloud(
    cloud: GaussianCloud, name: str, *, source: Path | None = None
) -> StaticAvatar:
    """Return an avatar that shows a cloud as it is.

    A cloud bound to a mesh (GaussianAvatars) keeps its binding and says why it does not move.
    """
    note = MESH_BOUND_NOTE if cloud.binding is not None else ""
    return StaticAvatar(name, cloud, source=source, note=note)


def avatar_suffixes() -> tuple[str, ...]:
    """Return the endings of avatar files, for file dialogs; see also the cloud formats' own."""
    return tuple(sorted({suffix for opener in avatar_kinds for suffix in opener.suffixes}))

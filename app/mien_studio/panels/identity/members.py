"""Who can take part in a blend, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

from mien.avatar.protocol import Avatar
from mien.editing.document import Asset, Document, Look
from mien.session.session import Session

REASON = "It is a plain file of Gaussians without a template."
REASONS = {"template": "It is the mesh of one head, which knows no others."}
"""Why avatars of a kind cannot be blended; of other kinds, `REASON`."""


@dataclass(frozen=True)
class Members:
    """The avatars of the library as seen from a look.

    Args:
        compatible: Those that can be blended with what is shown, in library order.
        excluded: The others, each with the reason.
        leading: The heaviest loaded avatar of the look, whose template counts; None for none.
    """

    compatible: tuple[Asset, ...]
    excluded: tuple[tuple[Asset, str], ...]
    leading: Avatar | None


def members_of(session: Session, look: Look | None) -> Members:
    """Return who can be blended with a look."""
    leading = _leading(session, look)
    compatible: list[Asset] = []
    excluded: list[tuple[Asset, str]] = []
    for asset in session.document.assets_of("avatar"):
        avatar = session.library.avatar(asset.id)
        if avatar is None:
            continue
        reason = _reason(avatar, leading)
        if reason:
            excluded.append((asset, reason))
        else:
            compatible.append(asset)
    return Members(tuple(compatible), tuple(excluded), leading)


def _leading(session: Session, look: Look | None) -> Avatar | None:
    if look is None:
        return None
    by_weight = sorted(look.weights, key=lambda asset: -look.weights[asset])
    found = (session.library.avatar(asset) for asset in by_weight)
    return next((avatar for avatar in found if avatar is not None), None)


def _reason(avatar: Avatar, leading: Avatar | None) -> str:
    if avatar is leading:
        return ""
    if avatar.template is None:
        return "no template"
    if leading is not None and avatar.template != leading.template:
        return "other template"
    return ""


def named(document: Document, look: Look) -> str:
    """Return what people call a look: the one who is shown, or the shares of several; and whether
    sliders made somebody else of them."""
    names = {asset.id: asset.name for asset in document.assets}
    present = [(weight, names.get(key, key)) for key, weight in look.weights.items() if weight]
    present.sort(key=lambda item: -item[0])
    alone = len(present) == 1
    text = present[0][1] if alone else " · ".join(f"{w:.2f} {name}" for w, name in present)
    return f"{text}, shaped" if look.identity else text

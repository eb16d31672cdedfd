"""What the on-canvas bar says about A and B."""

from __future__ import annotations

from mien.editing.document import Document, Look, Photo
from mien.session.stations import Station


def look_name(document: Document, look: Look) -> str:
    """Return a short description of a look, such as `blend 0.60 james · 0.40 ada`."""
    names = {asset.id: asset.name for asset in document.assets}
    shares = sorted(
        ((weight, names.get(asset, "?")) for asset, weight in look.weights.items() if weight > 0),
        key=lambda share: -share[0],
    )
    if not shares:
        return "nobody"
    text = shares[0][1] if len(shares) == 1 else f"blend {_shares(shares)}"
    regions = [f"{region} {names.get(asset, '?')}" for region, asset in look.regions.items()]
    rig = [] if look.learned else ["template rig"]
    return " · ".join([f"{text}, shaped" if look.identity else text, *regions, *rig])


def photo_name(station: Station | None, document: Document, photo: Photo, time: float) -> str:
    """Return a short description of ground truth, such as `Ada · c05 · test · frame 12`."""
    if station is None:
        return document.asset(photo.asset).name
    frame = station.capture.frame_names[station.frame_at(time)]
    camera = station.camera
    return f"{document.asset(photo.asset).name} · {camera.name} · {camera.split} · frame {frame}"


def _shares(shares: list[tuple[float, str]]) -> str:
    shown = [f"{weight:.2f} {name}" for weight, name in shares[:3]]
    if len(shares) > 3:
        shown.append(f"{len(shares) - 3} more")
    return " · ".join(shown)

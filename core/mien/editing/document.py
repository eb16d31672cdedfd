"""Document: everything that is saved and can be undone, as one immutable value.

Commands make a new document that shares what they did not touch with the old one; undoing is going
back to the old value, so it is exact to the bit by construction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from mien.avatar.protocol import DEFAULT_SOFTNESS
from mien.avatar.state import NEUTRAL, AvatarState
from mien.gaussians.marks import Marks

AssetKind = Literal["avatar", "capture", "track", "video"]
Slot = Literal["A", "B"]


Stroke = tuple[tuple[float, float], ...]
"""A drawn line: points from the picture's top left corner, fractions of its sides."""


def _mapping() -> Any:
    return field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Asset:
    """A file the session refers to. The file is never copied into the session."""

    id: str
    kind: AssetKind
    name: str
    path: str
    """Absolute, or `resource:demo/ada.avatar` for what ships with Mien."""
    part: str = ""
    """Which capture of a dataset that holds several, such as `018/EXP-1-head`; or which person of a
    library of identities."""
    corrected: bool = True
    """Whether a capture's own colour correction is applied."""


@dataclass(frozen=True)
class Photo:
    """What a camera of a capture saw, to compare with: the ground truth.

    Args:
        asset: The capture.
        camera: Always this one; empty for the camera the view has chosen.
    """

    asset: str
    camera: str = ""


@dataclass(frozen=True)
class Look:
    """An identity to look at: a blend of avatars, with regions taken from single ones.

    Args:
        weights: Weight of each avatar by asset id; those not named weigh nothing. Sum is one.
        regions: Region name to the asset it is taken from instead of the blend.
        softness: Width of the borders between regions, metres.
        identity: How far sliders moved them in their latent space, as coefficients; empty for not.
        learned: Whether expressions move them by the rig that their network learned, where it did;
            by the template's alone if not.
    """

    weights: Mapping[str, float] = _mapping()
    regions: Mapping[str, str] = _mapping()
    softness: float = DEFAULT_SOFTNESS
    identity: tuple[float, ...] = ()
    learned: bool = True

    def __post_init__(self) -> None:
        for name in ("weights", "regions"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @staticmethod
    def of(asset_id: str) -> Look:
        """Return the look of one avatar as it is."""
        return Look({asset_id: 1.0})

    @property
    def asset_ids(self) -> tuple[str, ...]:
        """The avatars it needs, blended ones first."""
        used = [asset for asset, weight in self.weights.items() if weight > 0]
        return tuple(dict.fromkeys([*used, *self.regions.values()]))

    def normalized(self) -> Look:
        """Return the look with weights that sum to one; negative ones count as zero."""
        positive = {asset: max(weight, 0.0) for asset, weight in self.weights.items()}
        total = sum(positive.values())
        if total <= 0:
            return self
        return replace(self, weights={asset: weight / total for asset, weight in positive.items()})

    def with_weight(self, asset_id: str, weight: float, *, locked: Collection[str] = ()) -> Look:
        """Set one weight and scale the others so that the sum stays one; locked ones stay.

        The weight is held back where the locked others leave less room.
        """
        others = {asset: value for asset, value in self.weights.items() if asset != asset_id}
        kept = {asset: value for asset, value in others.items() if asset in locked}
        free = {asset: value for asset, value in others.items() if asset not in locked}
        room = max(1.0 - sum(kept.values()), 0.0)
        weight = min(max(weight, 0.0), room) if free else room
        rest, left = sum(free.values()), room - weight
        if rest > 0:
            # Divided first: a weight may be so small that a part of it is no number any more.
            free = {asset: value / rest * left for asset, value in free.items()}
        else:
            free = {asset: left / len(free) for asset in free}
        values = {**kept, **free, asset_id: weight}
        order = dict.fromkeys([*self.weights, asset_id])
        return replace(self, weights={asset: values[asset] for asset in order})


@dataclass(frozen=True)
class Drive:
    """How a source moves the avatar.

    Args:
        source: The video or track asset, or None for the sliders alone.
        expression: Whether the source's expressions are used.
        pose: Whether its head pose is.
        eyes: Whether its gaze is.
        smoothing: Strength of the One Euro filter, 0 (none) to 1.
        neutral_time: The instant that counts as neutral, or None for the source's own zero.
        gains: Factor for each expression; 1 where not named.
        offsets: Added to each expression after its gain.
        pose_gain: Factor on the head's rotation.
    """

    source: str | None = None
    expression: bool = True
    pose: bool = True
    eyes: bool = True
    smoothing: float = 0.25
    neutral_time: float | None = None
    gains: Mapping[str, float] = _mapping()
    offsets: Mapping[str, float] = _mapping()
    pose_gain: float = 1.0

    def __post_init__(self) -> None:
        for name in ("gains", "offsets"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True)
class Preset:
    """A look under a name."""

    name: str
    look: Look


@dataclass(frozen=True)
class Keyframe:
    """A look at an instant; between two of them slot A morphs from one to the other."""

    time: float
    look: Look


@dataclass(frozen=True)
class Note:
    """What a reviewer wrote about an instant or a range, seconds.

    Args:
        start: First instant.
        end: Last instant; the same for a note on a single frame.
        text: What was written.
        asset: The capture it was written in front of; empty for none.
        camera: The camera the reviewer stood in; empty for none.
        strokes: What was drawn on the picture: lines of points, fractions of its sides.
    """

    start: float
    end: float
    text: str
    asset: str = ""
    camera: str = ""
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True)
class Document:
    """All of it. Compare two documents with `==`: values count, not identities."""

    assets: tuple[Asset, ...] = ()
    looks: Mapping[str, Look] = _mapping()
    """Slot `A` (what is worked on) and, where there is something to compare with, `B`."""
    state: AvatarState = NEUTRAL
    """What the sliders say; a driving source is added to it."""
    drive: Drive = Drive()
    presets: tuple[Preset, ...] = ()
    keyframes: tuple[Keyframe, ...] = ()
    marks: Mapping[str, Marks] = _mapping()
    """Selected, hidden and deleted Gaussians by avatar asset id."""
    notes: tuple[Note, ...] = ()
    photos: Mapping[str, Photo] = _mapping()
    """Slots that show photographs of a capture instead of their look."""
    up_fixes: Mapping[str, str] = _mapping()
    """Axis and unit fix of foreign files by asset id, as named in `gaussians.transform`."""

    def __post_init__(self) -> None:
        for name in ("looks", "marks", "photos", "up_fixes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def replace(self, **changes: Any) -> Document:
        """Return a document with other values of some fields."""
        return replace(self, **changes)

    def asset(self, asset_id: str) -> Asset:
        """Return an asset.

        Raises:
            KeyError: There is none of that id.
        """
        for asset in self.assets:
            if asset.id == asset_id:
                return asset
        raise KeyError(f"no asset {asset_id!r} in the document")

    def assets_of(self, *kinds: AssetKind) -> tuple[Asset, ...]:
        """Return the assets of some kinds, in library order."""
        return tuple(asset for asset in self.assets if asset.kind in kinds)

    def look(self, slot: Slot) -> Look | None:
        """Return the avatars of a slot, or None; a photo, where it has one, is shown instead."""
        return self.looks.get(slot)

    def shows(self, slot: Slot) -> bool:
        """Return whether there is anything to see in a slot."""
        return slot in self.looks or slot in self.photos

    def photo(self, slot: Slot) -> Photo | None:
        """Return the ground truth a slot shows, or None."""
        return self.photos.get(slot)

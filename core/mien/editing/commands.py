"""Commands: the only way a document changes. Each holds the data it sets, never a closure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from mien.avatar.state import AvatarState
from mien.editing.document import (
    Asset,
    Document,
    Drive,
    Keyframe,
    Look,
    Note,
    Photo,
    Preset,
    Slot,
)
from mien.gaussians.marks import Marks


class Command(Protocol):
    """One step of the user's work."""

    @property
    def label(self) -> str:
        """What the undo menu says, such as `Blend`."""
        ...

    def apply(self, document: Document) -> Document:
        """Return the changed document; raise without effect where it does not apply."""
        ...


@dataclass(frozen=True)
class AddAssets:
    """Put files into the library; an asset whose id is there already is replaced."""

    assets: tuple[Asset, ...]
    label: str = "Add to library"

    def apply(self, document: Document) -> Document:
        """Append, keeping the order in which people added."""
        new = {asset.id: asset for asset in self.assets}
        kept = tuple(new.pop(asset.id, asset) for asset in document.assets)
        return document.replace(assets=kept + tuple(new.values()))


@dataclass(frozen=True)
class RemoveAsset:
    """Take a file out of the library and out of everything that used it."""

    asset_id: str
    label: str = "Remove from library"

    def apply(self, document: Document) -> Document:
        """Remove it; looks that lose their last avatar go as well."""
        document.asset(self.asset_id)
        looks = {slot: _without(look, self.asset_id) for slot, look in document.looks.items()}
        presets = [
            replace(preset, look=look)
            for preset in document.presets
            if (look := _without(preset.look, self.asset_id)) is not None
        ]
        keyframes = [
            replace(keyframe, look=look)
            for keyframe in document.keyframes
            if (look := _without(keyframe.look, self.asset_id)) is not None
        ]
        drive = document.drive
        if drive.source == self.asset_id:
            drive = replace(drive, source=None)
        return document.replace(
            assets=tuple(asset for asset in document.assets if asset.id != self.asset_id),
            looks={slot: look for slot, look in looks.items() if look is not None},
            presets=tuple(presets),
            keyframes=tuple(keyframes),
            drive=drive,
            photos={k: v for k, v in document.photos.items() if v.asset != self.asset_id},
            marks={k: v for k, v in document.marks.items() if k != self.asset_id},
            up_fixes={k: v for k, v in document.up_fixes.items() if k != self.asset_id},
        )


@dataclass(frozen=True)
class RelinkAsset:
    """Point an asset at the place its file moved to."""

    asset_id: str
    path: str
    label: str = "Locate file"

    def apply(self, document: Document) -> Document:
        """Change the path, keeping the id and so everything that refers to it."""
        changed = replace(document.asset(self.asset_id), path=self.path)
        return AddAssets((changed,)).apply(document)


@dataclass(frozen=True)
class RenameAsset:
    """Give an asset another name."""

    asset_id: str
    name: str
    label: str = "Rename"

    def apply(self, document: Document) -> Document:
        """Change the name only."""
        changed = replace(document.asset(self.asset_id), name=self.name)
        return AddAssets((changed,)).apply(document)


@dataclass(frozen=True)
class SetLook:
    """Show another look in a slot; None empties it."""

    slot: Slot
    look: Look | None
    label: str = "Blend"

    def apply(self, document: Document) -> Document:
        """Set it, with weights that sum to one."""
        looks = dict(document.looks)
        looks.pop(self.slot, None)
        if self.look is not None:
            for asset_id in self.look.asset_ids:
                document.asset(asset_id)
            looks[self.slot] = self.look.normalized()
        return document.replace(looks=looks)


@dataclass(frozen=True)
class SetPhoto:
    """Show a capture's photographs in a slot, before its look; None shows the look again."""

    slot: Slot
    photo: Photo | None
    label: str = "Show ground truth"

    def apply(self, document: Document) -> Document:
        """Set it; the capture must be in the library."""
        photos = dict(document.photos)
        photos.pop(self.slot, None)
        if self.photo is not None:
            document.asset(self.photo.asset)
            photos[self.slot] = self.photo
        return document.replace(photos=photos)


@dataclass(frozen=True)
class SwapLooks:
    """Exchange A and B."""

    label: str = "Swap A and B"

    def apply(self, document: Document) -> Document:
        """Exchange the slots; an empty one stays empty on the other side."""
        exchanged = {"A": document.look("B"), "B": document.look("A")}
        photos = {"A": document.photo("B"), "B": document.photo("A")}
        return document.replace(
            looks={slot: look for slot, look in exchanged.items() if look},
            photos={slot: photo for slot, photo in photos.items() if photo},
        )


@dataclass(frozen=True)
class SetState:
    """Move the sliders: expression and pose."""

    state: AvatarState
    label: str = "Expression"

    def apply(self, document: Document) -> Document:
        """Set the whole state."""
        return document.replace(state=self.state)


@dataclass(frozen=True)
class SetDrive:
    """Change the driving source or its settings."""

    drive: Drive
    label: str = "Driving"

    def apply(self, document: Document) -> Document:
        """Set it; the source must be in the library."""
        if self.drive.source is not None:
            document.asset(self.drive.source)
        return document.replace(drive=self.drive)


@dataclass(frozen=True)
class SavePreset:
    """Keep a look under a name, replacing one of the same name."""

    preset: Preset
    label: str = "Save preset"

    def apply(self, document: Document) -> Document:
        """Replace in place or append."""
        if any(held.name == self.preset.name for held in document.presets):
            presets = tuple(
                self.preset if held.name == self.preset.name else held for held in document.presets
            )
        else:
            presets = (*document.presets, self.preset)
        return document.replace(presets=presets)


@dataclass(frozen=True)
class DeletePreset:
    """Forget a preset."""

    name: str
    label: str = "Delete preset"

    def apply(self, document: Document) -> Document:
        """Remove it."""
        kept = tuple(preset for preset in document.presets if preset.name != self.name)
        return document.replace(presets=kept)


@dataclass(frozen=True)
class SetKeyframes:
    """Change the morph on the timeline."""

    keyframes: tuple[Keyframe, ...]
    label: str = "Keyframes"

    def apply(self, document: Document) -> Document:
        """Set them in order of time; of two at one instant the later given wins."""
        by_time = {keyframe.time: keyframe for keyframe in self.keyframes}
        return document.replace(keyframes=tuple(by_time[time] for time in sorted(by_time)))


@dataclass(frozen=True, eq=False)
class SetMarks:
    """Select, hide or delete Gaussians of an avatar."""

    asset_id: str
    marks: Marks
    label: str = "Select"

    def apply(self, document: Document) -> Document:
        """Set the marks of that avatar."""
        document.asset(self.asset_id)
        return document.replace(marks={**document.marks, self.asset_id: self.marks})


@dataclass(frozen=True)
class SetNotes:
    """Change the notes."""

    notes: tuple[Note, ...]
    label: str = "Note"

    def apply(self, document: Document) -> Document:
        """Set them in order of time."""
        return document.replace(notes=tuple(sorted(self.notes, key=lambda note: note.start)))


@dataclass(frozen=True)
class SetUpFixes:
    """Choose how foreign files are turned upright and scaled."""

    up_fixes: Mapping[str, str]
    label: str = "Axes and units"

    def apply(self, document: Document) -> Document:
        """Set them all."""
        return document.replace(up_fixes=self.up_fixes)


def _without(look: Look, asset_id: str) -> Look | None:
    weights = {asset: weight for asset, weight in look.weights.items() if asset != asset_id}
    regions = {region: asset for region, asset in look.regions.items() if asset != asset_id}
    if not any(weight > 0 for weight in weights.values()):
        return None
    return replace(look, weights=weights, regions=regions).normalized()

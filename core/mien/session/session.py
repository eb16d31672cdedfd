"""Session: one open piece of work, without any user interface."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mien.avatar.framing import default_orbit
from mien.avatar.protocol import Avatar
from mien.avatar.state import AvatarState
from mien.camera import Camera
from mien.driving.track import ExpressionTrack
from mien.editing.commands import AddAssets, Command, SetDrive, SetLook, SetPhoto
from mien.editing.document import Asset, Document, Look, Photo, Slot
from mien.editing.history import Change, History
from mien.orbit import Orbit
from mien.rendering.protocol import RenderOptions
from mien.session.driving import Driver, channels_of, combined
from mien.session.library import Library, asset_for
from mien.session.request import AnyShot, Blend, PhotoShot, RenderRequest, Shot
from mien.session.stations import Station, chosen_station, frame_at, station_of
from mien.session.store import load_session, save_session
from mien.session.timeline import Span, look_at
from mien.session.view_state import View, ViewState
from mien.workers import TaskRunner


class Session:
    """Document, view, library and workers, and the way from them to a RenderRequest.

    Only Commands change the document (`push`); everything else follows from its events.
    """

    def __init__(self) -> None:
        self.history = History()
        self.view = View()
        self.tasks = TaskRunner()
        self.library = Library(self.tasks)
        self.path: Path | None = None
        self._driver = Driver()
        self._heads: WeakKeyDictionary[Avatar, Orbit] = WeakKeyDictionary()
        self._unframed = True
        self.history.changed.connect(self._on_document)
        self.library.loaded.connect(self._on_loaded)

    @property
    def document(self) -> Document:
        """The document as it stands."""
        return self.history.document

    def push(self, command: Command) -> None:
        """Change the document by a command."""
        self.history.push(command)

    def close(self) -> None:
        """Stop all work."""
        self.tasks.close()
        self.library.close()

    # Files

    def add_files(self, paths: Iterable[str | Path]) -> tuple[Asset, ...]:
        """Put files into the library and use them as a person who drops them expects.

        The first avatar dropped is shown; the first video or track dropped drives it; a capture is
        shown beside it, and its own tracking drives it.
        """
        return self.add_assets(tuple(asset_for(path) for path in paths))

    def add_assets(self, assets: tuple[Asset, ...]) -> tuple[Asset, ...]:
        """Put assets into the library, as `add_files` does."""
        if not assets:
            return ()
        avatars = [asset for asset in assets if asset.kind == "avatar"]
        captures = [asset for asset in assets if asset.kind == "capture"]
        sources = [asset for asset in assets if asset.kind in ("video", "track")] or captures
        label = assets[0].name if len(assets) == 1 else f"{len(assets)} files"
        with self.history.gesture(f"Add {label}"):
            self.push(AddAssets(assets))
            if avatars:
                self.push(SetLook("A", Look.of(avatars[0].id), label="Show"))
                self._unframed = True
            if sources:
                self.push(SetDrive(replace(self.document.drive, source=sources[0].id)))
            if captures:
                self.push(SetPhoto("B", Photo(captures[0].id)))
        if captures:
            standing = self.view.state.standing or not self.document.shows("A")
            self.view.update(station_asset=captures[0].id, station_camera="", standing=standing)
        if avatars:
            self._frame_when_loaded()
        return assets

    def save(self, path: str | Path | None = None) -> Path:
        """Write the session where it was opened from, or to another place.

        Raises:
            FileError: It cannot be written; the old file stands and the work is unsaved.
        """
        target = Path(path) if path is not None else self.path
        if target is None:
            raise ValueError("a session that was never saved needs a path")
        self.history.end_gesture()
        document = self.document
        save_session(target, document, self.view.state)
        self.path = target
        self.history.mark_saved(document)
        return target

    def open(self, path: str | Path) -> None:
        """Open a session file instead of this one.

        Raises:
            FileError: It cannot be read; this session stays as it is.
        """
        document, view = load_session(path)
        self.path = Path(path)
        self.restore(document, view)
        self.history.mark_saved()

    def restore(self, document: Document, view: ViewState) -> None:
        """Put a document and its view in force, with no way back."""
        self._unframed = False
        self.view.set(view)
        self.history.reset(document)

    def show(self, document: Document) -> None:
        """Begin with a document nobody has looked at yet, and frame it once it is loaded."""
        self.restore(document, replace(self.view.state, time=0.0, playing=False, orbit_b=None))
        self.path, self._unframed = None, True
        self._frame_when_loaded()

    # What is shown

    @property
    def track(self) -> ExpressionTrack | None:
        """The track of the driving source, once it is there."""
        source = self.document.drive.source
        return None if source is None else self.library.track(source)

    @property
    def smoothed_track(self) -> ExpressionTrack | None:
        """The driving track as it is used, after smoothing."""
        track = self.track
        return None if track is None else self._driver.smoothed(track, self.document.drive)

    @property
    def source_times(self) -> NDArray[np.float64] | None:
        """The instants of frames from zero [T], seconds: the driving source's, or the capture's
        that is shown; None where neither is there."""
        track = self.track
        if track is not None and track.num_frames:
            return np.asarray(track.times - track.times[0])
        for photo in self.document.photos.values():
            capture = self.library.capture(photo.asset)
            if capture is not None:
                return np.asarray(capture.times - capture.times[0])
        return None

    @property
    def span(self) -> Span:
        """The timeline from zero to the last end: of the driving source, captures, keyframes."""
        track = self.track
        ends = [keyframe.time for keyframe in self.document.keyframes]
        ends += [track.duration] if track is not None else []
        shown = {photo.asset for photo in self.document.photos.values()}
        captures = (self.library.capture(asset) for asset in shown)
        ends += [float(held.times[-1] - held.times[0]) for held in captures if held is not None]
        return Span(0.0, max(ends, default=0.0))

    def state_at(self, time: float) -> AvatarState:
        """Return the state at a time: what drives, with the sliders on top."""
        document, track = self.document, self.track
        if track is None or not track.num_frames:
            return document.state
        capture = self.library.capture(document.drive.source or "")
        if capture is not None and capture.tracking is not None:
            # Ground truth is compared frame by frame: nothing is smoothed or blended in between.
            seen = capture.tracking.state(frame_at(capture, time))
            return combined(document.state, channels_of(seen, document.drive))
        driven = self._driver.state_at(track, document.drive, time)
        return combined(document.state, driven)

    def blend(self, slot: Slot, time: float) -> Blend | None:
        """Return what a slot shows at a time, as far as it is loaded; None for nothing yet."""
        look = look_at(self.document, slot, time)
        return None if look is None else self.blend_of(look)

    def blend_of(self, look: Look) -> Blend | None:
        """Return the blend of a look, leaving out avatars that are not loaded (yet)."""
        loaded = {asset: self.library.avatar(asset) for asset in look.asset_ids}
        there = {asset: avatar for asset, avatar in loaded.items() if avatar is not None}
        return Blend.of_look(look, there)

    def avatar(self, slot: Slot = "A") -> Avatar | None:
        """Return the heaviest avatar of a slot: whose expressions and regions the panels show."""
        look = self.document.look(slot)
        if look is None:
            return None
        by_weight = sorted(look.weights, key=lambda asset: -look.weights[asset])
        found = (self.library.avatar(asset) for asset in by_weight)
        return next((avatar for avatar in found if avatar is not None), None)

    def options(self) -> RenderOptions:
        """Return the render options of the view.

        On a capture's stand an avatar is drawn before the photographs' own background where that is
        one colour, so that only the person can differ.
        """
        view, station = self.view.state, self.station
        background = view.background
        if view.standing and not view.masked and station is not None and self.document.photos:
            behind = station.capture.background
            if behind is not None:
                red, green, blue = (float(value) / 255 for value in behind)
                background = (red, green, blue)
        return RenderOptions(
            background=background,
            antialiased=view.antialiased,
            depth=view.shading == "depth",
            eight_bit=view.shading == "color",
        )

    def request(
        self, size: tuple[int, int], *, scale: float = 1.0, slots: Sequence[Slot] | None = None
    ) -> RenderRequest | None:
        """Return the picture the view wants in a viewport, or None where there is nothing to show.

        Args:
            size: Width and height of the viewport in device pixels.
            scale: Fraction of each side to draw at, from the quality ladder.
            slots: Which slots to draw; by default those the compare mode shows.
        """
        view = self.view.state
        if slots is None:
            # Alone, a capture's photographs are what there is to see.
            only: Slot = "A" if self.document.shows("A") else "B"
            slots = (only,) if view.compare == "single" else ("A", "B")
        width = size[0] // 2 if view.compare == "side" else size[0]
        full = (max(width, 1), max(size[1], 1))
        drawn = (max(round(full[0] * scale), 1), max(round(full[1] * scale), 1))
        state = self.state_at(view.time)
        shots: list[AnyShot] = []
        for slot in slots:
            camera = self.camera(slot, full).resized(drawn)
            if self.document.photo(slot) is not None:
                shot = self.photo_shot(slot, view.time, drawn)
            else:
                shot = self.shot(slot, view.time, camera, state=state)
            if shot is not None:
                shots.append(shot)
        if not shots:
            return None
        return RenderRequest(
            tuple(shots),
            self.options(),
            view.shading,
            full_pixels=full[0] * full[1] * len(shots),
            mesh_opacity=view.mesh_opacity,
            compare="flip" if view.compare == "flip" and len(shots) == 2 else "",
        )

    def camera(self, slot: Slot, size: tuple[int, int]) -> Camera:
        """Return the camera of a slot at a picture size: the orbit's, or the one stood in."""
        station = self.station if self.view.state.standing else None
        if station is not None:
            return station.camera_at(size, self.avatar(slot))
        return self.orbit(slot).camera(size)

    @property
    def station(self) -> Station | None:
        """The capture's camera that the view has chosen, where the capture is open."""
        return chosen_station(self.document, self.view.state, self.library)

    def photo_station(self, slot: Slot) -> Station | None:
        """Return the camera whose photographs a slot shows, or None."""
        photo = self.document.photo(slot)
        if photo is None:
            return None
        chosen = self.station
        if not photo.camera and chosen is not None and chosen.asset == photo.asset:
            return chosen
        return station_of(self.library, photo.asset, photo.camera)

    def photo_shot(self, slot: Slot, time: float, size: tuple[int, int]) -> PhotoShot | None:
        """Return the photograph a slot shows at a time, in a picture of some size, or None."""
        station = self.photo_station(slot)
        if station is None:
            return None
        return PhotoShot(
            station.capture,
            station.camera.name,
            station.frame_at(time),
            station.camera.camera.fitted(size),
            masked=self.view.state.masked,
            slot=slot,
        )

    def orbit(self, slot: Slot) -> Orbit:
        """Return from where a slot is seen.

        Linked cameras stand at the same place, unless A and B live so far apart in the world that B
        would be out of the picture: then B is seen from the same side of its own head.
        """
        view = self.view.state
        if slot == "A":
            return view.orbit
        if view.orbit_b is not None:
            return view.orbit_b
        return replace(view.orbit, pivot=self._beside(view.orbit.pivot))

    def _beside(self, pivot: tuple[float, float, float]) -> tuple[float, float, float]:
        a, b = self._head("A"), self._head("B")
        if a is None or b is None:
            return pivot
        apart = np.subtract(b.pivot, a.pivot)
        reach = a.distance * np.sin(a.fov_y / 2)
        if np.linalg.norm(apart) < reach:
            return pivot
        x, y, z = (float(value) for value in np.asarray(pivot) + apart)
        return x, y, z

    def _head(self, slot: Slot) -> Orbit | None:
        """Return the view that frames the avatar of a slot, remembered while it is open."""
        avatar = self.avatar(slot)
        if avatar is None:
            return None
        if avatar not in self._heads:
            self._heads[avatar] = default_orbit(avatar)
        return self._heads[avatar]

    def framed(self, aspect: float = 1.0) -> Orbit | None:
        """Return the view from the present direction that fits the avatar of A, or None."""
        avatar = self.avatar()
        if avatar is None:
            return None
        held = self.view.state.orbit
        return replace(default_orbit(avatar, aspect=aspect), yaw=held.yaw, pitch=held.pitch)

    def frame(self, aspect: float = 1.0) -> None:
        """Fit the avatar of A into the view, keeping the direction."""
        fitted = self.framed(aspect)
        if fitted is not None:
            self.view.update(orbit=fitted)

    def reset_view(self, aspect: float = 1.0) -> None:
        """Look at the avatar of A from the front."""
        avatar = self.avatar()
        if avatar is not None:
            self.view.update(orbit=default_orbit(avatar, aspect=aspect), orbit_b=None)

    def shot(
        self, slot: Slot, time: float, camera: Camera, *, state: AvatarState | None = None
    ) -> Shot | None:
        """Return the picture of a slot at a time, in its state then unless another is given."""
        blend = self.blend(slot, time)
        if blend is None:
            return None
        look = self.document.look(slot)
        only = look.asset_ids[0] if look is not None and len(look.asset_ids) == 1 else ""
        return Shot(
            blend,
            state if state is not None else self.state_at(time),
            camera,
            marks=self.document.marks.get(only),
            up_fix=self.document.up_fixes.get(only, ""),
            slot=slot,
        )

    def _on_document(self, change: Change) -> None:
        if change.before.assets != change.after.assets:
            self.library.sync(change.after)

    def _on_loaded(self, _asset_id: str) -> None:
        self._frame_when_loaded()

    def _frame_when_loaded(self) -> None:
        if self._unframed and self.avatar() is not None:
            self._unframed = False
            self.reset_view()

"""Library: the avatars, captures and sources of a document, loaded beside the user interface."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.avatar.open import open_avatar
from mien.avatar.protocol import Avatar
from mien.driving.files.registry import open_track, track_formats
from mien.driving.track import ExpressionTrack
from mien.editing.document import Asset, AssetKind, Document
from mien.errors import MienError, UnknownFormat
from mien.events import Event
from mien.resources import resource, resources_root
from mien.session.ready import ready_person
from mien.workers import Task, TaskRunner

if TYPE_CHECKING:
    from mien.capture.protocol import Capture

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".gif", ".mpg", ".mpeg", ".wmv"}
)

CAPTURE_SUFFIXES = frozenset({".capture", ".json"})


_SHIPPED = "resource:"
_TRACK = ".h5"


def asset_path(asset: Asset) -> Path:
    """Return where an asset's file lies."""
    if asset.path.startswith(_SHIPPED):
        return resource(asset.path.removeprefix(_SHIPPED))
    return Path(asset.path)


def asset_for(path: str | Path, *, part: str = "", corrected: bool = True) -> Asset:
    """Return the asset a dropped file or folder becomes, going by names only.

    The id is made from the path, so that the same file dropped twice is one asset.

    Args:
        path: The file or folder.
        part: Which capture of a dataset that holds several.
        corrected: Whether a capture's own colour correction is applied.
    """
    resolved = Path(path).expanduser().resolve()
    suffix = resolved.suffix.lower()
    kind: AssetKind = "avatar"
    if _is_capture(resolved):
        kind = "capture"
    elif suffix in VIDEO_SUFFIXES or (resolved.is_dir() and not _is_template(resolved)):
        kind = "video"
    elif suffix in track_formats.readable_extensions():
        kind = "track"
    # Not `encode`: a path on Linux may be bytes that are no UTF-8.
    named = os.fsencode(resolved) + (f"\0{part}".encode() if part else b"")
    digest = hashlib.sha256(named).hexdigest()[:12]
    name = part or resolved.stem or resolved.name
    return Asset(f"{kind}-{digest}", kind, name, str(resolved), part, corrected)


def person_of(library: Path, name: str) -> Asset:
    """Return the asset that somebody of a library is; of one that ships, wherever Mien lies."""
    asset, root = asset_for(library, part=name), resources_root().resolve()
    if not Path(asset.path).is_relative_to(root):
        return asset
    place = f"{_SHIPPED}{Path(asset.path).relative_to(root).as_posix()}"
    digest = hashlib.sha256(f"{place}\0{name}".encode()).hexdigest()[:12]
    return replace(asset, id=f"avatar-{digest}", path=place)


def _is_capture(path: Path) -> bool:
    if not (path.is_dir() or path.suffix.lower() in CAPTURE_SUFFIXES):
        return False
    # Only now: the readers of datasets are many, and most of what is opened is none.
    from mien.capture.opening import capture_format_of

    return path.exists() and capture_format_of(path) is not None


def _is_template(folder: Path) -> bool:
    from mien.template.selection import template_format_of

    return template_format_of(folder) is not None


def template_asset(name: str) -> Asset:
    """Return the asset of a head template by its name.

    Raises:
        MienError: There is no such template here.
    """
    from mien.template.selection import template_path, template_title

    path = template_path(name)
    if path is not None:
        return asset_for(path)
    return Asset(
        f"template-{name}", "avatar", template_title(name), f"resource:template/{name}.safetensors"
    )


class Library:
    """What has been loaded of a document's assets, by asset id; what failed, and why.

    `loaded` is emitted on a task's thread; the studio's bridge brings it to the interface's. An
    asset may be forgotten or pointed elsewhere at the very moment its file has been read, hence the
    lock: what comes too late is dropped.
    """

    def __init__(self, tasks: TaskRunner) -> None:
        self._tasks = tasks
        self._values: dict[str, Avatar | ExpressionTrack] = {}
        self._captures: dict[str, Capture] = {}
        self._paths: dict[str, str] = {}
        self._errors: dict[str, MienError] = {}
        self._loading: dict[str, Task] = {}
        self._waiting: dict[str, Asset] = {}
        self._shown: frozenset[str] = frozenset()
        self._held = False
        self._lock = threading.Lock()
        self.loaded: Event[str] = Event()

    def avatar(self, asset_id: str) -> Avatar | None:
        """Return an avatar that has been loaded, or None."""
        value = self._values.get(asset_id)
        return None if value is None or isinstance(value, ExpressionTrack) else value

    def capture(self, asset_id: str) -> Capture | None:
        """Return a capture that has been opened, or None."""
        return self._captures.get(asset_id)

    def track(self, asset_id: str) -> ExpressionTrack | None:
        """Return a track that has been read or tracked, a tracked capture's own, or None."""
        value = self._values.get(asset_id)
        return value if isinstance(value, ExpressionTrack) else None

    def error(self, asset_id: str) -> MienError | None:
        """Return why an asset could not be loaded, or None."""
        return self._errors.get(asset_id)

    def task(self, asset_id: str) -> Task | None:
        """Return the task that is loading an asset, or None."""
        return self._loading.get(asset_id)

    def coming(self, asset_id: str) -> bool:
        """Return whether an asset is being loaded, or more of it than is there, or will be."""
        return asset_id in self._loading or asset_id in self._waiting

    def hold(self) -> None:
        """Open no network and no capture that the first picture does without, until `release`."""
        self._held = True

    def release(self) -> None:
        """Load what has been waiting: one after the other, since people share their network."""
        self._held = False
        self._start_waiting()

    def sync(self, document: Document) -> None:
        """Load what the document has and is not loaded; forget what it has no more.

        An asset that was pointed at another file is loaded again; one that failed is not tried
        again by itself.
        """
        present = {asset.id for asset in document.assets}
        looks = (key for look in document.looks.values() for key in look.asset_ids)
        self._shown = frozenset((*looks, *(photo.asset for photo in document.photos.values())))
        for asset_id in [held for held in self._paths if held not in present]:
            self.forget(asset_id)
        for asset in document.assets:
            if self._paths.get(asset.id) == asset.path:
                continue
            self.forget(asset.id)
            self._paths[asset.id] = asset.path
            self._start(asset)

    def forget(self, asset_id: str) -> None:
        """Drop what is held of an asset and stop loading it; `sync` loads it anew."""
        with self._lock:
            task = self._loading.pop(asset_id, None)
            for held in (self._values, self._errors, self._paths, self._waiting):
                held.pop(asset_id, None)
            capture = self._captures.pop(asset_id, None)
        if capture is not None:
            capture.close()
        if task is not None:
            task.cancel()

    def offer(self, asset: Asset, avatar: Avatar) -> None:
        """Hold an avatar that is still being made for an asset, in place of what its file says.

        Offered before the document has the asset, its file is not looked for.
        """
        with self._lock:
            task = self._loading.pop(asset.id, None)
            self._waiting.pop(asset.id, None)
            self._errors.pop(asset.id, None)
            self._paths[asset.id] = asset.path
            self._values[asset.id] = avatar
        if task is not None:
            task.cancel()
        self.loaded.emit(asset.id)

    def load(self, asset: Asset) -> Avatar | Capture | ExpressionTrack:
        """Load an asset here and now, for scripts and tests.

        Raises:
            MienError: It cannot be loaded.
        """
        value = read_asset(asset, lambda _fraction, _message: None)
        self._paths[asset.id] = asset.path
        self._keep(asset, value)
        return value

    def close(self) -> None:
        """Close the captures; nothing is waited for any more."""
        with self._lock:
            self._waiting.clear()
        for asset_id in list(self._captures):
            self.forget(asset_id)

    def _keep(self, asset: Asset, value: Any) -> None:
        if asset.kind != "capture":
            self._values[asset.id] = value
            return
        self._captures[asset.id] = value
        if value.tracking is not None:
            # Worked out once: whoever is driven by it asks with every picture.
            self._values[asset.id] = value.tracking.track(value.times, source=asset.name)

    def _start(self, asset: Asset) -> None:
        def job(task: Task) -> Any:
            ready = ready_person(asset_path(asset), asset.part) if _is_person(asset) else None
            if ready is not None:
                self._show_meanwhile(asset, task, ready)
            dispensable = ready is not None or asset.id not in self._shown
            with self._lock:
                if self._held and dispensable and (_is_person(asset) or asset.kind == "capture"):
                    self._waiting[asset.id] = asset
                    return None
            return read_asset(asset, task.progress)

        def on_change(task: Task) -> None:
            if not task.finished:
                return
            if self._took(asset, task):
                self.loaded.emit(asset.id)
            self._start_waiting()

        def on_queued(task: Task) -> None:
            self._loading[asset.id] = task

        verb = "Tracking" if asset.kind == "video" else "Opening"
        self._tasks.start(f"{verb} {asset.name}", job, on_change=on_change, on_queued=on_queued)

    def _took(self, asset: Asset, task: Task) -> bool:
        """Hold what a task has come to, and return whether there is anything new."""
        with self._lock:
            if self._loading.get(asset.id) is not task:
                return False
            del self._loading[asset.id]
            if task.error is not None:
                self._errors[asset.id] = _as_mien_error(task.error, asset)
            elif task.result is None:
                return False  # It waits.
            else:
                self._keep(asset, task.result)
            return True

    def _start_waiting(self) -> None:
        """Load the next of what has been waiting, if it need not wait any more."""
        with self._lock:
            if self._held or not self._waiting:
                return
            asset = self._waiting.pop(next(iter(self._waiting)))
        self._start(asset)

    def _show_meanwhile(self, asset: Asset, task: Task, ready: Avatar) -> None:
        with self._lock:
            if self._loading.get(asset.id) is not task:
                return
            self._values[asset.id] = ready
        self.loaded.emit(asset.id)


def _is_person(asset: Asset) -> bool:
    """Return whether an asset is somebody of a library, who takes a network."""
    return asset.kind == "avatar" and bool(asset.part)


def read_asset(
    asset: Asset, progress: Callable[[float | None, str], None]
) -> Avatar | Capture | ExpressionTrack:
    """Open an avatar or a capture, read a track or track a video.

    Raises:
        MienError: It cannot be loaded.
    """
    path = asset_path(asset)
    if asset.kind == "avatar":
        return _open_person(path, asset.part) if asset.part else open_avatar(path)
    if asset.kind == "track":
        return open_track(path)
    if asset.kind == "capture":
        from mien.capture.opening import Choice, open_capture

        return open_capture(path, Choice(asset.part, corrected=asset.corrected))
    from mien.driving.tracking import track_video

    if asset.path.startswith(_SHIPPED) and path.with_suffix(_TRACK).is_file():
        # A film that ships brings what is done in it: nobody has to fetch a tracker for it.
        return open_track(path.with_suffix(_TRACK)).replace(source=str(path))
    return track_video(path, progress=progress)


def _open_person(path: Path, name: str) -> Avatar:
    """Open one of the people of a library."""
    from mien.models.torch_library import load_torch_library

    load_torch_library()
    from mien.models.headsup.opened import open_identities

    avatar = open_identities(path).named(name)
    # Here, where nobody waits for it.
    avatar.person()
    return avatar


def _as_mien_error(error: Exception, asset: Asset) -> MienError:
    if isinstance(error, MienError):
        return error
    return UnknownFormat(asset.path, f"cannot be opened ({type(error).__name__}: {error})")

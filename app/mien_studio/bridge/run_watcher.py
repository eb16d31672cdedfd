"""RunWatcher: a training's folder that reads itself again while it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mien.session.training_run import TrainingRun, read_run
from mien_studio.bridge.folder_watcher import FolderWatcher

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

_FOLDER = "training/folder"


class RunWatcher(FolderWatcher):
    """Follow a training beside the user interface.

    Args:
        studio: Who is told of what is wrong, and whose settings remember the folder.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, read_run, _FOLDER)

    @property
    def run(self) -> TrainingRun | None:
        """What was read last."""
        return self._found

    def _differs(self, before: Any, after: Any) -> bool:
        more = len(before.previews) != len(after.previews)
        return more or super()._differs(before, after)

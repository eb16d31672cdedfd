"""StudyWatcher: a scaling study's folder that reads itself again while it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mien.session.study import Study, read_study
from mien_studio.bridge.folder_watcher import FolderWatcher

if TYPE_CHECKING:
    from mien_studio.bridge.studio import Studio

_FOLDER = "study/folder"


class StudyWatcher(FolderWatcher):
    """Follow a study beside the user interface.

    Args:
        studio: Who is told of what is wrong, and whose settings remember the folder.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, read_study, _FOLDER)

    @property
    def study(self) -> Study | None:
        """What was read last."""
        return self._found

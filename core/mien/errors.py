"""The exceptions Mien raises on purpose: one clear line, never a traceback, for whoever reads it.

A message says what, where, why and, where there is something to be done, what to do. The app shows
each once; the command line prints it and exits with 2.
"""

from __future__ import annotations

from pathlib import Path


class MienError(Exception):
    """Report something a person can understand and act on."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = " ".join(message.split())
        self.hint = " ".join(hint.split())
        super().__init__(f"{self.message}. {self.hint}" if self.hint else self.message)


class FileError(MienError):
    """Report a file that cannot be read or written.

    Args:
        path: The file.
        reason: Why, without the path and without a full stop.
        hint: What to do about it.
    """

    def __init__(self, path: str | Path, reason: str, *, hint: str = "") -> None:
        self.path = Path(path)
        self.reason = reason
        super().__init__(f"{path}: {reason}", hint=hint)


class UnknownFormat(FileError):
    """Report a file that no reader recognises."""


class RenderError(MienError):
    """Report a renderer that cannot be made or a picture that cannot be drawn."""


class ModelMissing(MienError):
    """Report a model file that has to be fetched or put in place first."""


class IncompatibleAvatars(MienError):
    """Report avatars whose Gaussians do not correspond, so that they cannot be blended."""


class Cancelled(MienError):
    """Unwind work that its user cancelled."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what)

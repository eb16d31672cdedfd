"""Write files so that a crash at any instant leaves the old one or the new one, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from mien.errors import FileError


@contextmanager
def replacing(path: str | Path) -> Generator[Path]:
    """Give a temporary path beside `path` to write to; on success it takes the place of `path`.

    The bytes are on disk before the rename and the rename is on disk before this returns. After an
    exception the old file stands and the temporary one is gone.

    Raises:
        FileError: The folder does not exist or cannot be written.
    """
    target = Path(path)
    try:
        # The suffix stays at the end, because some writers choose the format by it.
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent
        )
    except OSError as error:
        raise FileError(path, f"cannot be written ({error.strerror})") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _copy_mode(target, temporary)
        _sync(temporary)
        os.replace(temporary, target)  # noqa: PTH105 - the one call that is atomic everywhere
    except OSError as error:
        raise FileError(path, f"cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    with suppress(OSError):
        # Windows has no folders to sync and needs none.
        _sync(target.parent)


def _copy_mode(target: Path, temporary: Path) -> None:
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

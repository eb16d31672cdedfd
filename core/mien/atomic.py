"""Write files so that a crash at any instant leaves the old one or the new one, never half."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from mien.errors import FileError


@contextmanager
def replacing(path: str | Path) -> Generator[Path]:
    """Give a temporary path beside `path` to write to; on success it takes the place of `path`.

    The bytes are on disk before the rename and the rename is on disk before this returns. After an
    exception the old file stands and the temporary one is gone.

    What `path` links to is replaced, not the link. The temporary name begins with a dot: whoever
    lists a folder skips it by that, should a crash have left it behind.

    Raises:
        FileError: The folder does not exist or cannot be written.
    """
    target = Path(os.path.realpath(path))
    # The suffix stays at the end, because some writers choose the format by it.
    temporary = target.with_name(f".{target.stem[:64]}.{secrets.token_hex(6)}{target.suffix}")
    try:
        # Not by `tempfile`, whose files nobody else may read: the system applies the user's mask.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise FileError(path, f"cannot be written ({error.strerror})") from error
    try:
        yield temporary
        put_in_place(temporary, target)
    except OSError as error:
        raise FileError(path, f"cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def put_in_place(temporary: Path, target: Path) -> None:
    """Let a finished file take the place of `target`; both are on disk before this returns.

    Raises:
        OSError: It cannot be done; the old file stands.
    """
    # Windows syncs only what is open for writing, so before a read-only mode is taken over.
    _sync(temporary, os.O_RDWR)
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)
    os.replace(temporary, target)  # noqa: PTH105 - the one call that is atomic everywhere
    with suppress(OSError):
        # Windows has no folders to sync and needs none.
        _sync(target.parent, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

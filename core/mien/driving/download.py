"""Fetch one file over HTTP: resumed where it broke off, checked, and there whole or not at all."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast

from mien.atomic import replacing
from mien.errors import FileError, ModelMissing

Progress = Callable[[float, str], None]

_CHUNK = 64 << 10
_TIMEOUT_SECS = 30.0
_PARTIAL, _RANGE_NOT_SATISFIABLE = 206, 416
_MIB = 1 << 20


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    num_bytes: int,
    progress: Progress | None = None,
    by_hand: str = "",
) -> None:
    """Fetch `url` to `target`.

    What has come lies in `target` + `.part` until all of it is there and its sha256 is right; a
    later call asks the server for the rest only.

    Args:
        url: http or https.
        target: The file; its folder is made.
        sha256: What the contents must have, in hex.
        num_bytes: How many there will be; more are refused.
        progress: Told the fraction done, 0..1, and a line about it; may raise to stop.
        by_hand: What to do without a network, for the error.

    Raises:
        ModelMissing: No network, no such file, or other contents than expected.
        FileError: The folder cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if _size(part) > num_bytes:
            part.unlink()
        if _size(part) < num_bytes:
            _fetch_rest(url, part, num_bytes, progress)
        _put_in_place(part, target, sha256)
    except urllib.error.HTTPError as error:
        error.close()
        why = f"{url} answers {error.code} {error.reason}"
        raise ModelMissing(f"{target.name} could not be fetched: {why}", hint=by_hand) from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", None) or error
        raise ModelMissing(
            f"{target.name} could not be fetched from {url} ({why})", hint=by_hand
        ) from error
    except _WrongContents as error:
        # What came is of no use: the next attempt starts anew.
        part.unlink(missing_ok=True)
        raise ModelMissing(
            f"{target.name} came from {url} with other contents than published ({error})",
            hint=f"Try again; a proxy may have answered instead. {by_hand}",
        ) from error
    except OSError as error:
        raise FileError(target, f"cannot be written ({error.strerror or error})") from error


class _WrongContents(Exception):
    """The bytes that came are not the ones that were asked for."""


def _fetch_rest(url: str, part: Path, num_bytes: int, progress: Progress | None) -> None:
    have = _size(part)
    request = urllib.request.Request(url, headers={"User-Agent": "mien", "Accept": "*/*"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        opened = urllib.request.urlopen(request, timeout=_TIMEOUT_SECS)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_NOT_SATISFIABLE and have:
            error.close()
            raise _WrongContents("the server has fewer bytes") from error
        raise
    with cast(HTTPResponse, opened) as response:
        # A server that ignores the range sends all of it again.
        resumed = response.status == _PARTIAL
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(_CHUNK):
                have += len(chunk)
                if have > num_bytes:
                    raise _WrongContents(f"more than the {num_bytes} bytes expected")
                file.write(chunk)
                if progress is not None:
                    done = f"{have / _MIB:.1f} of {num_bytes / _MIB:.1f} MiB"
                    progress(have / num_bytes, done)
    if have < num_bytes:
        raise ConnectionError(f"the connection broke off after {have} of {num_bytes} bytes")


def _put_in_place(part: Path, target: Path, sha256: str) -> None:
    contents = part.read_bytes()
    found = hashlib.sha256(contents).hexdigest()
    if found != sha256:
        raise _WrongContents(f"sha256 {found[:12]}…, expected {sha256[:12]}…")
    with replacing(target) as temporary:
        temporary.write_bytes(contents)
    part.unlink()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

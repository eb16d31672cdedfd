"""Video files and the face tracker."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from mien.cli.checks.check import Check, Status, package_version
from mien.driving.models import MODELS, find_model
from mien.errors import ModelMissing


def media_checks() -> Iterator[Check]:
    """Check what reads and writes videos, and what reads faces from them."""
    yield _codecs()
    yield _tracker_runtime()
    yield from _models()


def _codecs() -> Check:
    if find_spec("av") is None:
        return Check("video", Status.MISSING, "PyAV is not installed", "pip install av")
    import av
    import av.codec

    versions = ".".join(map(str, av.library_versions["libavcodec"]))
    found = f"PyAV {av.__version__} with libavcodec {versions}"
    if "libx264" not in av.codec.codecs_available:
        return Check(
            "video",
            Status.WARN,
            f"{found}, without libx264: mp4 export is not possible",
            "Install PyAV from its wheel: pip install --force-reinstall --only-binary av av",
        )
    return Check("video", Status.OK, f"{found}, H.264 export by libx264")


def _tracker_runtime() -> Check:
    installed = package_version("ai-edge-litert")
    if installed is None:
        return Check(
            "face tracker", Status.MISSING, "LiteRT is not installed", "pip install ai-edge-litert"
        )
    return Check("face tracker", Status.OK, f"LiteRT {installed}")


def _models() -> Iterator[Check]:
    for model in MODELS.values():
        name = f"model {model.name}"
        try:
            yield Check(name, Status.OK, str(find_model(model.name)))
        except ModelMissing as error:
            yield Check(name, Status.WARN, error.message, error.hint)

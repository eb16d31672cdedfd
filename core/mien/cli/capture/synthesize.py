"""`mien capture synthesize`: captures of people who never lived."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mien import __version__
from mien.capture.protocol import CaptureCamera
from mien.capture.store.pictures import Encoding
from mien.cli.arguments import output_suffix
from mien.cli.capture.arguments import encoding_of, picture_size
from mien.cli.console import progress, say
from mien.errors import MienError

if TYPE_CHECKING:
    from mien.capture.synthetic.production import Frames
    from mien.capture.textured_mesh import TexturedMesh

MAX_FRAMES = 100_000
"""More than an hour: surely a slip of the finger."""


def synthesize(
    *,
    out: Path,
    people: int = 1,
    seed: int = 0,
    rig: str = "dome24",
    size: str = "512",
    frames: str = "neutral",
    track: Path | None = None,
    light: str = "studio",
    background: str = "grey",
    jitter: bool = False,
    texels: Literal[512, 1024, 2048] = 1024,
    samples: int = 2,
    format: Literal["jpeg", "png"] = "jpeg",  # noqa: A002 - what the option is called
    quality: int = 95,
    depth: bool = True,
    workers: int = 2,
    overwrite: bool = False,
    sheet: Path | None = None,
    mesh: Path | None = None,
    texture: Path | None = None,
    flip_texture: bool = False,
) -> None:
    """Film people who never lived, into one `.capture` file each.

    With every picture come its exact camera, mask and depth, the person's shape and expression,
    and landmarks. The same seed gives the same person and the same pictures. Interrupted at any
    point, the same command goes on where it was.

    Args:
        out: The folder to put them in.
        people: How many; their seeds follow each other.
        seed: Of the first person.
        rig: ring16, dome24, dome40 or single.
        size: Of the pictures: 512 for a square, or WxH.
        frames: neutral; neutral+4, for four more expressions of each person's own; expressions,
            for a set that all hold; or how many frames of a performance.
        track: Let everybody do what a track says instead (.h5, .json or .csv).
        light: studio, window, sunset, ring or hard.
        background: grey, white, black, or room for a capture stage.
        jitter: Let cameras stand a little off the plan, as real ones do.
        texels: Along a side of a skin's paint.
        samples: Per pixel along a side, 1 to 8: more show finer hair, with less noise, and take
            longer. Take 4 for pictures to fit or to measure by.
        format: jpeg, or png for every bit.
        quality: Of jpeg, 1 to 100.
        depth: Keep depth.
        workers: Processes that film.
        overwrite: Replace captures of something else in the folder.
        sheet: Also lay out a contact sheet of the people (.png or .jpg).
        mesh: Film this mesh instead, such as a scan (.glb or .obj): Y up, face toward +Z.
        texture: The picture on the mesh.
        flip_texture: Turn that picture upside down.
    """
    from mien.capture.synthetic.production import Production
    from mien.capture.synthetic.sheet import contact_sheet
    from mien.capture.synthetic.synthesize import synthesize as film
    from mien.capture.textured_mesh import read_textured_mesh
    from mien.image import write_image

    if people < 1 or seed < 0:
        raise MienError(f"--people {people} --seed {seed}: at least one person, seeds from 0")
    if sheet is not None:
        output_suffix(sheet, (".png", ".jpg"))
    encoding = encoding_of(format, quality, depth=depth)
    cameras = _cameras(rig, size, seed if jitter else None)
    if mesh is not None:
        if texture is None:
            raise MienError("--mesh takes the picture on it, too: --texture")
        scan = read_textured_mesh(mesh, texture, upside_down=flip_texture)
        _film_mesh(scan, cameras, out, background, encoding, overwrite=overwrite)
        return
    production = Production(
        cameras,
        rig,
        _frames(frames, track),
        light=light,
        backdrop=background,
        texture=texels,
        supersampling=samples,
    )
    seeds = range(seed, seed + people)
    with progress("Filming") as report:
        paths = film(
            production, seeds, out,
            encoding=encoding, num_workers=workers, overwrite=overwrite, report=report,
        )  # fmt: skip
    views = len(production.cameras) * len(production.script(seed).times)
    say(f"{out}: {len(paths):,} people, {views:,} views each")
    if sheet is not None:
        with progress("Contact sheet") as report:
            page = contact_sheet(
                seeds, light=light, backdrop=background, num_workers=workers, report=report
            )
        write_image(sheet, page)
        say(str(sheet))


def _cameras(rig: str, size: str, jitter: int | None) -> tuple[CaptureCamera, ...]:
    from mien.capture.synthetic.rigs import camera_rig

    return camera_rig(rig).cameras(picture_size(size), jitter=jitter)


def _frames(frames: str, track: Path | None) -> Frames:
    """Return what people do.

    Raises:
        MienError: It cannot be understood.
    """
    if track is not None:
        from mien.driving.files import open_track

        return open_track(track)
    from mien.capture.synthetic.moments import Moments

    if frames in ("neutral", "expressions"):
        return frames
    kind, plus, count = frames.partition("+")
    if kind == "neutral" and plus and count.isdecimal() and int(count) <= MAX_FRAMES:
        return Moments(int(count))
    if not frames.isdecimal() or not 1 <= int(frames) <= MAX_FRAMES:
        raise MienError(
            f"--frames {frames}: use neutral, neutral+4, expressions or a number of frames"
        )
    return int(frames)


def _film_mesh(
    mesh: TexturedMesh,
    cameras: tuple[CaptureCamera, ...],
    folder: Path,
    background: str,
    encoding: Encoding,
    *,
    overwrite: bool,
) -> None:
    """Film a mesh by a rig and store it under its own name."""
    from mien.capture.mesh_capture import film_mesh
    from mien.capture.store import import_capture
    from mien.capture.synthetic.backdrops import backdrop_named

    color = backdrop_named(background).color
    if color is None:
        raise MienError(f"--background {background}: a mesh is filmed before one colour")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{mesh.path.stem}.capture"
    provenance = {"made_by": f"mien {__version__}", "command": "capture synthesize"}
    with progress("Filming") as report:
        capture = film_mesh(mesh, cameras, background=color, progress=report)
        import_capture(capture, path, encoding=encoding, provenance=provenance, overwrite=overwrite)
    say(f"{path}: {len(cameras):,} views")

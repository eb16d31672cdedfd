"""Bad files of every kind, written anew for each run: every format with every damage it can take.

Labels are `<format>/<damage>`. Whatever opens files shows one clear line for each of them.
"""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import zstandard

from corpus_identities import identities
from damage import TRILLION, Entries, everyday
from mien.driving.files import write_track
from mien.driving.track import ExpressionTrack
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files import write_cloud
from mien.gaussians.files.formats.spz import write_spz
from mien.template.arkit import ARKIT_NAMES

BadFile = tuple[str, Path]


def random_cloud(num_gaussians: int, *, sh_degree: int = 0, seed: int = 0) -> GaussianCloud:
    """Return a cloud that every format can hold: within a metre, moderate colours."""
    rng = np.random.default_rng(seed)
    k = (sh_degree + 1) ** 2
    sh = rng.uniform(-0.9, 0.9, (num_gaussians, k, 3))
    return GaussianCloud(
        rng.uniform(-1, 1, (num_gaussians, 3)),
        rng.normal(size=(num_gaussians, 4)),
        rng.uniform(-8, -3, (num_gaussians, 3)),
        rng.normal(size=num_gaussians) * 2,
        sh,
    )


def random_track(num_frames: int, *, rate: float = 30.0, seed: int = 0) -> ExpressionTrack:
    """Return a track with weights alone."""
    rng = np.random.default_rng(seed)
    return ExpressionTrack(
        np.arange(num_frames) / rate,
        ARKIT_NAMES,
        rng.uniform(0, 1, (num_frames, len(ARKIT_NAMES))).astype(np.float32),
        source="random",
    )


def compressed_ply(num_gaussians: int, *, num_chunks: int = 1, fill: float = 1.0) -> bytes:
    """Return a compressed PLY whose chunks span from 0 to `fill`."""
    chunk = [f"{end}_{axis}" for end in ("min", "max") for axis in "xyz"]
    chunk += [f"{end}_scale_{axis}" for end in ("min", "max") for axis in "xyz"]
    words = ["packed_position", "packed_rotation", "packed_scale", "packed_color"]
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement chunk {num_chunks}\n"
        + "".join(f"property float {name}\n" for name in chunk)
        + f"element vertex {num_gaussians}\n"
        + "".join(f"property uint {name}\n" for name in words)
        + "end_header\n"
    )
    limits = np.tile(np.repeat([0.0, fill, 0.0, fill], 3), (1, 1)).astype("<f4")
    words_ = np.random.default_rng(0).integers(0, 2**32, (300, 4), dtype=np.uint32)
    return header.encode() + limits.tobytes() + words_.tobytes()


def write_bad_files(folder: Path) -> list[BadFile]:
    """Write the whole corpus into an empty folder."""
    writers = (
        _plys, _compressed, _splats, _spzs, _checkpoints, _jsons, _csvs, _hdf5s, _zips, identities,
    )  # fmt: skip
    entries: list[BadFile] = []
    for write in writers:
        place = folder / write.__name__.strip("_")
        place.mkdir()
        for label, suffix, content in write(place):
            path = place / f"{label.replace('/', '-')}{suffix}"
            if content is not None:
                path.write_bytes(content)
            entries.append((label, path))
    unknown = folder / "notes.txt"
    unknown.write_text("not a model at all\n")
    return [*entries, ("unknown/text", unknown), ("unknown/missing", folder / "missing.ply")]


def _plys(place: Path) -> Entries:
    sound_path = place / "sound.ply"
    write_cloud(sound_path, random_cloud(300, sh_degree=1))
    sound = sound_path.read_bytes()
    yield from everyday("ply", ".ply", sound)
    yield "ply/lying", ".ply", sound.replace(b"vertex 300", b"vertex %d" % TRILLION)
    yield "ply/slightly-lying", ".ply", sound.replace(b"vertex 300", b"vertex 301")
    yield "ply/negative", ".ply", sound.replace(b"vertex 300", b"vertex -300")
    yield "ply/absurd", ".ply", sound.replace(b"vertex 300", b"vertex " + b"9" * 5000)
    yield "ply/none", ".ply", sound.replace(b"vertex 300", b"vertex 0")
    start = sound.index(b"end_header\n") + len(b"end_header\n")
    size = len(sound) - start
    yield "ply/nan", ".ply", sound[:start] + np.full(size // 4, np.nan, "<f4").tobytes()
    yield "ply/inf", ".ply", sound[:start] + np.full(size // 4, np.inf, "<f4").tobytes()
    one = bytearray(sound)
    one[start : start + 4] = np.array([np.nan], "<f4").tobytes()
    yield "ply/one-nan", ".ply", bytes(one)
    yield (
        "ply/no-opacity",
        ".ply",
        sound.replace(b"property float opacity", b"property float other"),
    )
    yield "ply/odd-harmonics", ".ply", sound.replace(b"float f_rest_8", b"float g_rest_8")
    yield "ply/twice", ".ply", sound.replace(b"property float y", b"property float x")
    yield "ply/unknown-type", ".ply", sound.replace(b"property float y", b"property quad y")
    yield "ply/endless-header", ".ply", b"ply\nformat ascii 1.0\n" + b"comment x\n" * 200_000
    yield (
        "ply/mesh",
        ".ply",
        (
            b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
            b"property float z\nelement face 1\nproperty list uchar int indices\nend_header\n"
            b"0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
        ),
    )
    ascii_ = sound[:start].replace(b"binary_little_endian", b"ascii")
    row = b" ".join([b"0.5"] * (size // 300 // 4)) + b"\n"
    yield "ply-ascii/truncated", ".ply", ascii_ + row * 100 + row[:9]
    yield "ply-ascii/short", ".ply", ascii_ + row * 299
    yield "ply-ascii/lying", ".ply", ascii_.replace(b"x 300", b"x %d" % TRILLION) + row * 300
    yield "ply-ascii/words", ".ply", ascii_ + row.replace(b"0.5", b"half") * 300
    yield "ply-ascii/nan", ".ply", ascii_ + row.replace(b"0.5", b"nan") * 300


def _compressed(place: Path) -> Entries:
    sound = compressed_ply(200)
    yield from list(everyday("compressed-ply", ".ply", sound))[1:2]
    yield "compressed-ply/lying", ".ply", compressed_ply(TRILLION, num_chunks=TRILLION)
    yield "compressed-ply/few-chunks", ".ply", compressed_ply(300)
    yield "compressed-ply/nan", ".ply", compressed_ply(200, fill=float("nan"))
    yield "compressed-ply/none", ".ply", compressed_ply(0)
    yield "compressed-ply/no-chunks", ".ply", sound.replace(b"element chunk", b"element other")


def _splats(place: Path) -> Entries:
    record = np.zeros((50, 8), "<f4")
    record[:, 3:6] = 0.01
    sound = record.tobytes()
    yield "splat/empty", ".splat", b""
    yield "splat/truncated", ".splat", sound[:-9]
    yield "splat/nan", ".splat", np.full((50, 8), np.nan, "<f4").tobytes()
    yield "splat/negative", ".splat", (-record - 1).tobytes()
    yield "splat/foreign", ".splat", b"%PDF-1.7 a text of some length\n"


def _spzs(place: Path) -> Entries:
    cloud = random_cloud(300, sh_degree=2)
    for version in (2, 3):
        path = place / f"sound{version}.spz"
        write_spz(path, cloud, version=version)
        packed = path.read_bytes()
        kind = f"spz{version}"
        yield from everyday(kind, ".spz", packed)
        yield f"{kind}/cut-checksum", ".spz", packed[:-6]
        flipped = bytearray(packed)
        flipped[len(packed) // 2] ^= 0xFF
        yield f"{kind}/flipped", ".spz", bytes(flipped)
        raw = gzip.decompress(packed)
        yield f"{kind}/lying", ".spz", gzip.compress(raw[:8] + b"\xff" * 4 + raw[12:])
        yield (
            f"{kind}/slightly-lying",
            ".spz",
            gzip.compress(raw[:8] + struct.pack("<I", 301) + raw[12:]),
        )
        yield f"{kind}/none", ".spz", gzip.compress(raw[:8] + bytes(4) + raw[12:])
        yield f"{kind}/degree", ".spz", gzip.compress(raw[:12] + b"\x09" + raw[13:])
        yield f"{kind}/future", ".spz", gzip.compress(raw[:4] + struct.pack("<I", 99) + raw[8:])
    yield "spz/gzip-of-nothing", ".spz", gzip.compress(b"")
    yield "spz/gzip-of-zeros", ".spz", gzip.compress(bytes(1 << 26))
    yield from _spz4(place, cloud)


def _spz4(place: Path, cloud: GaussianCloud) -> Entries:
    path = place / "sound4.spz"
    write_spz(path, cloud, version=4)
    sound = path.read_bytes()
    yield from everyday("spz4", ".spz", sound)
    yield "spz4/lying", ".spz", sound[:8] + b"\xff" * 4 + sound[12:]
    yield "spz4/slightly-lying", ".spz", sound[:8] + struct.pack("<I", 301) + sound[12:]
    yield "spz4/streams", ".spz", sound[:15] + b"\x02" + sound[16:]
    yield "spz4/toc-outside", ".spz", sound[:16] + b"\xf0\xff\xff\xff" + sound[20:]
    yield "spz4/stream-outside", ".spz", sound[:32] + b"\xff" * 7 + b"\x0f" + sound[40:]
    flipped = bytearray(sound)
    flipped[32 + 6 * 16 + 1] ^= 0xFF
    yield "spz4/flipped", ".spz", bytes(flipped)
    # The first stream is a bomb: a gigabyte of zeros where 2,700 bytes should be.
    zeros = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join(zeros.compress(bytes(1 << 20)) for _ in range(1024)) + zeros.flush()
    old = int.from_bytes(sound[32:40], "little")
    start = 32 + 6 * 16
    yield (
        "spz4/bomb",
        ".spz",
        (sound[:32] + struct.pack("<Q", len(bomb)) + sound[40:start] + bomb + sound[start + old :]),
    )


def _checkpoints(place: Path) -> Entries:
    import torch

    def save(name: str, content: object) -> bytes:
        path = place / name
        torch.save(content, path)
        data = path.read_bytes()
        path.unlink()
        return data

    def splats(n: int = 50) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(0)
        shapes = {"means": (n, 3), "quats": (n, 4), "scales": (n, 3), "opacities": (n,)}
        shapes |= {"sh0": (n, 1, 3), "shN": (n, 3, 3)}
        return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}

    sound = save("a.pt", {"step": 1, "splats": splats()})
    yield from everyday("checkpoint", ".pt", sound)
    huge = torch.zeros(1).expand(TRILLION, 3)
    yield "checkpoint/lying", ".pt", save("b.pt", {"splats": splats() | {"means": huge}})
    yield (
        "checkpoint/nan",
        ".pt",
        save("c.pt", {"splats": splats() | {"means": torch.full((50, 3), torch.nan)}}),
    )
    yield "checkpoint/none", ".pt", save("d.pt", {"splats": splats(0)})
    yield (
        "checkpoint/mismatch",
        ".pt",
        save("e.pt", {"splats": splats() | {"quats": torch.ones(9, 4)}}),
    )
    yield "checkpoint/other", ".pt", save("f.pt", {"model": {"weight": torch.ones(3)}})
    yield "checkpoint/incomplete", ".pt", save("g.pt", {"splats": {"means": torch.ones(3, 3)}})
    yield "checkpoint/no-tensor", ".pt", save("h.pt", {"splats": splats() | {"sh0": [1.0]}})
    # Code in the pickle: refused, not run.
    yield "checkpoint/code", ".pt", save("i.pt", {"splats": Path("/")})
    yield "checkpoint/bomb", ".pt", _deflated(place, {"x/data.pkl": bytes(1 << 26)})


def _deflated(place: Path, entries: dict[str, bytes]) -> bytes:
    path = place / "deflated.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    data = path.read_bytes()
    path.unlink()
    return data


def _jsons(place: Path) -> Entries:
    path = place / "sound.json"
    write_track(path, random_track(20))
    content = json.loads(path.read_text())
    yield from everyday("json", ".json", path.read_bytes())

    def changed(**changes: object) -> bytes:
        return json.dumps({**content, **changes}).encode()

    frames = content["frames"]
    ragged = [{**frames[0], "weights": [0.0]}, *frames[1:]]
    words = [{**frame, "weights": ["much"] * 52} for frame in frames]
    nans = [{**frame, "weights": [float("nan")] * 52} for frame in frames]
    blanks = [{**frame, "weights": [None] * 52} for frame in frames]
    yield "json/other", ".json", b'{"asset": {"version": "2.0"}}'
    yield "json/list", ".json", b"[1, 2, 3]"
    yield "json/deep", ".json", b"[" * 200_000
    yield "json/no-frames", ".json", changed(frames=[])
    yield "json/ragged", ".json", changed(frames=ragged)
    yield "json/words", ".json", changed(frames=words)
    yield "json/nan", ".json", changed(frames=nans)
    yield "json/blank", ".json", changed(frames=blanks)
    yield "json/backwards", ".json", changed(frames=frames[::-1])
    yield "json/names-twice", ".json", changed(names=["jawOpen"] * 52)
    yield "json/poses-short", ".json", changed(head_pose=[[0, 0, 0]])


def _csvs(place: Path) -> Entries:
    path = place / "sound.csv"
    write_track(path, random_track(90))
    text = path.read_text()
    header, first, *rest = text.splitlines(keepends=True)
    yield from list(everyday("csv", ".csv", text.encode()))
    yield "csv/header-only", ".csv", header.encode()
    yield "csv/other", ".csv", b"name,price\nhat,3\n"
    yield "csv/no-shapes", ".csv", b"Timecode,Other\n00:00:00:00,1\n"
    yield "csv/no-timecode", ".csv", text.replace("Timecode", "Clock").encode()
    yield "csv/bad-timecode", ".csv", text.replace("00:00:00", "zero").encode()
    yield "csv/backwards", ".csv", "".join([header, *rest[::-1], first]).encode()
    nans = ",".join([first.split(",")[0], "52", *["nan"] * 52]) + "\n"
    yield "csv/nan", ".csv", (header + nans).encode()
    yield "csv/words", ".csv", (header + nans.replace("nan", "much")).encode()


def _hdf5s(place: Path) -> Entries:
    path = place / "sound.h5"
    write_track(path, random_track(20))
    sound = path.read_bytes()
    yield from everyday("h5", ".h5", sound)

    def variant(label: str) -> tuple[str, str, None, h5py.File]:
        target = place / f"{label.replace('/', '-')}.h5"
        target.write_bytes(sound)
        return label, ".h5", None, h5py.File(target, "r+")

    *entry, file = variant("h5/lying")
    with file:
        del file["weights"]
        file.create_dataset("weights", (TRILLION, 52), "f4", chunks=(1024, 52))
    yield tuple(entry)
    *entry, file = variant("h5/missing")
    with file:
        del file["names"]
    yield tuple(entry)
    *entry, file = variant("h5/nan")
    with file:
        file["weights"][...] = np.nan
    yield tuple(entry)
    *entry, file = variant("h5/outside")
    with file:
        del file["weights"]
        file["weights"] = h5py.ExternalLink("other.h5", "weights")
    yield tuple(entry)
    *entry, file = variant("h5/future")
    with file:
        file.attrs["version"] = 99
    yield tuple(entry)
    *entry, file = variant("h5/other")
    with file:
        del file.attrs["kind"]
    yield tuple(entry)
    *entry, file = variant("h5/mismatch")
    with file:
        del file["times"]
        file["times"] = np.arange(7.0)
    yield tuple(entry)


def _zips(place: Path) -> Entries:
    sound = _deflated(place, {"head/offset.ply": b"ply\n" * 999, "head/skin.glb": b"glTF" * 999})
    yield from everyday("zip", ".zip", sound)
    yield (
        "zip/dots",
        ".zip",
        _deflated(place, {"../offset.ply": b"ply\n", "../../skin.glb": b"glTF"}),
    )
    yield (
        "zip/bomb",
        ".zip",
        _deflated(place, {"head/offset.ply": bytes(1 << 27), "head/skin.glb": b"glTF"}),
    )
    yield "zip/other", ".zip", _deflated(place, {"readme.txt": b"hello"})
    yield "zip/garbage", ".zip", sound

"""Splat formats: round trips, and what each keeps, drops and refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from corpus import random_cloud
from mien.archives import open_archive
from mien.errors import FileError, UnknownFormat
from mien.file_formats import HEAD_BYTES, FileWriter
from mien.gaussians.cloud import GaussianCloud
from mien.gaussians.files import read_cloud, write_cloud
from mien.gaussians.files.formats.gaussian_ply import cloud_from_ply
from mien.gaussians.files.formats.spz import write_spz
from mien.gaussians.files.registry import cloud_formats
from mien.transforms import matrix_from_quat

FIELDS = ("means", "quats", "log_scales", "logit_opacities", "sh")


def assert_same(cloud: GaussianCloud, other: GaussianCloud) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(cloud, name), getattr(other, name), err_msg=name)
    assert set(cloud.extras) == set(other.extras)
    for name, values in cloud.extras.items():
        np.testing.assert_array_equal(values, other.extras[name])
        assert values.dtype == other.extras[name].dtype
    assert (cloud.binding is None) == (other.binding is None)
    if cloud.binding is not None:
        np.testing.assert_array_equal(cloud.binding, other.binding)


def covariances(cloud: GaussianCloud) -> NDArray[np.floating]:
    axes = matrix_from_quat(cloud.quats.astype(np.float64)) * np.exp(cloud.log_scales)[:, None, :]
    return axes @ np.swapaxes(axes, 1, 2)


def finite(shape: tuple[int, ...]) -> st.SearchStrategy[NDArray[np.float32]]:
    return hnp.arrays(np.float32, shape, elements=st.floats(-1e6, 1e6, width=32))


@st.composite
def clouds(draw: st.DrawFn) -> GaussianCloud:
    n = draw(st.integers(1, 5))
    k = draw(st.sampled_from([1, 4, 9, 16]))
    bound = draw(st.booleans())
    extras = {
        name: draw(hnp.arrays(dtype, n, elements=None))
        for name, dtype in (("nx", "<f4"), ("segment", "u1"), ("time", "<f8"), ("label", "<i4"))
        if draw(st.booleans())
    }
    return GaussianCloud(
        draw(finite((n, 3))),
        draw(finite((n, 4))),
        draw(finite((n, 3))),
        draw(finite((n,))),
        draw(finite((n, k, 3))),
        draw(hnp.arrays(np.int32, n, elements=st.integers(0, 2**31 - 1))) if bound else None,
        extras,
    )


@given(cloud=clouds())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
def test_ply_keeps_every_bit(tmp_path: Path, cloud: GaussianCloud) -> None:
    path = tmp_path / "cloud.ply"
    write_cloud(path, cloud)
    assert_same(read_cloud(path), cloud)


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_reads_every_encoding_of_ply(
    tmp_path: Path, encoding: str, newline: str, degree: int
) -> None:
    """Files put together by hand, channel-major harmonics and faces after the vertices included."""
    cloud = random_cloud(7, sh_degree=degree)
    rest = cloud.sh[:, 1:].transpose(0, 2, 1).reshape(7, -1)
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2"]
    names += [f"f_rest_{index}" for index in range(rest.shape[1])]
    names += ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
    columns = [cloud.means, cloud.sh[:, 0], rest, cloud.logit_opacities[:, None]]
    table = np.column_stack([*columns, cloud.log_scales, cloud.quats]).astype(np.float32)
    lines = ["ply", f"format {encoding} 1.0", "comment by hand", "obj_info none"]
    lines += ["element camera 2", "property double focal", "element vertex 7"]
    lines += [f"property float {name}" for name in names]
    lines += ["element face 1", "property list uchar int vertex_indices", "end_header", ""]
    header = newline.join(lines).encode()
    if encoding == "ascii":
        rows = ["1.5", "2.5", *(" ".join(map(repr, row)) for row in table.astype(float).tolist())]
        body = "\n".join([*rows, "3 0 1 2", ""]).encode()
    else:
        order = "<" if "little" in encoding else ">"
        camera = np.array([1.5, 2.5], f"{order}f8").tobytes()
        face = b"\x03" + np.arange(3).astype(f"{order}i4").tobytes()
        body = camera + table.astype(f"{order}f4").tobytes() + face
    path = tmp_path / "cloud.ply"
    path.write_bytes(header + body)
    assert_same(read_cloud(path), cloud)


def test_surfels_of_2dgs_become_flat(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_cloud(path, random_cloud(5))
    content = path.read_bytes().replace(b"property float scale_2", b"property float tag____")
    path.write_bytes(content)
    cloud = read_cloud(path)
    flat = cloud.log_scales[:, :2].min(axis=1) + np.log(1e-3)
    np.testing.assert_allclose(cloud.log_scales[:, 2], flat, rtol=1e-6)


def test_binding_as_float_is_read_and_nonsense_refused(tmp_path: Path) -> None:
    path = tmp_path / "bound.ply"
    triangles = np.array([0, 9975, 123456], np.int32)
    write_cloud(path, random_cloud(3).replace(binding=triangles))
    binary = path.read_bytes()
    start = binary.index(b"end_header\n") + 11
    as_float = binary[:start].replace(b"property int binding_0", b"property float binding_0")
    body = np.frombuffer(binary[start:], "<i4").reshape(3, -1).copy()
    body[:, -1] = triangles.astype("<f4").view("<i4")
    path.write_bytes(as_float + body.tobytes())
    np.testing.assert_array_equal(read_cloud(path).binding, triangles)
    body[0, -1] = np.array(-1.5, "<f4").view("<i4")
    path.write_bytes(as_float + body.tobytes())
    with pytest.raises(FileError, match="triangle index"):
        read_cloud(path)


def test_infinite_opacities_and_flat_axes_are_made_finite(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    marker = np.float32(12345.678)
    cloud = random_cloud(4)
    logits, scales = np.array(cloud.logit_opacities), np.array(cloud.log_scales)
    logits[:2], scales[0, 0] = [marker, -marker], 2 * marker
    write_cloud(path, cloud.replace(logit_opacities=logits, log_scales=scales))
    content = path.read_bytes()
    for old, new in ((marker, np.inf), (-marker, -np.inf), (2 * marker, -np.inf)):
        assert content.count(np.float32(old).tobytes()) == 1
        content = content.replace(np.float32(old).tobytes(), np.float32(new).tobytes())
    path.write_bytes(content)
    read = read_cloud(path)
    np.testing.assert_allclose(read.opacities[:2], [1, 0], atol=1e-6)
    assert np.exp(read.log_scales[0, 0]) == pytest.approx(1e-9, rel=1e-4)


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_ply_to_spz_to_ply_is_the_identity_up_to_quantisation(
    tmp_path: Path, version: int, degree: int
) -> None:
    cloud = random_cloud(500, sh_degree=degree)
    write_spz(tmp_path / "cloud.spz", cloud, version=version)
    read = read_cloud(tmp_path / "cloud.spz")
    assert read.sh_degree == degree
    np.testing.assert_allclose(read.means, cloud.means, atol=0.5 / 2**16 + 1e-7)
    np.testing.assert_allclose(read.log_scales, cloud.log_scales, atol=0.5 / 16 + 1e-6)
    np.testing.assert_allclose(read.opacities, cloud.opacities, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(read.sh[:, 0], cloud.sh[:, 0], atol=0.5 / 255 / 0.15 + 1e-6)
    np.testing.assert_allclose(read.sh[:, 1:], cloud.sh[:, 1:], atol=0.5 / 128 + 1e-6)
    same_scales = replace(read, log_scales=cloud.log_scales)
    largest = np.exp(2 * cloud.log_scales).max(axis=1)[:, None, None]
    difference = (covariances(same_scales) - covariances(cloud)) / largest
    assert np.abs(difference).max() < (0.2 if version == 2 else 0.01)
    # A second pass changes nothing: every value is in the middle of its step.
    write_spz(tmp_path / "again.spz", read, version=version)
    again = read_cloud(tmp_path / "again.spz")
    for name in ("means", "log_scales", "logit_opacities", "sh"):
        np.testing.assert_array_equal(getattr(again, name), getattr(read, name))


def test_spz_takes_far_positions_with_fewer_bits(tmp_path: Path) -> None:
    cloud = random_cloud(20)
    far = cloud.replace(means=cloud.means * 5000)
    write_cloud(tmp_path / "far.spz", far)
    np.testing.assert_allclose(read_cloud(tmp_path / "far.spz").means, far.means, atol=1e-3)
    with pytest.raises(FileError, match="beyond what SPZ can hold"):
        write_cloud(tmp_path / "x.spz", cloud.replace(means=cloud.means * 1e9))


def test_spz_refuses_a_binding_and_writes_nothing(tmp_path: Path) -> None:
    bound = random_cloud(3).replace(binding=np.zeros(3, np.int32))
    with pytest.raises(FileError, match=r"bound to triangles.*\.ply"):
        write_cloud(tmp_path / "bound.spz", bound)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="2, 3 or 4"):
        write_spz(tmp_path / "x.spz", random_cloud(3), version=1)


def test_same_cloud_gives_the_same_file(tmp_path: Path) -> None:
    for suffix in (".ply", ".spz"):
        first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        write_cloud(first, random_cloud(50))
        write_cloud(second, random_cloud(50))
        assert first.read_bytes() == second.read_bytes()


def test_reads_a_real_lam_head(shared_data: Path, tmp_path: Path) -> None:
    with open_archive(shared_data / "lam" / "p2-1.zip") as archive:
        content = archive.read("p2-1/offset.ply")
    cloud = cloud_from_ply(content, "p2-1.zip")
    assert cloud.num_gaussians == 20018
    assert cloud.sh_degree == 0
    assert set(cloud.extras) == {"nx", "ny", "nz"}
    assert np.abs(cloud.means).max() < 0.3
    # LAM writes plain colours in place of harmonics.
    assert -0.2 < cloud.sh.min() < 0.1
    assert 0.9 < cloud.sh.max() < 1.3
    write_cloud(tmp_path / "again.ply", cloud)
    assert_same(read_cloud(tmp_path / "again.ply"), cloud)
    # Byte for byte, but for our line in the header.
    again = (tmp_path / "again.ply").read_bytes()
    assert again.replace(b"comment Written by Mien\n", b"") == content


def test_reads_gsplat_checkpoints(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    cloud = random_cloud(30, sh_degree=3)
    splats = {
        "means": cloud.means,
        "quats": cloud.quats,
        "scales": cloud.log_scales,
        "opacities": cloud.logit_opacities,
        "sh0": cloud.sh[:, :1],
        "shN": cloud.sh[:, 1:],
    }
    tensors = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in splats.items()}
    path = tmp_path / "ckpt_29999_rank0.pt"
    torch.save({"step": 29999, "splats": tensors}, path)
    assert_same(read_cloud(path), cloud)


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_cloud(path, random_cloud(5))
    before = path.read_bytes()
    broken = random_cloud(5)
    means = np.array(broken.means)
    means[2] = np.nan
    with pytest.raises(FileError, match="1 of its 5 Gaussians"):
        write_cloud(path, broken.replace(means=means))
    strange = broken.replace(extras={"odd": np.zeros(5, np.complex64)})
    with pytest.raises(FileError, match="odd"):
        write_cloud(path, strange)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileError, match="cannot be written"):
        write_cloud(tmp_path / "absent" / "cloud.ply", random_cloud(5))
    with pytest.raises(UnknownFormat, match=r"\.ply"):
        write_cloud(tmp_path / "cloud.obj", random_cloud(5))


def test_the_format_of_a_file_has_a_name(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_cloud(path, random_cloud(40, sh_degree=2).replace(binding=np.zeros(40, np.int32)))
    assert cloud_formats.find(path).name == "3DGS PLY"


def test_formats_are_found_by_content_where_there_is_a_mark(tmp_path: Path) -> None:
    for suffix in (".ply", ".spz"):
        write_cloud(tmp_path / f"cloud{suffix}", random_cloud(9))
    (tmp_path / "cloud.ply").rename(tmp_path / "model.dat")
    assert read_cloud(tmp_path / "model.dat").num_gaussians == 9
    write_spz(tmp_path / "four.spz", random_cloud(9), version=4)
    (tmp_path / "four.spz").rename(tmp_path / "four")
    (tmp_path / "cloud.spz").rename(tmp_path / "three")
    assert read_cloud(tmp_path / "three").num_gaussians == 9
    assert read_cloud(tmp_path / "four").num_gaussians == 9
    with pytest.raises(UnknownFormat):
        cloud_formats.find(Path(__file__))
    with pytest.raises(FileError):
        cloud_formats.find(tmp_path / "absent")


@pytest.mark.parametrize("name", cloud_formats.names())
def test_every_format_keeps_the_contract(name: str, tmp_path: Path) -> None:
    entry = cloud_formats.get(name)
    assert entry.name
    assert all(
        extension.startswith(".") and extension == extension.lower()
        for extension in entry.extensions
    )
    assert not entry.probe(tmp_path / "other.xyz", b"something else entirely")
    assert set(entry.extensions) <= set(cloud_formats.readable_extensions())
    assert set(cloud_formats.writable_extensions()) == {".ply", ".spz"}
    for extension in entry.extensions:
        path = tmp_path / f"broken{extension}"
        path.write_bytes(b"ply\npacked_position\n, and then something else entirely")
        if entry.probe(path, path.read_bytes()):
            with pytest.raises(FileError, match="broken") as caught:
                entry.read(path)
            assert "\n" not in str(caught.value)
    if isinstance(entry, FileWriter):
        for extension in entry.extensions:
            path = tmp_path / f"sound{extension}"
            entry.write(path, random_cloud(30, sh_degree=1))
            assert entry.probe(path, path.read_bytes()[:HEAD_BYTES])
            assert entry.read(path).num_gaussians == 30
            assert read_cloud(path).sh_degree == 1

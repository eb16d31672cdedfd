from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from filmed_scenes import rig_around
from mien.capture.mesh_capture import film_mesh, place_in_rig, subdivision
from mien.capture.protocol import Capture
from mien.capture.textured_mesh import read_textured_mesh
from mien.errors import FileError
from mien.image import write_image

# A unit square facing +Z whose picture is red, green / blue, white.
_SQUARE = """v -0.5 -0.5 0
v 0.5 -0.5 0
v 0.5 0.5 0
v -0.5 0.5 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
f 1/1 2/2 3/3 4/4
"""


@pytest.fixture
def square(tmp_path: Path) -> Path:
    (tmp_path / "square.obj").write_text(_SQUARE)
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :32], picture[:32, 32:] = (255, 0, 0), (0, 255, 0)
    picture[32:, :32], picture[32:, 32:] = (0, 0, 255), (255, 255, 255)
    write_image(tmp_path / "square.png", picture)
    return tmp_path / "square.obj"


def test_a_square_is_filmed_where_it_stands_and_in_its_colours(square: Path) -> None:
    mesh = read_textured_mesh(square, square.with_suffix(".png"))
    cameras = rig_around(4, 96)
    motion = np.diag([0.2, 0.2, 0.2, 1.0])
    capture = film_mesh(mesh, cameras, head_from_mesh=motion, background=(10, 20, 30))
    assert isinstance(capture, Capture)
    view = capture.view("c0", 0)
    assert view.mask is not None
    assert view.depth is not None
    # Camera c0 looks at the square from +Z.
    for place, strongest in [((-0.05, 0.05), 0), ((0.05, 0.05), 1), ((-0.05, -0.05), 2)]:
        pixels, depths = cameras[0].camera.project(np.array([[*place, 0.0]]))
        column, row = np.floor(pixels[0]).astype(int)
        assert view.image[row, column].argmax() == strongest
        assert view.image[row, column].max() > 3 * np.sort(view.image[row, column])[1]
        assert view.mask[row, column] == 255
        assert view.depth[row, column] == pytest.approx(depths[0], abs=1e-3)
    assert view.image[2, 2].tolist() == [10, 20, 30]
    assert view.mask[2, 2] == 0
    corners, _ = cameras[0].camera.project(np.array([[-0.1, -0.1, 0], [0.1, 0.1, 0]]))
    area = abs(float(np.prod(corners[1] - corners[0])))
    assert view.mask.sum() / 255 == pytest.approx(area, rel=0.02)


def test_a_mesh_is_put_where_heads_are(square: Path) -> None:
    motion = place_in_rig(read_textured_mesh(square, square.with_suffix(".png")))
    assert motion[0, 0] == pytest.approx(0.371)
    np.testing.assert_allclose(motion[:3, 3], [0, -0.078, -0.013])


def test_cut_triangles_cover_the_whole(square: Path) -> None:
    triangles, shares, faces = subdivision(2, 3)
    assert len(faces) == 2 * 9
    assert (shares.sum(axis=1) == 1).all()
    corners = np.array([[[0, 0], [1, 0], [0, 1]], [[1, 0], [1, 1], [0, 1]]], float)
    points = np.einsum("pk,pkc->pc", shares, corners[triangles])[faces]
    one, two = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    areas = (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    np.testing.assert_allclose(areas, 1 / 18, rtol=1e-6)


def test_the_scan_is_read_with_its_picture_the_right_way_up(shared_data: Path) -> None:
    folder = shared_data / "LeePerrySmith"
    mesh = read_textured_mesh(
        folder / "LeePerrySmith.glb", folder / "Map-COL.jpg", upside_down=True
    )
    assert len(mesh.vertices) == 9279
    assert len(mesh.faces) == 17684
    # The lips are redder than the forehead.
    uv = mesh.corner_uv[:, 0]
    colors, places = mesh.sample(uv), mesh.vertices[mesh.faces[:, 0]]
    front = (np.abs(places[:, 0]) < 0.25) & (places[:, 2] > 1.2)
    redness = colors[:, 0] - colors[:, 1:].mean(axis=1)
    reddest = places[front][redness[front].argsort()[-20:]].mean(axis=0)
    nose = places[places[:, 2].argmax()]
    assert reddest[1] < nose[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 0 0\n", "no triangles"),
        ("v 0 0 nought\nf 1 1 1\n", "damaged OBJ"),
        ("v 0 0 0\nvt 0 0\nf 1/1 2/1 3/1\n", "index outside"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "no texture coordinates"),
    ],
)
def test_bad_meshes_give_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.obj"
    path.write_text(text)
    write_image(tmp_path / "x.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(FileError, match=message):
        read_textured_mesh(path, tmp_path / "x.png")


def test_other_files_are_no_meshes(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_text("solid")
    with pytest.raises(FileError, match="no mesh"):
        read_textured_mesh(tmp_path / "a.stl", tmp_path / "x.png")
    with pytest.raises(FileError, match="cannot be read"):
        read_textured_mesh(tmp_path / "none.glb", tmp_path / "x.png")

"""Anybody's OBJ and GLB meshes open as head templates, with their pictures and morph targets."""

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from mien.avatar.kinds.template import template_avatar
from mien.avatar.state import AvatarState
from mien.errors import FileError
from mien.image import write_image
from mien.template.reading.mesh import read_mesh
from mien.template.reading.picture_beside import picture_beside, upside_down
from mien.template.selection import open_template
from mien.template.sources.mien_head import mien_head
from mien.template.texture import SurfaceTexture, halved, sample
from mien.template.unwrapping import overlapping

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
TWO = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)


def glb(path, document, *buffers):
    """Write a GLB with one buffer view and accessor for each array."""
    binary, views, accessors = b"", [], []
    for array in buffers:
        data = array if isinstance(array, bytes) else array.tobytes()
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
        binary += data + b"\0" * (-len(data) % 4)
        if not isinstance(array, bytes):
            accessors.append({
                "bufferView": len(views) - 1, "count": len(array),
                "componentType": 5125 if array.dtype == np.uint32 else 5126,
                "type": {(): "SCALAR", (2,): "VEC2", (3,): "VEC3"}[array.shape[1:]],
            })  # fmt: skip
    held = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(binary)}],
            "bufferViews": views, "accessors": accessors, **document}  # fmt: skip
    text = json.dumps(held).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path


def png(color):
    held = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(held, "png")
    return held.getvalue()


def moving(path, **node):
    """Write our head, 100 times as large, as a GLB with a picture and two morph targets."""
    ours = mien_head()
    smile = (100 * ours.expression("mouthSmileLeft")).astype(np.float32)
    uv = np.zeros((ours.num_vertices, 2), np.float32)
    document = {
        "nodes": [{"mesh": 0, **node}],
        "meshes": [{
            "primitives": [{
                "attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0,
                "targets": [{"POSITION": 3}, {"POSITION": 3}],
            }],
            "extras": {"targetNames": ["Head.mouthSmile_L", "Fcl_ALL_Angry"]},
        }],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 4, "mimeType": "image/png"}],
    }  # fmt: skip
    faces = ours.faces.astype(np.uint32).reshape(-1)
    points = (100 * ours.neutral).astype(np.float32)
    return glb(path, document, points, uv, faces, smile, png((200, 40, 90)))


def test_a_glb_moves_by_its_arkit_targets_and_has_its_size_and_picture(tmp_path):
    ours = mien_head()
    avatar = template_avatar(moving(tmp_path / "head.glb", translation=[3, 0, 5]))
    head = avatar.head
    assert head.expression_names == ("mouthSmileLeft",)
    assert avatar.joints == ("head",)
    assert avatar.latent_space is None
    assert np.ptp(head.neutral[:, 1]) == pytest.approx(np.ptp(ours.neutral[:, 1]), rel=1e-4)
    moved = avatar.surface(AvatarState.of({"mouthSmileLeft": 1.0})) - head.neutral
    expected = ours.expression("mouthSmileLeft")
    assert np.abs(moved).max() == pytest.approx(np.abs(expected).max(), rel=1e-3)
    # Its texture coordinates are all the same place: it gets an atlas, and keeps its picture.
    assert not overlapping(head.uv, head.uv_faces)
    assert head.texture is not None
    triangles = np.arange(5, dtype=np.int32)
    found = head.texture.colors(triangles, np.full((5, 3), 1 / 3, np.float32), side=2)
    np.testing.assert_allclose(found * 255, np.tile([200, 40, 90], (5, 1)), atol=1)


def test_nodes_place_and_mirror_meshes(tmp_path):
    document = {
        "nodes": [{"children": [1], "scale": [2, 2, 2]},
                  {"mesh": 0, "translation": [1, 0, 0], "scale": [-1, 1, 1]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
    }  # fmt: skip
    mesh = read_mesh(glb(tmp_path / "a.glb", document, SQUARE, TWO.reshape(-1)))
    np.testing.assert_allclose(mesh.vertices, 2 * (SQUARE * [-1, 1, 1] + [1, 0, 0]), atol=1e-6)
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 2] > 0).all(), "a mirrored mesh is not inside out"
    assert mesh.corner_uv is None


def test_an_obj_has_the_picture_its_material_names(tmp_path):
    (tmp_path / "a.obj").write_text(
        "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
        "usemtl red\nf 1/1 2/2 3/3\nusemtl bare\nf 1/1 3/3 4/4\n"
    )
    (tmp_path / "a.mtl").write_text("newmtl red\nmap_Kd C:\\somewhere\\red.png\nnewmtl bare\n")
    (tmp_path / "red.png").write_bytes(png((255, 0, 0)))
    mesh = read_mesh(tmp_path / "a.obj")
    assert mesh.texture is not None
    found = mesh.texture.colors(np.array([0, 1]), np.full((2, 3), 1 / 3, np.float32))
    np.testing.assert_allclose(found[0], [1, 0, 0], atol=1e-6)
    assert 0.5 < found[1].mean() < 0.8


def test_pictures_beside_a_mesh(tmp_path):
    mesh = tmp_path / "scan.obj"
    assert picture_beside(mesh) is None
    for name in ("scan_normal.png", "Map-COL.png"):
        (tmp_path / name).write_bytes(png((1, 2, 3)))
    assert picture_beside(mesh) == tmp_path / "Map-COL.png"
    (tmp_path / "Scan.PNG").write_bytes(png((1, 2, 3)))
    assert picture_beside(mesh) == tmp_path / "Scan.PNG"


def test_the_scan_turns_its_picture_the_right_way_round(shared_data):
    path = shared_data / "LeePerrySmith" / "LeePerrySmith.glb"
    head = open_template(path)
    assert head.texture is not None
    mesh = read_mesh(path)
    assert mesh.texture is None
    assert not upside_down(mesh, head.texture.pictures[0])
    assert upside_down(mesh, head.texture.pictures[0][::-1])
    # The lips are the reddest place of the middle of the face: below the tip of the nose.
    middle = np.full((len(head.faces), 3), 1 / 3, np.float32)
    colors = head.texture.colors(np.arange(len(head.faces), dtype=np.int32), middle)
    places = head.neutral[head.faces].mean(axis=1)
    front = (np.abs(places[:, 0]) < 0.0117) & (places[:, 2] > 0.056)
    redness = colors[:, 0] - colors[:, 1:].mean(axis=1)
    lips = places[front][redness[front].argsort()[-20:]].mean(axis=0)
    nose = head.neutral[head.neutral[:, 2].argmax()]
    assert -0.08 < lips[1] - nose[1] < -0.01
    # Seams of texture coordinates are none of the surface.
    assert head.num_vertices < len(mesh.vertices)


@pytest.mark.parametrize(("height", "metres"), [(0.3, 0.3), (30.0, 0.3), (300.0, 0.3), (4.0, None)])
def test_units_are_told_by_the_height(tmp_path, height, metres):
    square = SQUARE * height
    lines = ["v {} {} {}".format(*v) for v in square]
    (tmp_path / "a.obj").write_text("\n".join([*lines, "f 1 2 3 4"]) + "\n")
    found = float(np.ptp(open_template(tmp_path / "a.obj").neutral[:, 1]))
    expected = float(np.ptp(mien_head().neutral[:, 1])) if metres is None else metres
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"extensionsRequired": ["KHR_draco_mesh_compression"]}, "packed with KHR_draco"),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 9}}]}]}, r"accessors\[9\]"),
        ({"meshes": [{"primitives": [{"attributes": 3}]}]}, "damaged"),
        ({"meshes": []}, "no triangles"),
        ({"nodes": [{"mesh": 0, "scale": "large"}]}, "node is damaged"),
        ({"nodes": [{"mesh": 7}]}, r"meshes\[7\]"),
        (
            {
                "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
                "textures": [{"source": 0}],
                "images": [{"bufferView": 99}],
            },
            r"bufferViews\[99\]",
        ),
    ],
)
def test_what_is_wrong_with_a_glb_is_said_in_one_line(tmp_path, change, said):
    uv = SQUARE[:, :2].copy()
    document = {
        "meshes": [{
            "primitives": [{
                "attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0,
            }]
        }],
        "materials": [{}],
        **change,
    }  # fmt: skip
    path = glb(tmp_path / "a.glb", document, SQUARE, uv, TWO.reshape(-1))
    with pytest.raises(FileError, match=said) as caught:
        open_template(path)
    assert "\n" not in str(caught.value)


def test_textures_are_sampled_and_averaged():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:2, :2] = 255
    # v counts upward: the first row is at the top.
    assert sample(picture, [[0.125, 0.875]]).tolist() == [[1, 1, 1]]
    assert sample(picture, [[1.125, -0.125]]).tolist() == [[1, 1, 1]], "pictures repeat"
    assert halved(picture, 2).tolist() == [[[255] * 3, [0] * 3], [[0] * 3, [0] * 3]]
    assert halved(picture, 3) is picture
    with pytest.raises(ValueError, match="not there"):
        SurfaceTexture((picture,), np.array([1]), np.zeros((1, 3, 2)), np.zeros((1, 3)))


def test_a_picture_that_is_none_is_said(tmp_path):
    write_image(tmp_path / "unused.png", np.zeros((2, 2, 3), np.uint8))
    (tmp_path / "a.obj").write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nf 1/1 2/2 3/3\n"
    )
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(FileError, match=r"a\.jpg.*picture"):
        open_template(tmp_path / "a.obj")

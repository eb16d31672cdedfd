"""The shipped head template: its pieces hold together and its expressions do what they say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mien.avatar.protocol import REGIONS
from mien.errors import FileError, MienError
from mien.template.arkit import ARKIT_NAMES, mirrored_name
from mien.template.files import read_template
from mien.template.head import HeadTemplate
from mien.template.selection import open_template, templates
from mien.template.sources.mien_head import mien_head, shipped_file

FLIP = np.array([-1, 1, 1], np.float32)


@pytest.fixture(scope="module")
def head() -> HeadTemplate:
    return mien_head()


def skin_normals(head: HeadTemplate, points: np.ndarray) -> np.ndarray:
    corners = points[head.faces]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def test_every_registered_template_opens_by_its_name() -> None:
    assert "mien_head" in templates.names()
    for name in templates.names():
        assert open_template(name).name == name


def test_unknown_template_is_one_clear_error() -> None:
    with pytest.raises(MienError, match="no 'nobody' among the templates"):
        open_template("nobody")


def test_template_is_loaded_once(head: HeadTemplate) -> None:
    assert open_template("mien_head") is head


def test_damaged_file_is_one_clear_error(tmp_path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(shipped_file().read_bytes()[:5000])
    with pytest.raises(FileError, match=r"cut\.safetensors"):
        read_template(path)
    with pytest.raises(FileError, match="nowhere"):
        read_template(tmp_path / "nowhere.safetensors")


def test_template_is_small_and_metric(head: HeadTemplate) -> None:
    assert shipped_file().stat().st_size < 4_000_000
    assert 5_000 < head.num_vertices < 13_000
    neck = head.region_names.index("neck")
    face = head.neutral[head.region_weights[:, neck] < 0.5]
    height = np.ptp(face[:, 1])
    assert 0.18 < height < 0.26
    assert np.abs(face.min(axis=0) + face.max(axis=0))[1:].max() < 0.01
    nose = head.neutral[head.landmarks["nose_bridge_3"]]
    assert nose[2] == pytest.approx(face[:, 2].max(), abs=0.004)


def test_each_piece_is_a_manifold(head: HeadTemplate) -> None:
    boundaries = {}
    for part in head.part_names:
        directed = Counter()
        for corners in head.faces[head.part_faces(part)]:
            for a, b in zip(corners, np.roll(corners, -1), strict=True):
                directed[int(a), int(b)] += 1
        assert max(directed.values()) == 1, f"{part}: triangles disagree about their outside"
        boundaries[part] = sum((b, a) not in directed for a, b in directed)
    assert boundaries["eye_left"] == boundaries["eye_right"] == 0
    # The bust's edge is the skin's only opening, and the base closes exactly that.
    assert boundaries["skin"] == boundaries["base"] > 50


def test_nothing_degenerates(head: HeadTemplate) -> None:
    areas = np.linalg.norm(skin_normals(head, head.neutral), axis=1)
    assert areas.min() > 0
    frames = head.tangent_frames()
    identity = np.broadcast_to(np.eye(3), frames.shape)
    np.testing.assert_allclose(np.swapaxes(frames, 1, 2) @ frames, identity, atol=1e-4)


def test_atlas_lies_in_the_unit_square_without_overlap(head: HeadTemplate) -> None:
    assert head.uv.min() >= 0
    assert head.uv.max() <= 1
    corners = head.uv[head.uv_faces].astype(np.float64)
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    signed = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    size = 512
    hits = np.zeros((size, size), np.int32)
    for (x0, y0), (x1, y1), (x2, y2) in corners * size:
        left, right = int(min(x0, x1, x2)), int(max(x0, x1, x2))
        low, high = int(min(y0, y1, y2)), int(max(y0, y1, y2))
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        x, y = np.meshgrid(np.arange(left, right + 1) + 0.5, np.arange(low, high + 1) + 0.5)
        b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        # Strictly inside, so that a centre on a shared edge does not count twice.
        inside = np.minimum(np.minimum(b, c), 1 - b - c) > 1e-6
        hits[low : high + 1, left : right + 1][inside] += 1
    assert hits.max() == 1
    assert hits.mean() > 0.8
    # The skin keeps its orientation: a mirrored map would turn lettering and normals over.
    assert (signed[head.part_faces("skin")] > 0).all()


def test_position_map_finds_the_surface(head: HeadTemplate) -> None:
    chart = head.position_map(128)
    assert chart.covered.mean() > 0.8
    np.testing.assert_allclose(chart.barycentric[chart.covered].sum(axis=1), 1, atol=1e-5)
    places = chart.sample(head.neutral, head.faces)
    rows, columns = np.nonzero(chart.covered)
    uv = chart.sample(head.neutral * 0 + 1, head.faces)
    assert uv[rows, columns].min() > 0.999
    # The texel of the nose's tip shows the nose's tip.
    tip = head.landmarks["nose_bridge_3"]
    corner = np.argwhere(head.faces == tip)[0]
    u, v = head.uv[head.uv_faces[corner[0], corner[1]]]
    shown = places[int((1 - v) * 128), int(u * 128)]
    assert np.linalg.norm(shown - head.neutral[tip]) < 0.004
    with pytest.raises(ValueError, match="positive"):
        head.position_map(0)


def test_spans_say_how_far_apart_neighbouring_texels_lie(head: HeadTemplate) -> None:
    side = 256
    chart, spans = head.position_map(side), head.texel_spans(side)
    points = chart.sample(head.neutral, head.faces)
    for axis, rows, columns in ((0, 0, 1), (1, 1, 0)):
        here = chart.triangles[: side - rows, : side - columns]
        same = (here >= 0) & (here == chart.triangles[rows:, columns:])
        apart = np.linalg.norm(
            points[rows:, columns:] - points[: side - rows, : side - columns], axis=2
        )
        assert same.sum() > 10_000
        within = same & (apart > 3e-4) & (apart < 8e-3)
        np.testing.assert_allclose(apart[within], spans[here[within], axis], rtol=1e-3)
    larger = head.texel_spans(side, 1.5 * head.neutral)
    assert (larger >= spans).all()


def test_face_gets_most_of_the_map(head: HeadTemplate) -> None:
    chart = head.position_map(256)
    regions = chart.sample(head.region_weights, head.faces)[chart.covered].mean(axis=0)
    share = dict(zip(head.region_names, regions, strict=True))
    assert share["scalp"] + share["neck"] + share["ears"] < 0.5


def test_mirror_is_an_involution_of_a_symmetric_face(head: HeadTemplate) -> None:
    assert (head.mirror[head.mirror] == np.arange(head.num_vertices)).all()
    np.testing.assert_allclose(head.neutral[head.mirror] * FLIP, head.neutral, atol=2e-6)
    for name, vertex in head.landmarks.items():
        if "left" in name:
            other = head.landmarks[name.replace("left", "right")]
            assert head.neutral[vertex, 0] > 0
            assert other == head.mirror[vertex]
    assert len(head.landmarks) >= 60


def test_expressions_mirror_each_other(head: HeadTemplate) -> None:
    assert head.expression_names == ARKIT_NAMES
    for name in ARKIT_NAMES:
        here, there = head.expression(name), head.expression(mirrored_name(name))
        np.testing.assert_allclose(there[head.mirror] * FLIP, here, atol=6e-5, err_msg=name)
        assert np.linalg.norm(here, axis=1).max() > 0.001, name
    with pytest.raises(KeyError, match="no expression"):
        head.expression("earWiggle")


@pytest.mark.parametrize(
    ("name", "landmark", "axis", "sign"),
    [
        ("jawOpen", "chin", 1, -1), ("jawLeft", "chin", 0, 1), ("jawForward", "chin", 2, 1),
        ("mouthSmileLeft", "lip_left_corner", 1, 1), ("mouthFrownRight", "lip_right_corner", 1, -1),
        ("browInnerUp", "brow_left_0", 1, 1), ("browDownRight", "brow_right_1", 1, -1),
        ("browOuterUpLeft", "brow_left_4", 1, 1), ("eyeBlinkLeft", "lid_left_upper_inner", 1, -1),
        ("eyeWideRight", "lid_right_upper_inner", 1, 1), ("mouthPucker", "lip_left_corner", 0, -1),
        ("mouthStretchLeft", "lip_left_corner", 0, 1), ("mouthLeft", "lip_upper_middle", 0, 1),
        ("mouthLowerDownLeft", "lip_lower_left_1", 1, -1),
        ("mouthUpperUpRight", "lip_upper_right_1", 1, 1), ("mouthFunnel", "lip_upper_middle", 2, 1),
    ],
)  # fmt: skip
def test_expression_moves_the_right_thing(
    head: HeadTemplate, name: str, landmark: str, axis: int, sign: int
) -> None:
    moved = head.expression(name)[head.landmarks[landmark]]
    assert moved[axis] * sign > 0.0007, moved


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_sided_expressions_stay_on_their_side(head: HeadTemplate, side: str) -> None:
    sign = 1 if side == "Left" else -1
    for name in (
        n for n in ARKIT_NAMES if n.endswith(side) and n not in ("jaw" + side, "mouth" + side)
    ):
        energy = np.linalg.norm(head.expression(name), axis=1)
        centre = (energy @ head.neutral[:, 0]) / energy.sum()
        assert sign * centre > 0.003, name


@pytest.mark.parametrize("side", ["left", "right"])
def test_looking_turns_the_eye_the_right_way(head: HeadTemplate, side: str) -> None:
    vertices = head.part_vertices(f"eye_{side}")
    centre = head.joint_positions[head.joint_names.index(f"eye_{side}")]
    front = vertices[(head.neutral[vertices] - centre)[:, 2].argmax()]
    outward = 1 if side == "left" else -1
    for way, axis, sign in (
        ("Up", 1, 1),
        ("Down", 1, -1),
        ("Out", 0, outward),
        ("In", 0, -outward),
    ):
        moved = head.expression(f"eyeLook{way}{side.title()}")
        assert moved[front][axis] * sign > 0.004
        radius = np.linalg.norm(head.neutral[vertices] - centre, axis=1)
        turned = np.linalg.norm(head.neutral[vertices] + moved[vertices] - centre, axis=1)
        np.testing.assert_allclose(turned, radius, atol=2e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_blink_closes_the_gap_and_no_eye_shows(head: HeadTemplate, side: str) -> None:
    """From the front, the skin hides the eyeball all over."""
    shown = {}
    for weight in (0.0, 1.0):
        points = head.neutral + weight * head.expression(f"eyeBlink{side.title()}")
        shown[weight] = _visible_eye(head, points, side)
    assert shown[0.0] > 300
    assert shown[1.0] <= 0.01 * shown[0.0]


def _visible_eye(head: HeadTemplate, points: np.ndarray, side: str) -> int:
    """Count the cells of 0.5 mm in which an eye is the foremost thing."""
    centre = head.joint_positions[head.joint_names.index(f"eye_{side}")]
    cell = 0.0005
    size = 80
    depth = np.full((size, size), -np.inf)
    owner = np.zeros((size, size), int)
    eye = head.part_names.index(f"eye_{side}")
    skin = head.part_names.index("skin")
    for face, part in zip(head.faces, head.face_parts, strict=True):
        if part not in (eye, skin):
            continue
        (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = (points[face] - centre) / cell + size / 2
        if max(x0, x1, x2) < 0 or min(x0, x1, x2) > size or max(y0, y1, y2) < 0:
            continue
        if min(y0, y1, y2) > size or max(z0, z1, z2) < size / 2:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area <= 0:
            continue
        left, right = max(0, int(min(x0, x1, x2))), min(size - 1, int(max(x0, x1, x2)))
        low, high = max(0, int(min(y0, y1, y2))), min(size - 1, int(max(y0, y1, y2)))
        x, y = np.meshgrid(np.arange(left, right + 1) + 0.5, np.arange(low, high + 1) + 0.5)
        b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        z = z0 + b * (z1 - z0) + c * (z2 - z0)
        here = (slice(low, high + 1), slice(left, right + 1))
        nearer = (np.minimum(np.minimum(b, c), 1 - b - c) >= 0) & (z > depth[here])
        depth[here][nearer] = z[nearer]
        owner[here][nearer] = part
    return int((owner == eye).sum())


def test_jaw_open_opens_the_mouth(head: HeadTemplate) -> None:
    upper, lower = (
        head.landmarks["lip_inner_upper_middle"],
        head.landmarks["lip_inner_lower_middle"],
    )
    moved = head.expression("jawOpen")
    gap = (head.neutral + moved)[upper, 1] - (head.neutral + moved)[lower, 1]
    closed = head.neutral[upper, 1] - head.neutral[lower, 1]
    assert closed < 0.006
    assert gap > 0.018
    teeth = head.part_vertices("teeth_lower")
    assert moved[teeth, 1].max() < -0.001


def test_weights_sum_to_one(head: HeadTemplate) -> None:
    np.testing.assert_allclose(head.skin_weights.sum(axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(head.region_weights.sum(axis=1), 1, atol=5e-3)
    assert head.region_names == REGIONS
    assert head.skin_weights.min() >= 0
    chin = head.landmarks["chin"]
    assert head.skin_weights[chin, head.joint_names.index("jaw")] > 0.6
    assert head.skin_weights[head.part_vertices("base"), 0].min() > 0.6


def test_identity_coefficients_have_unit_variance(head: HeadTemplate) -> None:
    """What the builder drew as unit variance moves a face by a person's difference, not more."""
    rng = np.random.default_rng(3)
    people = np.stack([head.identity(rng.normal(size=head.num_identity)) for _ in range(200)])
    spread = people.std(axis=0)
    tip = head.landmarks["nose_bridge_3"]
    assert 0.001 < np.linalg.norm(spread[tip]) < 0.01
    # Every direction counts: none is noise, none drowns the rest.
    energy = np.linalg.norm(head.identity_basis.reshape(head.num_identity, -1), axis=1)
    assert energy.min() > 0.01 * energy.max()
    flat = head.identity_basis.reshape(head.num_identity, -1)
    assert np.linalg.matrix_rank(flat) == head.num_identity


def test_identity_moves_the_neutral_face(head: HeadTemplate) -> None:
    np.testing.assert_array_equal(head.identity([]), head.neutral)
    person = head.identity([1.0, -2.0])
    expected = head.neutral + head.identity_basis[0] - 2 * head.identity_basis[1]
    np.testing.assert_allclose(person, expected, atol=1e-6)
    with pytest.raises(ValueError, match="up to"):
        head.identity(np.zeros(head.num_identity + 1))
    with pytest.raises(ValueError, match="finite"):
        head.identity([np.nan])


def test_joints_follow_the_person(head: HeadTemplate) -> None:
    np.testing.assert_allclose(head.joints_of(head.neutral), head.joint_positions, atol=1e-6)
    shift = np.array([0.0, 0.01, 0.02], np.float32)
    np.testing.assert_allclose(
        head.joints_of(head.neutral + shift), head.joint_positions + shift, atol=1e-5
    )


def test_arrays_are_read_only(head: HeadTemplate) -> None:
    with pytest.raises(ValueError, match="read-only"):
        head.neutral[0] = 0

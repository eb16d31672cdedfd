"""A made figure is whole: every visible piece painted, everything on the rig, and it moves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import KDTree

from mien.avatar.deformer import Deformer
from mien.avatar.state import AvatarState
from mien.capture.synthetic.garments import NUM_AROUND, PROFILES, dress
from mien.capture.synthetic.making import make_figure, paint_parts, rig_of
from mien.capture.synthetic.paint.eyes import IRIS_MM, PUPIL_MM, ball_of, eye_uv, paint_eye
from mien.capture.synthetic.sampling import sample_person
from mien.template.sources.mien_head import mien_head

HEAD = mien_head()
MAN = sample_person(8)


@pytest.fixture(scope="module")
def figure():
    return make_figure(MAN, texture=256)


def test_every_visible_piece_is_painted(figure):
    names = [part.name for part in figure.parts]
    hidden = {"lashes_left", "lashes_right"}
    assert set(names) == (set(HEAD.part_names) - hidden) | {"band"}
    for part in figure.parts:
        assert part.corner_uv.shape == (len(part.faces), 3, 2)
        assert part.faces.max() < figure.rig.num_vertices
        assert part.paint.albedo.shape[:2] == part.paint.surface.shape[:2]
        assert part.paint.albedo.dtype == part.paint.surface.dtype == np.uint8
        if part.name != "band":
            assert part.corner_uv.min() >= 0
            assert part.corner_uv.max() <= 1
            np.testing.assert_array_equal(part.faces, HEAD.faces[HEAD.part_faces(part.name)])


def test_the_rig_rests_in_the_persons_own_face(figure):
    expected = HEAD.identity(MAN.identity)
    for name, weight in MAN.rest.items():
        expected = expected + weight * HEAD.expression(name)
    rest = figure.rig.rest[: HEAD.num_vertices]
    np.testing.assert_allclose(rest, expected, atol=1e-6)
    np.testing.assert_array_equal(figure.rig.faces[: len(HEAD.faces)], HEAD.faces)
    state = AvatarState.of({"jawOpen": 0.7})
    posed = Deformer.of(figure.rig).points(state)
    plain = Deformer.of(rig_of(MAN, HEAD)).points(state)
    np.testing.assert_allclose(posed[: HEAD.num_vertices], plain, atol=1e-6)


def test_making_is_deterministic(figure):
    again = make_figure(sample_person(8), texture=256)
    for one, other in zip(figure.parts, again.parts, strict=True):
        np.testing.assert_array_equal(one.paint.albedo, other.paint.albedo)
    for one, other in zip(figure.strands, again.strands, strict=True):
        np.testing.assert_array_equal(one.points, other.points)


def test_hair_shades_the_skin_it_grows_from(figure):
    def skin(made):
        return next(part.paint.albedo for part in made.parts if part.name == "skin").astype(float)

    kinds = {strands.kind for strands in figure.strands}
    assert {"hair", "brow", "lash"} <= kinds
    bare = paint_parts(MAN, HEAD, (), 256)[0].paint.albedo.astype(float)
    brow = HEAD.uv_faces[(HEAD.faces == HEAD.landmarks["brow_left_2"]).any(axis=1)][0]
    u, v = HEAD.uv[brow].mean(axis=0)
    row, column = int((1 - v) * 256), int(u * 256)
    around = np.s_[row - 6 : row + 7, column - 6 : column + 7]
    assert skin(figure)[around].min(axis=(0, 1)).sum() < bare[around].min(axis=(0, 1)).sum() - 15


@pytest.mark.parametrize("neckline", sorted(PROFILES))
def test_bands_are_sewn_round_the_neck(neckline):
    person = replace(MAN, garment=replace(MAN.garment, neckline=neckline))
    rig = rig_of(person, HEAD)
    dressed, band = dress(person, rig, HEAD)
    across = len(PROFILES[neckline])
    sewn = dressed.rest[HEAD.num_vertices :].reshape(NUM_AROUND, across, 3)
    # Closed, smooth round the neck, and nowhere far from the skin.
    steps = np.linalg.norm(np.roll(sewn, -1, axis=0) - sewn, axis=2)
    assert steps.max() < 0.02
    away = KDTree(rig.rest).query(sewn.reshape(-1, 3))[0]
    assert away.max() < 0.02
    assert (band.faces >= HEAD.num_vertices).all()
    # Its outside faces out: away from the neck's axis, or up where it rolls over.
    corners = dressed.rest[band.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = corners.mean(axis=1) - [0, -0.18, -0.045]
    assert np.mean((normals * outward).sum(axis=1) > 0) > 0.55
    # It lies with the skin: turning the head takes the skin under it along.
    posed = Deformer.of(dressed).points(AvatarState(head_rotation=np.array([0, 0.5, 0])))
    moved = np.linalg.norm(posed - dressed.rest, axis=1)[HEAD.num_vertices :]
    assert moved.max() < 0.05


def test_eyes_are_painted_as_seen_from_their_front():
    paint = paint_eye(MAN, HEAD, "eye_left", 256)
    _, radius = ball_of(HEAD, "eye_left")
    assert 0.011 < radius < 0.0155

    def along(mm):
        """Return the colours right and left of the middle at a distance."""
        offset = 0.98 * 128 * mm / (1000 * radius)
        columns = [int(128 + sign * offset) for sign in (-1, 1)]
        return paint.albedo[128, columns].astype(float).mean()

    assert along(0.5 * PUPIL_MM) < 25
    assert along(1.25 * IRIS_MM) > 150
    assert along(0.75 * IRIS_MM) < 0.7 * along(1.25 * IRIS_MM)
    centre, _ = ball_of(HEAD, "eye_left")
    faces = HEAD.faces[HEAD.part_faces("eye_left")]
    front = np.unravel_index(np.argmax(HEAD.neutral[faces][..., 2]), faces.shape)
    np.testing.assert_allclose(eye_uv(HEAD, "eye_left")[front], 0.5, atol=0.05)
    left = HEAD.neutral[faces][..., 0] - centre[0]
    assert np.corrcoef(left.ravel(), eye_uv(HEAD, "eye_left")[..., 0].ravel())[0, 1] > 0.9

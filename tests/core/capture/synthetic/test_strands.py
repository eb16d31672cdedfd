"""What grows on people: where it grows, what it keeps off, and that equal people get equal hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.avatar.rig import SurfaceBinding
from mien.avatar.template_rig import rig_from_template
from mien.capture.synthetic.figure import Strands
from mien.capture.synthetic.person import Beard, Brows, Hair, Lashes, Person
from mien.capture.synthetic.sampling import sample_person
from mien.capture.synthetic.strands import grow
from mien.capture.synthetic.strands.beards import grow_beard
from mien.capture.synthetic.strands.brows import grow_brows
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.hair import grow_hair
from mien.capture.synthetic.strands.hairline import hair_density
from mien.capture.synthetic.strands.styles import STYLES
from mien.errors import MienError
from mien.template.sources.mien_head import mien_head

BROWN = (0.13, 0.085, 0.06)
LENGTHS = {"buzz": 6.0, "crop": 35.0, "side_part": 70.0, "tousled": 70.0, "afro": 50.0}


def person(style: str = "bald", *, seed: int = 3, **changes: object) -> Person:
    hair = Hair(style, BROWN, (0.3, 0.2, 0.13), length_mm=LENGTHS.get(style, 260.0))
    plain = {"hair": hair, "brows": Brows(BROWN), "lashes": Lashes(), "beard": Beard()}
    return replace(sample_person(seed), **(plain | changes))


@pytest.fixture(scope="module")
def template():
    return mien_head()


@pytest.fixture(scope="module")
def rig(template):
    return rig_from_template(template, person().identity)


@pytest.fixture(scope="module")
def field(rig, template):
    faces = template.faces[template.part_faces("skin")]
    return DistanceField.around(1000 * rig.rest, faces)


def roots_of(strands: Strands, surface, faces):
    return SurfaceBinding(strands.triangles, strands.barycentric).points(surface, faces)


def test_distances_from_a_ball_are_a_ball_s():
    turn, tilt = np.meshgrid(np.linspace(0, 2 * np.pi, 65)[:-1], np.linspace(0, np.pi, 40))
    ball = 60 * np.stack(
        [np.sin(tilt) * np.cos(turn), np.cos(tilt), np.sin(tilt) * np.sin(turn)], axis=-1
    )
    row, column = np.meshgrid(np.arange(39), np.arange(64), indexing="ij")
    a, b = row * 64 + column, row * 64 + (column + 1) % 64
    faces = np.concatenate(
        [np.stack([a, b, a + 64], -1), np.stack([b, b + 64, a + 64], -1)]
    ).reshape(-1, 3)
    made = DistanceField.around(ball.reshape(-1, 3), faces.astype(np.int32))
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    radii = rng.uniform(45, 80, 500)
    distances, away = made.at(directions * radii[:, None])
    assert np.abs(distances - (radii - 60)).max() < 0.8
    assert ((away * directions).sum(axis=1) > 0.95).all()


@pytest.mark.parametrize("style", [name for name, comb in STYLES.items() if comb])
def test_hair_grows_from_the_scalp_and_stays_out_of_head_and_face(style, rig, template, field):
    hair = grow_hair(person(style), rig, template, field)
    grown = hair[0]
    assert len(grown.triangles) > 8000
    assert np.isfinite(grown.points).all()
    assert (grown.widths > 0).all()
    assert ((grown.colors >= 0) & (grown.colors <= 1)).all()
    roots = roots_of(grown, rig.rest, rig.faces)
    assert np.abs(grown.points[:, 0] - roots).max() < 0.002
    distances, _ = field.at(1000 * np.concatenate([s.points[:, 1:].reshape(-1, 3) for s in hair]))
    assert np.quantile(distances, 0.002) > -1.0
    eye = 1000 * rig.rest[template.part_vertices("eye_left")].mean(axis=0)
    before = 1000 * grown.points.reshape(-1, 3) - eye
    assert not ((np.abs(before[:, :2]) < 10).all(axis=1) & (before[:, 2] > 0)).any()


def test_equal_people_grow_equal_hair_and_others_other(rig, template):
    one, two = (grow(person("crop"), rig, template) for _ in range(2))
    other = grow_brows(person("crop", seed=4), rig, template)
    assert [s.kind for s in one] == ["hair", "brow", "lash"]
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.points, b.points)
        assert np.array_equal(a.colors, b.colors)
    assert not np.array_equal(one[1].points, other.points)


def test_the_hairline_recedes_and_thins_toward_its_edge(template):
    mm = 1000 * template.neutral.astype(np.float64)
    ears = template.masks["ears"].astype(np.float64)
    full, withdrawn, bald = (hair_density(mm, ears, recede) for recede in (0.0, 20.0, 60.0))
    temple = (np.abs(mm[:, 0]) > 30) & (mm[:, 1] > 60) & (mm[:, 2] > 20)
    assert full[temple].mean() > withdrawn[temple].mean() + 0.1
    crown = np.linalg.norm(mm - [0, 100, -40], axis=1) < 20
    nape = np.linalg.norm(mm - [0, -40, -100], axis=1) < 20
    assert full[crown].min() > 0.9
    assert bald[crown].max() < 0.3
    assert bald[nape].min() > 0.9
    assert ((full > 0.1) & (full < 0.9)).sum() > 15
    assert full[(mm[:, 2] > 60) & (mm[:, 1] < 40)].max() == 0


def test_brows_and_lashes_grow_where_they_belong_on_both_sides(rig, template):
    brows, lashes = grow(person("bald"), rig, template)
    for strands in (brows, lashes):
        left = (strands.points[:, 0, 0] > 0).mean()
        assert 0.45 < left < 0.55
    eye = rig.rest[template.part_vertices("eye_left")].mean(axis=0)
    side = brows.points[brows.points[:, 0, 0] > 0]
    height = 1000 * (side[:, :, 1].mean() - eye[1])
    assert 10 < height < 22
    assert 1000 * np.ptp(side[:, :, 0]) > 35
    tips, starts = lashes.points[:, -1], lashes.points[:, 0]
    upper = starts[:, 1] > eye[1]
    assert 180 < upper.sum() < 260
    assert (tips[upper, 1] > starts[upper, 1]).mean() > 0.95
    assert (tips[~upper, 1] < starts[~upper, 1]).mean() > 0.95
    assert (tips[:, 2] > starts[:, 2]).mean() > 0.95


def test_hairs_get_thinner_toward_their_tips(rig, template):
    for strands in grow(person("bald"), rig, template):
        assert (strands.widths[:, -1] < strands.widths.max(axis=1)).all()


@pytest.mark.parametrize(
    ("style", "above", "below"),
    [("full", True, True), ("moustache", True, False), ("goatee", True, True)],
)
def test_beards_grow_on_their_part_of_the_face_and_never_over_the_lips(
    style, above, below, rig, template, field
):
    beard = Beard(style, length_mm=9.0, color=BROWN)
    (strands,) = grow_beard(person(beard=beard), rig, template, field)
    roots = 1000 * roots_of(strands, template.neutral, template.faces)
    assert ((roots[:, 1] > -62).sum() > 100) == above
    assert ((roots[:, 1] < -85).sum() > 100) == below
    lips = SurfaceBinding(strands.triangles, strands.barycentric).points(
        template.masks["lips"][:, None], template.faces
    )
    assert lips.max() < 0.5
    slit = rig.rest[template.landmarks["lip_inner_upper_middle"]]
    across = np.abs(strands.points - slit)
    assert not ((across[..., 0] < 0.012) & (across[..., 1] < 0.002)).any()


def test_who_has_no_beard_and_no_hair_grows_none(rig, template):
    assert [s.kind for s in grow(person("bald"), rig, template)] == ["brow", "lash"]


def test_unknown_styles_are_named_with_those_there_are(rig, template, field):
    with pytest.raises(MienError, match="mohawk") as error:
        grow_hair(person("mohawk"), rig, template, field)
    assert "ponytail" in str(error.value.hint)
    with pytest.raises(MienError, match="goat"):
        grow_beard(person(beard=Beard("goat", length_mm=3.0)), rig, template, field)


def test_grey_hair_is_lighter_and_less_coloured(rig, template, field):
    young = person("crop")
    old = replace(young, hair=replace(young.hair, grey=0.9))
    dark, pale = (
        grow_hair(who, rig, template, field)[0].colors.mean((0, 1)) for who in (young, old)
    )
    assert pale.mean() > 3 * dark.mean()
    assert np.ptp(pale) / pale.mean() < np.ptp(dark) / dark.mean()

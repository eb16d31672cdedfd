"""Paint lands where it belongs on every face and says what the person's numbers say."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mien.capture.synthetic.figure import Paint
from mien.capture.synthetic.paint.canvas import canvas_of
from mien.capture.synthetic.paint.cloth import REACH_MM, drape
from mien.capture.synthetic.paint.features import features_of
from mien.capture.synthetic.paint.marks import freckles, moles, spots_of_age
from mien.capture.synthetic.paint.noise import fractal_noise, smoothstep, spots
from mien.capture.synthetic.paint.pigment import paint_pigment
from mien.capture.synthetic.paint.places import beard_area, scalp
from mien.capture.synthetic.paint.relief import normal_map
from mien.capture.synthetic.paint.roots import paint_stubble
from mien.capture.synthetic.paint.skin import paint_skin
from mien.capture.synthetic.paint.wrinkles import carve_wrinkles
from mien.capture.synthetic.person import Beard
from mien.capture.synthetic.sampling import sample_person
from mien.template.sources.mien_head import mien_head

HEAD = mien_head()
CANVAS = canvas_of(HEAD, "skin", 384)
MAN, WOMAN = sample_person(8), sample_person(12)


@cache
def painted(seed: int) -> Paint:
    return paint_skin(sample_person(seed), HEAD, CANVAS)


def texels_of(paint: Paint, where: np.ndarray) -> np.ndarray:
    return paint.albedo.reshape(-1, 3)[CANVAS.texels[where]].astype(float)


def test_noise_is_smooth_centred_and_the_same_in_single_precision():
    points = np.random.default_rng(0).uniform(-80, 80, (4000, 3))
    noise = fractal_noise(points, 0.3, 7, 3)
    assert abs(noise.mean()) < 0.02
    assert 0.1 < noise.std() < 0.3
    near = fractal_noise(points + 1e-3, 0.3, 7, 3)
    assert np.abs(near - noise).max() < 5e-3
    single = fractal_noise(points.astype(np.float32), 0.3, 7, 3)
    np.testing.assert_allclose(single, noise, atol=1e-4)
    assert not np.allclose(fractal_noise(points, 0.3, 8, 3), noise, atol=0.01)


def test_spots_are_round_and_as_many_as_asked():
    grid = np.stack(np.meshgrid(*3 * [np.arange(0, 8, 0.05)], indexing="ij"), -1).reshape(-1, 3)
    depth, number = spots(grid, 1.0, 3, share=0.25, radius=0.4)
    assert depth.min() == 0
    assert 0.9 < depth.max() <= 1
    assert (number[depth > 0] > 0).all()
    # A ball of radius r fills 4/3 pi r^3 of its cell; radii are even between 0.14 and 0.4.
    radii = np.linspace(0.35, 1, 200) * 0.4
    expected = 0.25 * (4 / 3 * np.pi * radii**3).mean()
    assert np.mean(depth > 0) == pytest.approx(expected, rel=0.25)


def test_a_relief_slopes_as_the_surface_lies():
    # How high a texel is above the ground: on a wall it rises as one goes up the wall.
    along_u, along_v = CANVAS.slopes(CANVAS.mm[:, 1].copy()).T
    steepness = np.sqrt(along_u**2 + along_v**2 + 2 * CANVAS.lean * along_u * along_v)
    forehead = CANVAS.region["forehead"] > 0.6
    tangential = np.sqrt(1 - CANVAS.normals[:, 1] ** 2)
    ratio = steepness[forehead] / tangential[forehead]
    assert np.median(ratio) == pytest.approx(1, abs=0.03)
    flat = normal_map(CANVAS, np.zeros(CANVAS.num_texels, np.float32))
    assert (flat.reshape(-1, 3) == [128, 128, 255]).all()


def test_maps_are_filled_to_their_corners():
    paint = painted(8)
    assert paint.albedo.shape == paint.surface.shape[:2] + (3,) == (384, 384, 3)
    assert paint.albedo.reshape(-1, 3).max(axis=1).min() > 0
    normals = paint.normals.astype(float) / 127.5 - 1
    lengths = np.linalg.norm(normals, axis=-1)
    assert lengths.min() > 0.97
    assert lengths.max() < 1.03


def test_the_same_person_is_painted_the_same_and_others_differently():
    again = paint_skin(sample_person(8), HEAD, CANVAS)
    np.testing.assert_array_equal(again.albedo, painted(8).albedo)
    np.testing.assert_array_equal(again.normals, painted(8).normals)
    assert np.abs(painted(12).albedo.astype(float) - painted(8).albedo).mean() > 5


def test_melanin_decides_how_dark_skin_is():
    dark = replace(WOMAN, skin=replace(WOMAN.skin, tone=(0.325, 0.205, 0.148), melanin=1.0))
    fair = replace(WOMAN, skin=replace(WOMAN.skin, tone=(0.925, 0.775, 0.705), melanin=0.0))
    cheeks = CANVAS.region["cheeks"] > 0.7
    one, other = (paint_pigment(p, CANVAS)[cheeks].mean(axis=0) for p in (fair, dark))
    assert (one > 4 * other).all()
    # Blood reddens cheeks against the forehead, more where melanin does not hide it.
    forehead = CANVAS.region["forehead"] > 0.6

    def redness(person):
        color = paint_pigment(person, CANVAS)
        ratio = color[:, 0] / color[:, 1]
        flushed = (np.abs(CANVAS.mm[:, 0]) > 30) & (np.abs(CANVAS.mm[:, 1] + 28) < 8) & cheeks
        return ratio[flushed].mean() / ratio[forehead].mean()

    assert redness(fair) > redness(dark) > 1


def test_features_lie_where_the_landmarks_are():
    found = features_of(CANVAS)
    mm = 1000 * HEAD.neutral

    def weight(mask, landmark):
        away = np.linalg.norm(CANVAS.mm - mm[HEAD.landmarks[landmark]], axis=1)
        return mask[away < 2.0].max()

    assert weight(found.lips, "lip_lower_middle") > 0.6
    assert weight(found.lips, "chin") == 0
    assert weight(found.corners, "lip_left_corner") > 0.1
    assert weight(found.lash_line, "lid_left_upper_outer") > 0.2
    assert weight(found.lash_line, "nose_bridge_0") < 0.01
    assert (found.mouth + found.sockets)[CANVAS.mask["lips"] * found.lips > 0.9].max() < 0.5


def test_lips_are_redder_than_the_skin_around_them():
    found = features_of(CANVAS)
    around = (found.border > 0.5) & (found.lips < 0.05)
    lips, skin = (texels_of(painted(12), w).mean(axis=0) for w in (found.lips > 0.95, around))
    assert lips[0] / lips[1] > 1.15 * skin[0] / skin[1]


def test_lines_deepen_with_the_years():
    deep = [carve_wrinkles(replace(MAN, age_years=years), CANVAS) for years in (20, 45, 78)]
    strength = [np.sqrt(np.mean(d**2)) for d in deep]
    assert strength[0] < 0.35 * strength[1]
    assert strength[1] < 0.7 * strength[2]
    assert np.percentile(deep[2], 99.9) < 1.5
    inside = (CANVAS.mask["mouth_inside"] > 0.6) | (CANVAS.mask["sockets"] > 0.6)
    assert np.abs(deep[2][inside]).max() < 0.1


def test_marks_are_for_those_who_have_them():
    clear = replace(WOMAN, skin=replace(WOMAN.skin, freckles=0, moles=0, spots=0))
    assert freckles(clear, CANVAS) is moles(clear, CANVAS) is spots_of_age(clear, CANVAS) is None
    marked = replace(WOMAN, skin=replace(WOMAN.skin, freckles=1, moles=4, spots=1))
    texels, amount = freckles(marked, CANVAS)
    nose = (np.abs(CANVAS.mm[texels, 0]) < 15) & (np.abs(CANVAS.mm[texels, 1] + 22) < 12)
    neck = CANVAS.mm[texels, 1] < -120
    assert amount[nose].mean() > 2.5 * amount[neck].mean() > 0
    texels, amount = moles(marked, CANVAS)
    assert 0 < len(texels) < 0.01 * CANVAS.num_texels
    assert amount.max() > 0.35


def test_stubble_stays_off_lips_and_brow():
    shaved = np.ones((CANVAS.num_texels, 3), np.float32)
    paint_stubble(replace(MAN, beard=Beard(stubble=0)), CANVAS, shaved)
    assert (shaved == 1).all()
    color = np.ones((CANVAS.num_texels, 3), np.float32)
    paint_stubble(replace(MAN, beard=Beard(stubble=0.9)), CANVAS, color)
    chin = np.linalg.norm(CANVAS.mm - 1000 * HEAD.neutral[HEAD.landmarks["chin"]], axis=1) < 8
    assert color[chin].mean() < 0.75
    assert (color[features_of(CANVAS).lips > 0.9] > 0.9).all()
    assert (color[CANVAS.mm[:, 1] > 0] == 1).all()


def test_hair_grows_from_the_scalp_and_beards_from_the_jaw():
    none = np.zeros(CANVAS.num_texels)
    head, beard = scalp(CANVAS.mm, CANVAS.mask["ears"]), beard_area(CANVAS.mm, none)
    crown, chin = CANVAS.mm[:, 1] > 100, CANVAS.mm[:, 1] < -85
    assert head[crown].min() == 1
    assert head[chin & (CANVAS.mm[:, 2] > 20)].max() == 0
    assert beard[crown].max() == 0
    assert scalp(CANVAS.mm, CANVAS.mask["ears"], 20).sum() < 0.95 * head.sum()


@pytest.mark.parametrize("neckline", sorted(REACH_MM))
def test_garments_cover_shoulders_and_no_face(neckline):
    cloth = drape(replace(MAN.garment, neckline=neckline), CANVAS)
    assert cloth.cover[CANVAS.mm[:, 1] > -85].max() == 0
    shoulders = np.abs(CANVAS.mm[:, 0]) > 140
    assert cloth.cover[shoulders].min() == 1
    same = np.abs(cloth.inside_mm) < 0.9
    assert ((cloth.cover[same] > 0) & (cloth.cover[same] < 1)).all()


def test_smoothstep_falls_where_its_ends_are_swapped():
    np.testing.assert_allclose(smoothstep(0, 2, [-1, 0, 1, 2, 3]), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(smoothstep(2, 0, [-1, 0, 1, 2, 3]), [1, 1, 0.5, 0, 0])

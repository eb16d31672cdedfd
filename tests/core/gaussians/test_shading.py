"""View modes: what each promises of the cloud it gives to draw."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus import random_cloud
from mien.camera import Camera
from mien.gaussians.cloud import SH_C0, GaussianCloud
from mien.gaussians.colormap import ramp_colors, srgb_from_oklab, wheel_colors
from mien.gaussians.shading import (
    SELECTION_COLOR,
    SHADINGS,
    highlight,
    normals,
    recolored,
    spread,
)
from mien.image import linear_from_srgb
from mien.transforms import look_at


def camera(eye: tuple[float, float, float] = (0, 0, 3)) -> Camera:
    intrinsics = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
    return Camera(look_at(eye, (0, 0, 0)), intrinsics, (100, 100))


def lightness(colors: NDArray[np.floating]) -> NDArray[np.floating]:
    """CIE L* of sRGB colours: another measure than the one the ramp was made with."""
    luminance = linear_from_srgb(colors) @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def disc(normal_axis: int) -> GaussianCloud:
    """One flat Gaussian at the origin, thin along an axis of the world."""
    scales = np.full((1, 3), -3.0)
    scales[0, normal_axis] = -7
    return random_cloud(1).replace(
        means=np.zeros((1, 3)), quats=np.array([[1.0, 0, 0, 0]]), log_scales=scales
    )


@pytest.mark.parametrize("name", SHADINGS)
def test_every_mode_gives_a_cloud_that_can_be_drawn(name: str) -> None:
    cloud = random_cloud(200, sh_degree=2)
    shading = SHADINGS[name]
    shaded = shading.apply(cloud, camera())
    assert shading.label
    assert shaded.num_gaussians == cloud.num_gaussians
    assert shaded.sh_degree == 0
    for values in (shaded.means, shaded.log_scales, shaded.logit_opacities, shaded.sh):
        assert np.isfinite(values).all()
    assert shaded.base_colors.min() >= -1e-5
    assert shaded.base_colors.max() <= 1.1
    np.testing.assert_array_equal(shaded.means, cloud.means)
    other = shading.apply(cloud, camera((3, 1, 0)))
    differs = not np.array_equal(shaded.sh, other.sh)
    assert differs == shading.follows_camera


@pytest.mark.parametrize("name", SHADINGS)
def test_every_mode_takes_an_empty_cloud(name: str) -> None:
    empty = random_cloud(3).take(np.zeros(3, np.bool_))
    assert SHADINGS[name].apply(empty, camera()).num_gaussians == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_normals_are_the_thin_axis_facing_the_camera(axis: int) -> None:
    for side in (-1, 1):
        eye = np.full(3, 0.3)
        eye[axis] = 3 * side
        expected = np.zeros(3)
        expected[axis] = side
        found = normals(disc(axis), camera(tuple(eye.tolist())))
        np.testing.assert_allclose(found, [expected], atol=1e-6)


def test_a_face_to_the_camera_is_the_blue_of_normal_maps() -> None:
    shaded = SHADINGS["normals"].apply(disc(2), camera())
    np.testing.assert_allclose(shaded.base_colors, [[0.5, 0.5, 1]], atol=1e-5)
    # A slope up and to the right is redder and greener.
    turned = SHADINGS["normals"].apply(disc(2), camera((-1, -1, 3)))
    assert (turned.base_colors[0, :2] > 0.55).all()


def test_ellipsoids_are_solid_but_floaters_stay_faint() -> None:
    cloud = random_cloud(2).replace(logit_opacities=np.array([-6.0, 0.0]))
    for name in ("ellipsoids", "points"):
        shading = SHADINGS[name]
        gained = shading.apply(cloud, camera()).opacities * shading.opacity_gain
        assert gained[0] < 1e-6
        assert gained[1] > 10
    points = SHADINGS["points"].apply(cloud, camera())
    assert len(np.unique(points.log_scales)) == 1


def test_heat_maps_follow_their_quantity() -> None:
    n = 100
    cloud = random_cloud(n).replace(
        log_scales=np.repeat(np.linspace(-8, -2, n)[:, None], 3, axis=1),
        logit_opacities=np.linspace(-5, 5, n),
    )
    for name in ("scale", "opacity"):
        shown = np.clip(SHADINGS[name].apply(cloud, camera()).base_colors, 0, 1)
        steps = np.diff(lightness(shown))
        assert (steps > -0.3).all()
        assert lightness(shown)[-1] - lightness(shown)[0] > 60


def test_tracking_colours_stay_with_the_index() -> None:
    still, moving = random_cloud(50, seed=1), random_cloud(50, seed=2)
    first, second = (SHADINGS["index"].apply(cloud, camera()) for cloud in (still, moving))
    np.testing.assert_array_equal(first.sh, second.sh)
    assert len(np.unique(first.sh.reshape(50, 3), axis=0)) == 50


def test_highlight_blends_only_what_is_selected() -> None:
    cloud = random_cloud(6, sh_degree=1)
    selected = np.array([True, False, True, False, False, False])
    shown = highlight(cloud, selected, amount=0.5)
    np.testing.assert_array_equal(shown.sh[~selected], cloud.sh[~selected])
    middle = (cloud.base_colors[selected] + np.array(SELECTION_COLOR)) / 2
    np.testing.assert_allclose(shown.base_colors[selected], middle, atol=1e-6)
    wholly = highlight(cloud, selected, amount=1)
    np.testing.assert_allclose(wholly.sh[selected, 1:], 0)
    np.testing.assert_array_equal(highlight(cloud, np.zeros(6, np.bool_)).sh, cloud.sh)


def test_recolored_has_no_harmonics() -> None:
    shown = recolored(random_cloud(3, sh_degree=3), [0.2, 0.4, 0.6])
    np.testing.assert_allclose(shown.base_colors, [[0.2, 0.4, 0.6]] * 3, atol=1e-6)
    assert shown.sh.shape == (3, 1, 3)
    assert pytest.approx(0.5 / np.sqrt(np.pi)) == SH_C0


def test_spread_ignores_outliers_and_survives_sameness() -> None:
    values = np.concatenate([np.linspace(0, 1, 1000), [1e9]])
    assert 0.4 < spread(values)[500] < 0.6
    np.testing.assert_array_equal(spread(np.full(4, 7.0)), 0.5)
    assert spread(np.empty(0)).shape == (0,)


def test_ramp_climbs_evenly_in_lightness() -> None:
    shades = lightness(ramp_colors(np.linspace(0, 1, 64)))
    steps = np.diff(shades)
    assert (steps > 0).all()
    assert steps.std() < 0.35 * steps.mean()
    assert shades[0] < 20
    assert shades[-1] > 85
    np.testing.assert_array_equal(ramp_colors([-3.0, np.nan, 9.0]), ramp_colors([0.0, 0.0, 1.0]))


def test_wheel_is_even_and_closes() -> None:
    turns = np.linspace(0, 1, 97)
    shades = lightness(wheel_colors(turns))
    assert np.ptp(shades) < 9
    np.testing.assert_allclose(wheel_colors([0.0]), wheel_colors([1.0]), atol=1e-6)
    grey = srgb_from_oklab(np.array([0.0, 0.5, 1.0]), np.zeros(3), np.zeros(3))
    np.testing.assert_allclose(grey[[0, 2]], [[0, 0, 0], [1, 1, 1]], atol=1e-3)
    assert np.ptp(grey[1]) < 1e-4

import numpy as np
import pytest

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud, from_colors
from mien.rendering import make_renderer
from mien.rendering.picking import contributions, pick
from mien.rendering.protocol import RenderOptions


@pytest.fixture
def camera() -> Camera:
    return Camera.looking_at((0, 0, 2), (0, 0, 0), size=(65, 49), fov_y=0.5)


def scene(seed: int = 0, count: int = 200) -> GaussianCloud:
    rng = np.random.default_rng(seed)
    return from_colors(
        rng.normal(0, 0.15, (count, 3)),
        rng.normal(size=(count, 4)),
        rng.uniform(-4.5, -2.5, (count, 3)),
        rng.normal(0, 1.5, count),
        rng.uniform(0, 1, (count, 3)),
    )


def test_the_contributions_make_up_the_rendered_pixel(camera) -> None:
    cloud = scene()
    renderer = make_renderer("cpu")
    frame = renderer.render(cloud, camera, RenderOptions())
    renderer.close()
    for column, row in ((32, 24), (20, 30), (45, 18), (2, 2)):
        found = contributions(cloud, camera, (column + 0.5, row + 0.5))
        colors = np.array([cloud.base_colors[one.index] * one.weight for one in found])
        expected = colors.sum(axis=0) if len(found) else np.zeros(3)
        assert frame.rgb[row, column] == pytest.approx(expected, abs=0.01)
        depths = [one.depth for one in found]
        assert depths == sorted(depths)


def test_the_front_one_hides_the_one_behind(camera) -> None:
    cloud = from_colors(
        [[0, 0, 0.2], [0, 0, -0.2]],
        np.tile([1.0, 0, 0, 0], (2, 1)),
        np.full((2, 3), -3.0),
        np.full(2, 4.0),
        np.eye(3)[:2],
    )
    found = pick(cloud, camera, (32.5, 24.5))
    assert found is not None
    assert found.index == 0
    behind = pick(cloud, camera, (32.5, 24.5), visible=np.array([False, True]))
    assert behind is not None
    assert behind.index == 1
    assert pick(cloud, camera, (0.5, 0.5)) is None

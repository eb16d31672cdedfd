"""A known point lands on the right pixel: in every camera of every layout, at every size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dot_scenes import assert_dots_where_cameras_say
from made_datasets import Fixture, shifted
from mien.capture import Capture, open_capture
from mien.capture.opening import Choice

LAYOUTS = [
    *("nersemble-v1", "nersemble-v1-half", "nersemble-v2", "nersemble-v2-half"),
    *("nersemble-benchmark", "ava-256", "multiface", "multiface-bent", "vhap", "vhap-union"),
    *("nerf-blender", "nerf-nerfstudio", "nerf-timed", "image-folder", "image-folder-flat"),
    *("colmap-SIMPLE_PINHOLE", "colmap-PINHOLE", "colmap-SIMPLE_RADIAL", "colmap-RADIAL"),
    *("colmap-OPENCV", "colmap-text", "image-folder-aligned"),
]
Datasets = Callable[[str], Fixture]

# Half a pixel, the difference between conventions, would be found out.
TOLERANCE = 0.3


def present(capture: Capture, frame: int) -> tuple[str, ...]:
    return tuple(held.name for held in capture.cameras if capture.present(held.name, frame))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_points_land_on_their_pixels(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    raw = Choice(fixture.part, corrected=False)
    with open_capture(fixture.root, raw) as capture:
        assert len(capture.times) == len(capture.frame_names) == fixture.num_frames
        last = fixture.num_frames - 1
        # A UNION's sequences repeat the same two frames.
        moved = last % 2 if layout == "vhap-union" else last
        for frame, drawn in ((0, fixture.scene), (last, shifted(fixture.scene, moved))):
            names = present(capture, frame)
            assert len(names) >= 3
            assert_dots_where_cameras_say(capture, drawn, frame, names, tolerance=TOLERANCE)


def test_a_shifted_calibration_is_found_out(copied: Datasets) -> None:
    fixture = copied("image-folder")
    path = fixture.root / "cameras.json"
    centre = fixture.scene.intrinsics["left_side"][0, 2]
    path.write_text(path.read_text().replace(str(centre), str(centre + 0.5)))
    with open_capture(fixture.root) as capture, pytest.raises(AssertionError, match="left_side"):
        assert_dots_where_cameras_say(capture, fixture.scene, tolerance=TOLERANCE)


@pytest.mark.parametrize(
    "layout", ["nersemble-benchmark", "ava-256", "multiface", "vhap", "image-folder-aligned"]
)
def test_a_known_head_stands_where_templates_do(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        assert capture.aligned
        found = capture.head_from_world @ fixture.scene.world_from_head
    # The face toward +Z with Y up, whatever axes and units the dataset has.
    np.testing.assert_allclose(found, np.eye(4), atol=1e-5)


@pytest.mark.parametrize("layout", ["nersemble-v1", "nerf-blender", "colmap-PINHOLE"])
def test_a_guessed_head_is_upright_and_near(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        assert not capture.aligned
        found = capture.head_from_world @ fixture.scene.world_from_head
    scale = np.cbrt(np.linalg.det(found[:3, :3]))
    assert 0.8 < scale < 1.25
    assert np.linalg.norm(found[:3, 3]) < 0.05
    assert np.trace(found[:3, :3] / scale) > 2.9


def test_choosing_cameras_leaves_the_world_as_it_is(dataset: Datasets) -> None:
    fixture = dataset("nersemble-v1")
    with open_capture(fixture.root, Choice(fixture.part)) as whole:
        every = {held.name: held for held in whole.cameras}
    wanted = ("222200042", "222200037")
    with open_capture(fixture.root, Choice(fixture.part, cameras=wanted)) as some:
        assert [held.name for held in some.cameras] == ["222200037", "222200042"]
        assert all(held == every[held.name] for held in some.cameras)

"""What readers deliver beside geometry: colours, masks, frames, times, splits and FLAME."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from made_datasets import Fixture, affine, polynomial
from mien.capture import Capture, open_capture
from mien.capture.opening import Choice
from mien.capture.protocol import ViewMissing
from mien.capture.reading.recording import Recording
from mien.image import linear_from_srgb, srgb_from_linear
from mien.transforms import apply

Datasets = Callable[[str], Fixture]


def opened(fixture: Fixture, **choice: object) -> Recording:
    capture = open_capture(fixture.root, Choice(fixture.part, **choice))  # type: ignore[arg-type]
    assert isinstance(capture, Recording)
    return capture


def splits(capture: Capture) -> dict[str, str]:
    return {held.name: held.split for held in capture.cameras}


def test_v1_colours_are_corrected_unless_raw_is_wanted(dataset: Datasets) -> None:
    fixture = dataset("nersemble-v1")
    name = "222200040"
    with opened(fixture, corrected=False) as raw, opened(fixture) as corrected:
        before = raw.view(name, 1).image
        after = corrected.view(name, 1).image
        assert (raw.attributes["colors"], corrected.attributes["colors"]) == ("raw", "corrected")
    stored = fixture.root / f"018/sequences/EXP-1-head/frame_00003/images-2x-73fps/cam_{name}.png"
    np.testing.assert_array_equal(before, np.asarray(Image.open(stored)))
    matrix = affine(1)
    expected = np.clip(before / 255 @ matrix[:3, :3] + matrix[:3, 3], 0, 1) * 255
    assert np.abs(after - expected).max() < 0.51


def test_v2_colours_are_corrected_in_linear_light(dataset: Datasets) -> None:
    fixture = dataset("nersemble-v2")
    name = "222200042"
    with opened(fixture, corrected=False) as raw, opened(fixture) as corrected:
        before, after = raw.view(name, 0).image, corrected.view(name, 0).image
    r, g, b = np.moveaxis(linear_from_srgb(before[::7, ::7] / 255).astype(np.float64), -1, 0)
    terms = [r, g, b, r * g, r * b, g * b, r * r, g * g, b * b, r * g * b, np.ones_like(r)]
    light = np.clip(np.stack(terms, axis=-1) @ polynomial(2).T, 0, 1)
    expected = srgb_from_linear(light) * 255
    assert np.abs(after[::7, ::7] - expected).max() < 0.6
    assert np.abs(after.astype(int) - before).max() > 5


def test_masks_are_where_the_dots_are(dataset: Datasets) -> None:
    for layout in ("nersemble-v1", "nersemble-benchmark", "ava-256", "vhap", "nerf-blender",
                   "nerf-nerfstudio", "colmap-OPENCV", "image-folder"):  # fmt: skip
        fixture = dataset(layout)
        with opened(fixture) as capture:
            held = capture.cameras[1]
            mask = capture.view(held.name, 0).mask
            assert mask is not None, layout
            assert mask.shape == (held.camera.height, held.camera.width)
            pixels, _ = held.camera.project(apply(capture.head_from_world, fixture.scene.dots))
            for u, v in pixels.astype(int):
                assert mask[v, u] > 200, layout
                assert mask[max(v - 2, 0) : v + 3, u - 2 : u + 3].min() > 200, layout
            assert np.median(mask) < 50, layout
            assert (mask > 127).mean() < 0.1, layout


def test_layouts_without_masks_say_so(dataset: Datasets) -> None:
    for layout in ("nersemble-v2", "multiface"):
        with opened(dataset(layout)) as capture:
            assert capture.view(capture.cameras[0].name, 0).mask is None


def test_ava_chairs_are_no_persons(dataset: Datasets) -> None:
    with opened(dataset("ava-256")) as capture:
        mask = capture.view("401031", 0).mask
    assert mask is not None
    # The first rows were labelled chair.
    assert not mask[:10].any()


def test_frames_have_the_datasets_names_and_instants(dataset: Datasets) -> None:
    with opened(dataset("nersemble-v1")) as capture:
        assert capture.name == "018 / EXP-1-head"
        assert capture.frame_names == ("00000", "00003", "00006")
        np.testing.assert_allclose(capture.times, [0, 3 / 73, 6 / 73])
    with opened(dataset("nersemble-v2")) as capture:
        np.testing.assert_allclose(capture.times, np.arange(5) / 73, atol=1e-3)
    with opened(dataset("multiface")) as capture:
        assert capture.frame_names[1:] == ("E001_Neutral_Eyes_Open/000105", "E057_Cheeks/009001")
        np.testing.assert_allclose(capture.times, [0, 3 / 30, (9001 - 102) / 30])
    with opened(dataset("vhap")) as capture:
        assert capture.frame_names == ("00000", "00001", "00002", "00003")
        np.testing.assert_allclose(np.diff(capture.times), 1 / 25)
    with opened(dataset("image-folder")) as capture:
        # By value: as text, 10 would come before 8.
        assert capture.frame_names == ("8", "9", "10")
        np.testing.assert_allclose(capture.times, [0, 1 / 30, 2 / 30])
    with opened(dataset("nerf-timed")) as capture:
        assert capture.frame_names == ("f0", "f1", "f2")
        np.testing.assert_allclose(capture.times, [0, 0.5, 1.0])


def test_splits_are_the_datasets(dataset: Datasets) -> None:
    with opened(dataset("nersemble-v1")) as capture:
        held_out = {name for name, split in splits(capture).items() if split == "test"}
        assert held_out == {"222200040", "220700191"}
    with opened(dataset("nersemble-benchmark")) as capture:
        assert splits(capture)["220700191"] == "test"
        assert not any(capture.present("220700191", frame) for frame in range(4))
    with opened(dataset("vhap")) as capture:
        assert splits(capture) == {"0": "train", "3": "train", "8": "validation", "11": "train"}
        assert capture.frame_splits == ("train", "train", "train", "test")
    with opened(dataset("vhap-union")) as capture:
        assert splits(capture)["8"] == "validation"
    with opened(dataset("nerf-blender")) as capture:
        assert list(splits(capture).values()) == ["train"] * 3 + ["validation", "test"]
    with opened(dataset("ava-256")) as capture:
        assert capture.frame_splits == ("train", "train", "validation")
    with opened(dataset("image-folder")) as capture:
        assert splits(capture)["right"] == "test"


def test_vhap_without_split_files_is_cut_as_vhap_cuts_it(copied: Datasets) -> None:
    fixture = copied("vhap")
    for name in ("train", "val", "test"):
        (fixture.root / f"transforms_{name}.json").unlink()
    with opened(fixture) as capture:
        assert splits(capture)["8"] == "validation"
        assert capture.frame_splits == ("train", "train", "train", "test")


def test_timed_frames_of_one_pose_are_one_camera(dataset: Datasets) -> None:
    with opened(dataset("nerf-timed")) as capture:
        # Two were named, three are poses.
        assert [held.name for held in capture.cameras] == ["000", "001", "002", "r_0", "r_1"]
        assert splits(capture)["r_1"] == "test"
        assert capture.aligned
        assert capture.background is not None
        assert capture.background.tolist() == [90, 90, 90]


def test_a_segment_can_be_chosen(dataset: Datasets) -> None:
    root = dataset("ava-256").root / "20230405--1635--AAN112"
    with open_capture(root, Choice("EXP_free_face")) as capture:
        assert capture.frame_names == ("EXP_free_face/003007",)
    root = dataset("multiface").root / "m--20180227--0000--6795937--GHS"
    with open_capture(root) as capture:
        assert len(capture.times) == 3
    with open_capture(root / "KRT", Choice("E057_Cheeks")) as capture:
        assert len(capture.times) == 1


def test_a_dropped_frame_is_missing_and_no_other(dataset: Datasets) -> None:
    with opened(dataset("ava-256")) as capture:
        present = [[capture.present(held.name, k) for k in range(3)] for held in capture.cameras]
        assert present == [[True] * 3, [True] * 3, [True, False, True]]
        with pytest.raises(ViewMissing, match=r"cam401880\.zip: holds no number 000124"):
            capture.view("401880", 1)


def test_vhap_keeps_flames_parameters(dataset: Datasets) -> None:
    with opened(dataset("vhap")) as capture:
        flame = capture.flame
    assert flame is not None
    assert flame.num_frames == 4
    assert flame.shape.shape == (300,)
    assert flame.static_offset is not None
    assert flame.static_offset.shape == (5143, 3)
    np.testing.assert_array_equal(flame.expression[:, 0], [0, 1, 2, 3])
    np.testing.assert_allclose(flame.jaw[:, 1], [0, 0.01, 0.02, 0.03], atol=1e-7)


def test_a_unions_sequences_share_one_world(dataset: Datasets) -> None:
    with opened(dataset("vhap-union")) as capture:
        flame = capture.flame
        assert len(capture.cameras) == 4
    assert flame is not None
    # The second sequence repeats the first's motion in a world moved aside.
    np.testing.assert_allclose(flame.translation[2:], flame.translation[:2], atol=1e-6)


def test_the_benchmark_keeps_flames_parameters(dataset: Datasets) -> None:
    with opened(dataset("nersemble-benchmark")) as capture:
        flame = capture.flame
    assert flame is not None
    assert not flame.about_neck
    np.testing.assert_allclose(
        flame.world_from_head(2), dataset("nersemble-benchmark").scene.world_from_head, atol=1e-6
    )


def test_depth_is_metres(copied: Datasets) -> None:
    fixture = copied("nerf-timed")
    path = fixture.root / "transforms.json"
    content = json.loads(path.read_text())
    depth = np.full((240, 320), 12345, np.uint16)
    Image.fromarray(depth).save(fixture.root / "depth.png")
    content["depth_unit_scale_factor"] = 1e-4
    content["frames"][0]["depth_file_path"] = "depth.png"
    path.write_text(json.dumps(content))
    with opened(fixture) as capture:
        found = capture.view("r_0", 0).depth
        assert found is not None
        np.testing.assert_allclose(found, 1.2345, rtol=1e-6)
        assert capture.view("r_0", 1).depth is None

"""Avatars measured against captures whose every picture is known."""

from __future__ import annotations

import csv
import json
import threading

import numpy as np
import pytest

from evaluation_scenes import GREY, FilmedCapture, arc, talking
from mien.avatar import AvatarState
from mien.capture.alignment import moved_camera, similarity
from mien.capture.protocol import View, with_camera
from mien.errors import Cancelled, FileError, MienError
from mien.evaluation.measuring import Measured, capture_states, evaluate
from mien.evaluation.metrics import Unavailable
from mien.evaluation.pairs import Box, effective_recipe, mask_box, photograph, rendered
from mien.evaluation.recipe import Recipe
from mien.evaluation.result import Evaluation
from mien.image import psnr, to_uint8
from mien.rendering import RenderOptions
from mien.transforms import matrix_from_axis_angle

CHEAP = Recipe(metrics=("psnr", "l1"))


def gathered(avatar, capture, recipe=CHEAP, **wanted):
    return {(item.camera, item.frame): item for item in evaluate(
        avatar, capture, recipe=recipe, **wanted)}  # fmt: skip


def test_a_person_looks_like_herself(ada, filmed, renderer):
    found = gathered(ada, filmed, renderer=renderer)
    assert len(found) == 12
    assert {key for key, item in found.items() if item.missing} == filmed.missing
    # What is left is the JPEG of the photographs.
    assert all(item.values["psnr"] > 38 for item in found.values() if not item.missing)


def test_missing_pictures_are_missing_and_not_zero(ada, filmed, renderer):
    found = gathered(ada, filmed, renderer=renderer, frames=[1])
    assert found["cam_02", 1] == Measured("cam_02", 1, missing="not in the capture")
    evaluation = Evaluation.of("ada", filmed, CHEAP, found.values())
    assert np.isnan(evaluation.table("psnr")[2, 0])
    values = [item.values["psnr"] for item in found.values() if not item.missing]
    assert evaluation.mean("psnr") == pytest.approx(np.mean(values))


def test_damaged_pictures_say_why(ada, filmed, renderer, monkeypatch):
    sound = filmed.view

    def view(camera, frame):
        if (camera, frame) == ("cam_01", 2):
            raise FileError(filmed.source, "frame 1002 of cam_01 is damaged")
        return sound(camera, frame)

    monkeypatch.setattr(filmed, "view", view)
    found = gathered(ada, filmed, renderer=renderer, frames=[2])
    assert found["cam_01", 2].missing == "frame 1002 of cam_01 is damaged"
    assert found["cam_00", 2].values


def test_values_are_those_of_the_pictures(likeness, filmed, renderer):
    """Computed a second way: whole pictures, drawn over the background by hand."""
    found = gathered(likeness, filmed, renderer=renderer, cameras=["cam_03"], frames=[2])
    options = RenderOptions(background=(GREY / 255,) * 3)
    lens = filmed.cameras[3].camera
    drawn = renderer.render(likeness.pose(filmed.states[2]), lens, options)
    image = np.clip(drawn.rgb, 0, 1)
    photo = filmed.view("cam_03", 2).image / 255.0
    assert found["cam_03", 2].values["psnr"] == pytest.approx(psnr(image, photo), abs=1e-4)


def test_the_box_is_cut_from_both_alike(ada, filmed, renderer):
    recipe = Recipe(metrics=("psnr",), crop="mask-box", margin=0.02)
    lens = filmed.cameras[1].camera
    photo = photograph(filmed, "cam_01", 2, lens=lens, recipe=recipe)
    assert photo.image.shape[0] < 112
    assert photo.image.shape[1] < 128
    image = rendered(renderer, ada.pose(filmed.states[2]), photo)
    assert psnr(image, photo.image) > 36
    # The same pixels as in the whole picture.
    whole = filmed.view("cam_01", 2).image
    left, top = (lens.intrinsics[:2, 2] - photo.camera.intrinsics[:2, 2]).astype(int)
    height, width = photo.image.shape[:2]
    cut = whole[top : top + height, left : left + width]
    assert (to_uint8(photo.image) == cut).all()


def test_boxes_hold_the_mask_and_a_margin():
    mask = np.zeros((50, 80), np.float32)
    assert mask_box(mask, margin=0.1) is None
    mask[10:30, 20:60] = 1
    mask[0, 0] = 0.4
    assert mask_box(mask, margin=0) == Box(20, 10, 60, 30)
    assert mask_box(mask, margin=0.1) == Box(16, 6, 64, 34)
    assert mask_box(mask, margin=1) == Box(0, 0, 80, 50)


def test_a_matte_takes_the_room_away(ada, renderer):
    room = FilmedCapture(ada, renderer, cameras=arc(1, (96, 96)), states=talking(1), room=True)
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    view = room.view("cam_00", 0)
    shown = np.where(view.mask[..., None] > 0, view.image, noise)
    room.view = lambda camera, frame: View(shown, view.mask)
    recipe = effective_recipe(CHEAP, room)
    assert recipe.matte == (0.0, 0.0, 0.0)
    values = gathered(ada, room, renderer=renderer)["cam_00", 0].values
    # Grey shines through soft edges in the photograph, which no matte can undo.
    assert values["psnr"] > 20
    white = gathered(ada, room, CHEAP.replace(matte=(1.0, 1.0, 1.0)), renderer=renderer)
    assert white["cam_00", 0].values["psnr"] > 20
    assert effective_recipe(CHEAP, FilmedCapture(ada, renderer, states=[])).matte is None


def test_without_a_mask_the_recipe_cannot_be_followed(ada, renderer):
    bare = FilmedCapture(ada, renderer, cameras=arc(1, (64, 64)), states=talking(1), masked=False)
    found = gathered(ada, bare, Recipe(metrics=("psnr",), crop="mask-box"), renderer=renderer)
    assert "no mask, which the recipe needs" in found["cam_00", 0].missing
    assert gathered(ada, bare, renderer=renderer)["cam_00", 0].values


def test_resolution_is_scaled_by_areas(likeness, filmed, renderer):
    recipe = CHEAP.replace(scale=0.5)
    lens = filmed.cameras[3].camera
    photo = photograph(filmed, "cam_03", 2, lens=lens, recipe=recipe)
    blocks = filmed.view("cam_03", 2).image.reshape(56, 2, 64, 2, 3) / 255.0
    assert np.abs(photo.image - blocks.mean(axis=(1, 3))).max() < 1.01 / 255
    assert photo.camera == lens.resized((64, 56))
    values = gathered(likeness, filmed, recipe, renderer=renderer, frames=[2])["cam_03", 2].values
    assert 24 < values["psnr"] < 40


def test_states_move_the_avatar(ada, filmed, renderer):
    still = gathered(ada, filmed, renderer=renderer, states=lambda _: AvatarState())
    moved = gathered(ada, filmed, renderer=renderer)
    assert still["cam_03", 1].values["psnr"] < moved["cam_03", 1].values["psnr"] - 5
    untracked = FilmedCapture(ada, renderer, states=[], tracked=False)
    assert capture_states(untracked)(0) == AvatarState()


class Placed:
    """An avatar that was fitted in a world of its own."""

    def __init__(self, avatar, head_from_world):
        self.head_from_world = head_from_world
        self.name = avatar.name
        self.pose = avatar.pose


def test_an_avatar_in_its_own_world_is_met_there(ada, filmed, renderer):
    """The cameras of a capture in millimetres somewhere else are moved to where the avatar is."""
    turn = matrix_from_axis_angle(np.array([0.3, 0.2, -0.4]))
    world_from_head = similarity(turn, (300.0, -200.0, 100.0), 1000.0)
    away = FilmedCapture(ada, renderer, cameras=filmed.cameras, states=filmed.states)
    away.cameras = tuple(
        with_camera(held, moved_camera(held.camera, world_from_head)) for held in filmed.cameras
    )
    away.tracking = None
    placed = Placed(ada, np.linalg.inv(world_from_head))
    found = gathered(
        placed, away, renderer=renderer, frames=[2], states=lambda frame: filmed.states[frame]
    )
    assert all(item.values["psnr"] > 38 for item in found.values())


def test_it_stops_between_pictures(ada, filmed, renderer):
    seen = []

    def progress(fraction, message):
        seen.append((fraction, message))
        if len(seen) == 3:
            raise Cancelled

    before = threading.active_count()
    reads = len(filmed.reads)
    with pytest.raises(Cancelled):
        list(evaluate(ada, filmed, recipe=CHEAP, renderer=renderer, progress=progress))
    assert seen[-1] == (0.25, "3 of 12 pictures")
    assert len(filmed.reads) - reads < 12
    assert threading.active_count() == before


def test_leaving_early_stops_the_threads(ada, filmed, renderer):
    before = threading.active_count()
    items = evaluate(ada, filmed, recipe=CHEAP, renderer=renderer)
    next(items)
    assert threading.active_count() > before
    items.close()
    assert threading.active_count() == before


def test_what_there_is_not_is_said(ada, filmed, renderer):
    with pytest.raises(KeyError, match="no camera 'front'"):
        next(evaluate(ada, filmed, cameras=["front"], renderer=renderer))
    with pytest.raises(IndexError, match="frames 0 to 2, not 3"):
        next(evaluate(ada, filmed, frames=[3], renderer=renderer))
    with pytest.raises(MienError, match="no metric 'x'"):
        next(evaluate(ada, filmed, recipe=Recipe(metrics=("x",)), renderer=renderer))
    with pytest.raises(Unavailable, match="no metric was asked for"):
        next(evaluate(ada, filmed, recipe=Recipe(metrics=()), renderer=renderer))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop": "head"}, "one of full, mask-box"),
        ({"scale": 0.0}, "scale 0: from 0.01 to 1"),
        ({"margin": float("nan")}, "margin nan"),
        ({"ppd": 1e9}, "ppd 1e"),
    ],
)
def test_recipes_check_their_values(changes, message):
    with pytest.raises(MienError, match=message):
        Recipe(**changes)


def test_recipes_can_be_read():
    told = dict(Recipe(crop="mask-box", matte=(1, 0, 0.5), scale=0.5).lines())
    assert "margin of 5%" in told["Region"]
    assert "#ff0080" in told["Background"]
    assert "0.5 of the photographs'" in told["Resolution"]


def made_evaluation(filmed, values, recipe=CHEAP):
    """Return an evaluation with PSNRs [C, T] made up; None is missing."""
    items = [
        Measured(held.name, frame, missing="gone")
        if value is None
        else Measured(held.name, frame, {"psnr": value, "l1": 1 / value})
        for held, row in zip(filmed.cameras, values, strict=True)
        for frame, value in enumerate(row)
    ]
    return Evaluation.of("x", filmed, recipe, items)


VALUES = [[30.0, 31, 32], [20, None, 22], [40, 41, None], [float("inf"), 29, 28]]


def test_means_leave_out_what_is_missing(filmed):
    found = made_evaluation(filmed, VALUES)
    assert found.camera_means("psnr").tolist() == [31, 21, 40.5, np.inf]
    assert found.frame_means("psnr")[1:].tolist() == [pytest.approx(101 / 3), pytest.approx(82 / 3)]
    assert np.isinf(found.mean("psnr"))
    assert found.splits == ("train", "test")
    assert found.split_mean("psnr", "test") == 21
    assert found.split_mean("l1", "train") == pytest.approx(
        np.mean([1 / value for row in (0, 2, 3) for value in VALUES[row] if value])
    )
    nothing = made_evaluation(filmed, [[None] * 3] * 4)
    assert np.isnan(nothing.mean("psnr"))
    assert nothing.worst("psnr") == ()
    assert nothing.middle("psnr") is None


def test_the_worst_pictures(filmed):
    found = made_evaluation(filmed, VALUES)

    def places(items):
        return [(item.camera, item.frame) for item in items]

    three = [("cam_01", 0), ("cam_01", 2), ("cam_03", 2)]
    assert places(found.worst("psnr", 3)) == three
    # What is worst by L1 is what is highest.
    assert places(found.worst("l1", 3)) == three
    spread = places(found.worst("psnr", 3, apart=2))
    assert spread == [("cam_01", 0), ("cam_03", 2), ("cam_00", 0)]
    assert found.middle("psnr").values["psnr"] == 31


def test_tables_for_other_programs(filmed, tmp_path):
    found = made_evaluation(filmed, VALUES)
    found.write_csv(tmp_path / "t.csv")
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text().splitlines()))
    assert len(rows) == 12
    first = dict(zip(("camera", "split", "frame_name"), ("cam_00", "train", "001000"), strict=True))
    assert first.items() <= rows[0].items()
    assert float(rows[1]["psnr"]) == 31
    assert (rows[4]["psnr"], rows[4]["missing"]) == ("", "gone")
    plain = json.loads(found.to_json())
    assert plain["mean"]["psnr"] == "inf"
    assert plain["cameras"][1]["psnr"] == plain["splits"]["test"]["psnr"] == 21
    assert plain["missing"] == [["cam_01", 1, "gone"], ["cam_02", 2, "gone"]]
    assert plain["recipe"]["crop"] == "full"

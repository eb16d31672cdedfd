"""The stage's pictures: where things land in them, how deep, how lit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from mien.avatar.rig import Rig
from mien.avatar.state import NEUTRAL, AvatarState
from mien.camera import Camera
from mien.capture.synthetic.backdrops import BACKDROPS
from mien.capture.synthetic.figure import Figure, Material, Paint, Part, Strands
from mien.capture.synthetic.lights import LIGHTS
from mien.capture.synthetic.person import (
    Beard,
    Brows,
    Eyes,
    Garment,
    Hair,
    Lashes,
    Person,
    Skin,
)
from mien.capture.synthetic.stage.fog import Fog
from mien.capture.synthetic.stage.sight import RESTART, Sight
from mien.capture.synthetic.stage.stage import Stage
from mien.errors import RenderError
from mien.rendering.opengl.context import headless_context

GREY = BACKDROPS["grey"]
STUDIO = LIGHTS["studio"]
TONE = (0.8, 0.6, 0.5)
NOBODY = Person(
    1, np.zeros(0, np.float32), 30.0, 0.5, (0.0, 0.0, 1.0), 0.0,
    Skin(TONE, TONE), Eyes(TONE), Hair("bald", TONE, TONE), Brows(TONE), Lashes(), Beard(),
    Garment("crew", TONE, TONE),
)  # fmt: skip


def plain(albedo: float = 0.6) -> Paint:
    color = np.full((8, 8, 3), round(255 * albedo), np.uint8)
    surface = np.zeros((8, 8, 4), np.uint8)
    surface[:] = 140, 60, 40, 255
    return Paint(color, surface)


def figure(
    points: np.ndarray, faces: np.ndarray, *, material: Material = "skin", strands=(), paint=None
) -> Figure:
    rig = Rig.from_dense(points, faces, joint_names=("root", "head"), joint_parents=(-1, 0),
                         joint_positions=np.zeros((2, 3)),
                         skin_joints=np.tile([1, 0, 0, 0], (len(points), 1)),
                         skin_weights=np.tile([1.0, 0, 0, 0], (len(points), 1)))  # fmt: skip
    uv = np.full((len(faces), 3, 2), 0.5, np.float32)
    part = Part("skin", material, rig.faces, uv, paint or plain())
    return Figure(NOBODY, "test", rig, (part,), tuple(strands))


def ball(radius: float = 0.09, steps: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A ball of triangles, counter-clockwise from outside."""
    lift, turn = np.meshgrid(
        np.linspace(0, np.pi, steps), np.linspace(0, 2 * np.pi, 2 * steps), indexing="ij"
    )
    points = radius * np.stack(
        [np.sin(lift) * np.sin(turn), np.cos(lift), np.sin(lift) * np.cos(turn)], axis=-1
    ).reshape(-1, 3)
    grid = np.arange(steps * 2 * steps).reshape(steps, 2 * steps)
    a, b, c, d = (g.ravel() for g in (grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]))
    return points, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def fringe(count: int = 600, length: float = 0.05) -> Strands:
    """Straight hairs that stand on the upper half of the ball."""
    points, faces = ball()
    rng = np.random.default_rng(0)
    upper = np.flatnonzero(points[faces].mean(axis=1)[:, 1] > 0.02)
    triangles = rng.choice(upper, count)
    roots = points[faces[triangles]].mean(axis=1)
    outward = roots / np.linalg.norm(roots, axis=1, keepdims=True)
    steps = np.linspace(0, length, 8)[None, :, None]
    line = (roots[:, None] + steps * outward[:, None]).astype(np.float32)
    return Strands(
        "hair", triangles.astype(np.int32), np.full((count, 3), 1 / 3, np.float32), line,
        np.full((count, 8), 4e-4, np.float32), np.full((count, 8, 3), 0.1, np.float32),
    )  # fmt: skip


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    context = headless_context()
    made = Stage(context)
    yield made
    made.close()
    made.close()
    context.release()


def odd_camera(size: tuple[int, int] = (150, 110)) -> Camera:
    """A camera with nothing centred, square or level."""
    base = Camera.looking_at(
        (0.25, 0.12, 0.6), (0.01, 0.02, 0), size=size, fov_y=0.5, up=(0.1, 1, 0)
    )
    k = base.intrinsics.copy()
    k[0, 0] *= 1.07
    k[0, 2] += 7.3
    k[1, 2] -= 4.6
    return Camera(base.world_from_camera, k, size)


def on_ball(camera: Camera, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Cast the ray through every pixel's centre: whether it hits [H, W], and how deep [H, W]."""
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    pixels = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    rays = camera.unproject(pixels, np.ones(len(pixels))) - camera.position
    b, c = rays @ camera.position, camera.position @ camera.position - radius**2
    a = (rays**2).sum(axis=1)
    inside = b * b - a * c
    depth = (-b - np.sqrt(np.maximum(inside, 0))) / a
    shape = camera.height, camera.width
    return (inside > 0).reshape(shape), depth.reshape(shape)


def test_mask_and_depth_are_those_of_the_rays_through_pixel_centres(stage: Stage) -> None:
    stage.enter(figure(*ball()))
    camera = odd_camera()
    shot = stage.shoot(camera, STUDIO, GREY)
    hit, depth = on_ball(camera, 0.09)
    assert shot.rgb.shape == (110, 150, 3)
    assert (shot.mask[hit & (shot.mask != 255)] > 0).mean() > 0.9
    wrong = hit != (shot.mask > 127)
    assert wrong.sum() < 0.02 * hit.sum()
    # Half a pixel off would shift the area's centre by as much.
    for axis in (0, 1):
        seen = np.average(np.arange(shot.mask.shape[axis]), weights=shot.mask.sum(axis=1 - axis))
        true = np.average(np.arange(hit.shape[axis]), weights=hit.sum(axis=1 - axis))
        assert seen == pytest.approx(true, abs=0.05)
    # Not at the very rim, where a pixel spans centimetres of depth.
    whole = on_ball(camera, 0.08)[0] & (shot.mask == 255)
    assert whole.sum() > 1000
    assert np.abs(shot.depth - depth)[whole].max() < 1e-3
    assert (shot.depth[shot.mask == 0] == 0).all()


def test_a_vertex_lands_on_its_pixel(stage: Stage) -> None:
    camera = odd_camera((201, 133))
    for place in ((0.02, 0.03, 0.05), (-0.05, -0.02, 0.01)):
        size = 0.0011
        corners = np.array(place) + size * np.array([[-1, -1, 0], [1, -1, 0], [0, 2, 0.0]])
        stage.enter(figure(corners, np.array([[0, 1, 2]])))
        mask = stage.shoot(camera, STUDIO, GREY).mask.astype(float)
        rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
        found = np.array([(mask * columns).sum(), (mask * rows).sum()]) / mask.sum()
        expected = camera.project(np.array([place]))[0][0]
        assert np.abs(found - expected).max() < 0.3


def test_a_plain_backdrop_keeps_its_colour_and_a_room_varies(stage: Stage) -> None:
    stage.enter(figure(*ball()))
    camera = odd_camera()
    shot = stage.shoot(camera, STUDIO, GREY)
    assert (shot.rgb[shot.mask == 0] == GREY.background).all()
    room = stage.shoot(camera, STUDIO, BACKDROPS["room"])
    assert BACKDROPS["room"].background is None
    assert room.rgb[room.mask == 0].std(axis=0).min() > 3
    assert (room.mask == shot.mask).all()
    assert (room.rgb[shot.mask == 255] == shot.rgb[shot.mask == 255]).all()


def test_equal_shots_are_equal_to_the_bit(stage: Stage) -> None:
    made = figure(*ball(), strands=[fringe()])
    camera = odd_camera()
    stage.enter(made)
    first = stage.shoot(camera, STUDIO, GREY)
    stage.pose(AvatarState(head_rotation=np.array([0.1, 0.4, 0.0])))
    moved = stage.shoot(camera, STUDIO, GREY)
    stage.enter(made)
    stage.pose(NEUTRAL)
    again = stage.shoot(camera, STUDIO, GREY)
    assert (first.rgb != moved.rgb).any()
    for name in ("rgb", "mask", "depth"):
        assert (getattr(first, name) == getattr(again, name)).all()


def test_light_comes_from_where_the_lamp_is(stage: Stage) -> None:
    stage.enter(figure(*ball()))
    camera = Camera.looking_at((0, 0, 0.6), (0, 0, 0), size=(96, 96), fov_y=0.4)
    shot = stage.shoot(camera, LIGHTS["window"], GREY)
    bright = np.where(shot.mask == 255, shot.rgb.mean(axis=2), 0)
    # The window is at the person's left, which a camera in front sees on the right.
    assert bright[40:56, 62:70].mean() > 1.5 * bright[40:56, 26:34].mean()


@pytest.mark.parametrize("light", ["hard", "studio"])
def test_what_is_above_shades_what_is_below(stage: Stage, light: str) -> None:
    points, faces = ball()
    roof = np.array([[-0.2, 0.14, -0.1], [0.2, 0.14, -0.1], [0.2, 0.13, 0.3], [-0.2, 0.13, 0.3]])
    slab = np.concatenate([roof, roof + [0, 0.01, 0]])
    start = len(points)
    sides = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]]) + start
    camera = Camera.looking_at((0, -0.05, 0.6), (0, 0, 0), size=(96, 96), fov_y=0.35)
    stage.enter(figure(points, faces))
    free = stage.shoot(camera, LIGHTS[light], GREY)
    stage.enter(figure(np.concatenate([points, slab]), np.concatenate([faces, sides])))
    shaded = stage.shoot(camera, LIGHTS[light], GREY)
    forehead = slice(28, 36), slice(40, 56)
    assert shaded.rgb[forehead].mean() < 0.75 * free.rgb[forehead].mean()


def test_hair_covers_and_shades_and_counts_for_the_mask(stage: Stage) -> None:
    camera = Camera.looking_at((0, 0.02, 0.8), (0, 0.02, 0), size=(128, 128), fov_y=0.4)
    stage.enter(figure(*ball()))
    bald = stage.shoot(camera, STUDIO, GREY)
    stage.enter(figure(*ball(), strands=[fringe(4000)]))
    haired = stage.shoot(camera, STUDIO, GREY)
    assert haired.mask.sum() > 1.3 * bald.mask.sum()
    crown = slice(34, 42), slice(56, 72)
    assert haired.rgb[crown].mean() < 0.6 * bald.rgb[crown].mean()
    assert (haired.depth[haired.mask > 0] > 0).all()


def test_hair_that_runs_together_has_a_course_and_what_crosses_has_none() -> None:
    along = np.zeros((2, 3, 3), np.float32)
    along[:, :, 1] = 0.01 * np.arange(3)
    along[1, :, 0] = 0.0002
    areas = np.full((2, 3), 1e-7, np.float32)
    np.testing.assert_allclose(Fog.of([along], [areas]).courses, [[0, 1, 0]] * 3, atol=1e-5)
    crossing = along.copy()
    crossing[1] = crossing[1, ::-1]
    assert np.abs(Fog.of([crossing], [areas]).courses).max() < 1e-5


def test_small_pictures_of_hair_are_like_large_ones_made_small(stage: Stage) -> None:
    stage.enter(figure(*ball(), strands=[fringe(6000)]))
    coarse, fine = (
        stage.shoot(
            Camera.looking_at((0, 0.02, 0.8), (0, 0.02, 0), size=(size, size), fov_y=0.4),
            STUDIO,
            GREY,
        ).rgb
        for size in (96, 384)
    )
    mean = fine.reshape(96, 4, 96, 4, 3).mean(axis=(1, 3))
    haired = np.abs(mean - GREY.background).max(axis=2) > 12
    error = (coarse - mean)[haired] / 255
    assert abs(error.mean()) < 0.035
    assert -10 * np.log10((error**2).mean()) > 22


def test_fewer_wider_strands_cover_as_much_in_a_small_picture(stage: Stage) -> None:
    stage.enter(figure(*ball(), strands=[fringe(3000, length=0.08)]))
    cover = []
    for size in (96, 192, 384):
        camera = Camera.looking_at((0, 0.05, 0.9), (0, 0.05, 0), size=(size, size), fov_y=0.35)
        ring = on_ball(camera, 0.12)[0] & ~on_ball(camera, 0.105)[0]
        ring[size // 2 :] = False
        cover.append(stage.shoot(camera, STUDIO, GREY).mask[ring].mean() / 255)
    assert max(cover) - min(cover) < 0.1
    assert min(cover) > 0.1


def test_relief_follows_the_light(stage: Stage) -> None:
    """A bump map's right is the texture's right: tilted texels face a lamp or turn away."""
    square = 0.08 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uv = (square[:, :2] / 0.16 + 0.5).astype(np.float32)[faces]
    camera = Camera.looking_at((0, 0, 0.6), (0, 0, 0), size=(64, 64), fov_y=0.3)
    brightness: dict[str, float] = {}
    tilts = {"left": (0.6, 0.0), "right": (-0.6, 0.0), "up": (0.0, 0.6), "down": (0.0, -0.6)}
    for name, tilt in tilts.items():
        normal = np.array([*tilt, np.sqrt(1 - 0.36)])
        bumps = np.zeros((8, 8, 3), np.uint8)
        bumps[:] = np.round(127.5 * (normal + 1))
        base = figure(square, faces, paint=replace(plain(), normals=bumps))
        part = replace(base.parts[0], corner_uv=uv)
        stage.enter(replace(base, parts=(part,)))
        shot = stage.shoot(camera, LIGHTS["window"], GREY)
        brightness[name] = float(shot.rgb[24:40, 24:40].mean())
    # The window is toward +X and a little above.
    assert brightness["left"] > 1.3 * brightness["right"]
    assert brightness["up"] > brightness["down"]


@pytest.mark.parametrize("material", ["skin", "eye", "teeth", "wet", "cloth"])
@pytest.mark.parametrize("light", LIGHTS)
def test_every_material_looks_like_its_paint_in_every_light(
    stage: Stage, material: Material, light: str
) -> None:
    stage.enter(figure(*ball(0.012, steps=16), material=material))
    camera = Camera.looking_at((-0.05, 0.03, 0.2), (0, 0, 0), size=(48, 48), fov_y=0.18)
    shot = stage.shoot(camera, LIGHTS[light], GREY)
    seen = shot.rgb[shot.mask == 255].astype(float)
    assert 50 < seen.mean() < 235
    assert (seen.min(axis=1) > 0).all()
    assert (seen.max(axis=1) >= 255).mean() < 0.02


def test_a_picture_too_large_says_so(stage: Stage) -> None:
    stage.enter(figure(*ball()))
    with pytest.raises(RenderError, match="40000x10 with 2 samples a side is larger"):
        stage.shoot(odd_camera((40000, 10)), STUDIO, GREY)


def test_an_empty_stage_says_so() -> None:
    context = headless_context()
    with context:
        empty = Stage(context)
        with pytest.raises(RenderError, match="nobody"):
            empty.shoot(odd_camera(), STUDIO, GREY)
        empty.close()
    context.release()


def test_hair_behind_the_head_is_not_drawn_and_nothing_that_is_seen_is_left_out() -> None:
    points, faces = ball()
    held = fringe(4000)
    fog = Fog.of([held.points], [np.full(held.points.shape[:2], 4e-6, np.float32)])
    camera = Camera.looking_at((0, 0.02, 0.8), (0, 0.02, 0), size=(128, 128), fov_y=0.4)
    sight = Sight.of(camera, points.astype(np.float32), faces.astype(np.int32), fog)
    strips = np.empty(held.points.shape[0] * 8 * 3, np.uint32)
    length = sight.strips(held.points, np.arange(8, dtype=np.int32), strips)
    drawn = np.unique(strips[:length][strips[:length] != RESTART] // 16)
    roots = held.points[:, 0]
    toward = (roots * (camera.position - roots)).sum(axis=1)
    in_front = np.flatnonzero(toward > 0)
    tips = held.points[:, -1]
    hidden = np.flatnonzero((roots[:, 2] < 0) & (np.hypot(tips[:, 0], tips[:, 1] - 0.02) < 0.06))
    assert len(hidden) > 50
    assert not np.isin(hidden, drawn).any()
    assert np.isin(in_front, drawn).all()

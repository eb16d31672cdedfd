from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mien.avatar.deformer import Bound, Deformer
from mien.avatar.rig import BoundGaussians
from mien.models.headsup.canvas import Canvas
from mien.rendering.differentiable import GaussianTensors
from mien.template.selection import open_template
from mien.training.headsup.person import Person, Rigs, Visitors
from mien.training.headsup.posing import posed
from mien.transforms import apply, quat_from_matrix, quat_multiply

NEUTRAL, SPOKEN, TURNED = range(3)


@pytest.fixture(scope="module")
def canvas() -> Canvas:
    return Canvas.of(open_template("mien_head"), 48)


@pytest.fixture(scope="module")
def person(crowd: Path, canvas: Canvas) -> Person:
    return Visitors(canvas).person(str(crowd / "somebody-000.capture"))


def _rig(person: Person):
    tracking = person.capture.tracking
    assert tracking is not None
    return Rigs().rig(tracking), tracking


def test_the_calmest_frame_is_the_neutral_one(person: Person) -> None:
    assert person.neutral == NEUTRAL


def test_cameras_follow_the_head(person: Person, canvas: Canvas) -> None:
    rig, tracking = _rig(person)
    surface = Deformer.of(rig).points(tracking.state(TURNED))
    assert surface is not None
    texels = person.texels(TURNED)
    assert texels is not None
    places = canvas.binding.points(surface, rig.faces)
    for held in person.cameras:
        before, _ = held.camera.project(places)
        after, _ = person.camera(held, TURNED).project(texels.points)
        np.testing.assert_allclose(before, after, atol=2e-3)
        assert person.camera(held, NEUTRAL) == held.camera


def test_in_the_heads_frame_a_skull_stands_still(person: Person) -> None:
    still, turned = person.texels(NEUTRAL), person.texels(TURNED)
    assert still is not None
    assert turned is not None
    moved = np.linalg.norm(turned.points - still.points, axis=1)
    crown = still.points[:, 1] > 0.08
    assert moved[crown].max() < 1e-4
    assert moved.max() > 0.01


@pytest.mark.parametrize("frame", [SPOKEN, TURNED])
def test_gaussians_are_posed_as_the_kernels_pose_an_avatar(
    person: Person, canvas: Canvas, frame: int
) -> None:
    rig, tracking = _rig(person)
    rng = np.random.default_rng(0)
    count = canvas.num_texels
    quats = rng.normal(size=(count, 4))
    quats = (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32)
    bound = BoundGaussians(
        canvas.binding,
        rng.normal(0, 0.01, (count, 3)).astype(np.float32),
        quats,
        rng.normal(-6, 0.3, (count, 3)).astype(np.float32),
        np.zeros(count, np.float32),
        np.zeros((count, 1, 3), np.float32),
    )
    by_kernel = Deformer.of(rig).pose(tracking.state(frame), Bound.of(bound, rig.faces))
    motion = person.motion(frame)
    assert by_kernel is not None
    assert motion is not None
    surface = canvas.binding.points(rig.rest, rig.faces)
    gaussians = posed(
        GaussianTensors(
            torch.from_numpy(surface + bound.offsets),
            torch.from_numpy(quats),
            torch.tensor(bound.log_scales),
            torch.zeros(count),
            torch.zeros(count, 1, 3),
        ),
        torch.from_numpy(surface),
        motion,
    )
    means, turns, scales = by_kernel
    back = _head_motion(person, frame)
    np.testing.assert_allclose(gaussians.means, apply(back, means), atol=2e-5)
    # The kernel's logarithm is a series, right to a third of a hundredth.
    np.testing.assert_allclose(gaussians.log_scales, scales, atol=4e-3)
    wanted = quat_multiply(quat_from_matrix(back[:3, :3]), turns)
    alike = np.abs((gaussians.quats.numpy() * wanted).sum(axis=1))
    np.testing.assert_allclose(alike, np.linalg.norm(wanted, axis=1), atol=1e-4)


def _head_motion(person: Person, frame: int) -> np.ndarray:
    held = person.cameras[0]
    moved = person.camera(held, frame).world_from_camera
    return moved @ np.linalg.inv(held.camera.world_from_camera)


def test_a_neutral_frame_moves_nothing_and_another_template_says_nothing(
    person: Person, crowd: Path
) -> None:
    assert person.motion(NEUTRAL) is None
    other = Visitors(None).person(str(crowd / "somebody-000.capture"))
    assert other.texels(NEUTRAL) is None
    assert other.motion(SPOKEN) is None
    assert other.neutral is None

"""What the numbers of a texel mean."""

from __future__ import annotations

import pytest
import torch

from mien.models.headsup.canvas import Canvas
from mien.models.headsup.gaussians import GaussianHead
from mien.models.quaternions import composed, rotated
from mien.template.head import HeadTemplate

SIDE = 32


@pytest.fixture(scope="module")
def canvas(template: HeadTemplate) -> Canvas:
    return Canvas.of(template, SIDE)


@pytest.fixture(scope="module")
def reading(canvas: Canvas) -> GaussianHead:
    return GaussianHead(canvas, layers=1)


def _maps(reading: GaussianHead, **numbers: float) -> torch.Tensor:
    channels = {"out": 2, "offset_out": 5, "size": 6, "turn": 10, "opacity": 13, "red": 14}
    maps = torch.zeros(1, reading.channels, SIDE, SIDE)
    for name, value in numbers.items():
        maps[:, channels[name]] = value
    return maps


def test_zeros_are_the_template_itself(reading: GaussianHead, canvas: Canvas) -> None:
    head = reading(_maps(reading))
    torch.testing.assert_close(head.surface[0], torch.tensor(canvas.points))
    assert not head.offsets.any()
    torch.testing.assert_close(head.log_scales[0], torch.tensor(canvas.log_scales))
    torch.testing.assert_close(head.quats[0], torch.tensor(canvas.quats))
    assert not head.sh.any()


def test_the_surface_moves_along_its_normals(reading: GaussianHead, canvas: Canvas) -> None:
    head = reading(_maps(reading, out=0.5))
    step = head.surface[0] - torch.tensor(canvas.points)
    torch.testing.assert_close(step, 0.01 * torch.tensor(canvas.frames)[:, :, 2])
    assert not head.offsets.any()


def test_offsets_leave_the_surface_where_it_is(reading: GaussianHead, canvas: Canvas) -> None:
    head = reading(_maps(reading, offset_out=1.0))
    torch.testing.assert_close(head.surface[0], torch.tensor(canvas.points))
    torch.testing.assert_close(head.offsets[0], 0.03 * torch.tensor(canvas.frames)[:, :, 2])


def test_only_the_texel_itself_moves(reading: GaussianHead, canvas: Canvas) -> None:
    maps = _maps(reading)
    cell = int(canvas.cells[100])
    maps[0, 14, cell // SIDE, cell % SIDE] = 1.0
    head = reading(maps)
    changed = head.sh[0, :, 0].abs().sum(dim=1).nonzero().ravel()
    assert changed.tolist() == [100]
    assert head.sh[0, 100, 0, 0] == 2.0


def test_sizes_and_turns_stay_within_bounds(reading: GaussianHead, canvas: Canvas) -> None:
    head = reading(_maps(reading, size=1e4, turn=1e3))
    grown = head.log_scales[0] - torch.tensor(canvas.log_scales)
    torch.testing.assert_close(grown[:, 0], torch.full_like(grown[:, 0], 3.0))
    assert not grown[:, 1:].any()
    torch.testing.assert_close(head.quats.norm(dim=-1), torch.ones_like(head.quats[..., 0]))


def test_a_texel_turns_in_its_own_frame(reading: GaussianHead, canvas: Canvas) -> None:
    head = reading(_maps(reading, turn=1.0))
    own = composed(torch.tensor(canvas.quats) * torch.tensor([1.0, -1, -1, -1]), head.quats[0])
    # The same small turn about the first axis of every texel.
    axis = torch.tensor([1.0, 0, 0]).expand(len(own), 3)
    torch.testing.assert_close(rotated(own, axis), axis, rtol=0, atol=1e-5)


def test_higher_opacity_numbers_are_more_opaque(reading: GaussianHead) -> None:
    thin, solid = reading(_maps(reading, opacity=-3.0)), reading(_maps(reading, opacity=3.0))
    assert (solid.logit_opacities - thin.logit_opacities == 6).all()

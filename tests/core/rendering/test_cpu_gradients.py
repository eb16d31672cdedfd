from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from dense_reference import render_dense, tensors
from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.rendering import RenderOptions
from mien.rendering.backends.cpu import CpuRenderer
from mien.rendering.cpu.autograd import rasterize
from mien.rendering.differentiable import GaussianTensors, Rasterization, rasterizer
from splat_scenes import ball, front_camera, off_centre

INPUTS = [*GaussianTensors._fields, "background"]


def _smooth_ball(num_gaussians: int, *, sh_degree: int, seed: int = 0) -> GaussianCloud:
    """Gaussians whose edges are soft, so that few pixels sit near the alpha threshold."""
    cloud = ball(num_gaussians, seed=seed, sh_degree=sh_degree, size=0.25)
    # Bright enough that no view cuts a colour off at black.
    constant = np.arange(cloud.sh.shape[1])[:, None] == 0
    return cloud.replace(
        logit_opacities=cloud.logit_opacities * 0.3, sh=cloud.sh * 0.3 + 0.15 * constant
    )


def _cameras() -> list[Camera]:
    """Two views; in the second, many Gaussians lie beyond where the affine camera is clamped."""
    near = Camera.looking_at((0.5, 0.2, 1.4), (0.8, 0, 0), size=(45, 34), fov_y=0.6)
    return [off_centre(front_camera((45, 34))), near]


def _loss(drawn: Rasterization, weights: list[Tensor]) -> Tensor:
    pictures = [picture for picture in drawn if picture is not None]
    return sum(
        ((picture * weight).sum() for picture, weight in zip(pictures, weights, strict=True)),
        torch.zeros((), dtype=drawn.rgb.dtype),
    )


def _weights(depth: bool) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    shapes = [(2, 34, 45, 3), (2, 34, 45), (2, 34, 45)]
    return [
        torch.randn(shape, dtype=torch.float64, generator=generator)
        for shape in shapes[: 3 if depth else 2]
    ]


def _gradients(
    draw: Callable[..., Rasterization], cloud: GaussianCloud, options: RenderOptions
) -> dict[str, Tensor]:
    inputs = [tensor.requires_grad_() for tensor in tensors(cloud)]
    background = torch.tensor([0.3, 0.6, 0.1], dtype=torch.float64, requires_grad=True)
    drawn = draw(GaussianTensors(*inputs), _cameras(), options, background=background)
    _loss(drawn, _weights(options.depth)).backward()
    found = [*inputs, background]
    return {name: tensor.grad for name, tensor in zip(INPUTS, found, strict=True)}  # pyright: ignore


@pytest.mark.parametrize("depth", [True, False], ids=["depth", "colour_only"])
@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_gradients_are_those_of_the_dense_reference(
    degree: int, antialiased: bool, depth: bool
) -> None:
    cloud = ball(150, sh_degree=degree, seed=degree, size=0.15)
    options = RenderOptions(antialiased=antialiased, depth=depth)
    ours = _gradients(rasterize, cloud, options)
    dense = _gradients(render_dense, cloud, options)
    for name in INPUTS:
        error = (ours[name] - dense[name]).abs().max() / dense[name].abs().max()
        assert error < 1e-6, f"{name}: {error:.1e}"


@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
@pytest.mark.parametrize("name", INPUTS)
def test_gradients_are_central_differences(name: str, antialiased: bool) -> None:
    cloud = _smooth_ball(12, sh_degree=3)
    options = RenderOptions(antialiased=antialiased)
    analytic = _gradients(rasterize, cloud, options)[name].reshape(-1)
    weights = _weights(depth=True)
    held = [*tensors(cloud), torch.tensor([0.3, 0.6, 0.1], dtype=torch.float64)]
    values = held[INPUTS.index(name)].reshape(-1)
    picked = np.random.default_rng(0).permutation(len(values))[:24]

    def loss_at(index: int, value: float) -> float:
        kept = float(values[index])
        values[index] = value
        *gaussians, background = held
        drawn = rasterize(GaussianTensors(*gaussians), _cameras(), options, background=background)
        values[index] = kept
        return float(_loss(drawn, weights))

    step = 1e-6
    numeric = torch.tensor(
        [
            (loss_at(i, float(values[i]) + step) - loss_at(i, float(values[i]) - step)) / (2 * step)
            for i in picked
        ],
        dtype=torch.float64,
    )
    error = (analytic[picked] - numeric).abs()
    assert (error <= 1e-2 * numeric.abs() + 1e-4 * numeric.abs().max()).all()


def test_opaque_gaussians_and_clamped_alphas() -> None:
    cloud = ball(80, seed=4, size=0.2)
    cloud = cloud.replace(logit_opacities=np.full(80, 12.0))
    ours = _gradients(rasterize, cloud, RenderOptions())
    dense = _gradients(render_dense, cloud, RenderOptions())
    for name in INPUTS:
        scale = max(float(dense[name].abs().max()), 1e-9)
        assert (ours[name] - dense[name]).abs().max() / scale < 1e-5, name


def test_single_precision_follows_double() -> None:
    cloud, cameras = ball(400, sh_degree=2, size=0.12), [front_camera((80, 60))]
    found = {}
    for dtype in (torch.float32, torch.float64):
        inputs = [tensor.requires_grad_() for tensor in tensors(cloud, dtype=dtype)]
        drawn = rasterize(GaussianTensors(*inputs), cameras)
        assert drawn.depth is not None
        (drawn.rgb.square().mean() + drawn.alpha.mean() + 0.1 * drawn.depth.mean()).backward()
        found[dtype] = [tensor.grad for tensor in inputs]
    for name, single, double in zip(INPUTS, *found.values(), strict=False):
        cosine = torch.nn.functional.cosine_similarity(
            single.double().reshape(1, -1), double.reshape(1, -1)
        )
        assert cosine > 0.9999, name


def test_gradients_do_not_depend_on_chance() -> None:
    cloud, cameras = ball(2000, sh_degree=1), [front_camera((160, 120))] * 3

    def gradients() -> list[Tensor]:
        inputs = [tensor.requires_grad_() for tensor in tensors(cloud, dtype=torch.float32)]
        rasterize(GaussianTensors(*inputs), cameras).rgb.square().sum().backward()
        return [tensor.grad for tensor in inputs]  # pyright: ignore

    first, second = gradients(), gradients()
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_several_pictures_before_one_backward_pass() -> None:
    camera = front_camera((50, 40))
    clouds = [ball(100, seed=seed) for seed in range(12)]

    def gradient(cloud: GaussianCloud, *, between: bool) -> Tensor:
        means = torch.tensor(cloud.means, requires_grad=True)
        rest = tensors(cloud, dtype=torch.float32)._replace(means=means)
        loss = rasterize(rest, [camera]).rgb.square().sum()
        if between:
            for other in clouds:
                held = tensors(other, dtype=torch.float32)
                held.means.requires_grad_()
                rasterize(held, [camera])
        loss.backward()
        assert means.grad is not None
        return means.grad

    plain, busy = gradient(clouds[0], between=False), gradient(clouds[0], between=True)
    assert torch.equal(plain, busy)


def test_draws_what_the_renderer_draws() -> None:
    cloud, camera = ball(500, sh_degree=2), front_camera()
    options = RenderOptions(background=(0.1, 0.2, 0.3), antialiased=True)
    drawn = rasterizer("cpu")(tensors(cloud, dtype=torch.float32), [camera], options)
    frame = CpuRenderer().render(cloud, camera, options)
    assert np.array_equal(drawn.rgb[0], frame.rgb)
    assert np.array_equal(drawn.alpha[0], frame.alpha)
    assert drawn.depth is not None
    assert np.array_equal(drawn.depth[0], frame.depth)
    assert not drawn.rgb.requires_grad


def test_a_cloud_can_be_fitted_to_a_picture() -> None:
    camera, target = front_camera((64, 48)), ball(60, seed=1, size=0.2)
    wanted = rasterize(tensors(target, dtype=torch.float32), [camera]).rgb
    start = tensors(ball(60, seed=2, size=0.2), dtype=torch.float32)
    inputs = [tensor.requires_grad_() for tensor in start]
    optimizer = torch.optim.Adam(inputs, lr=0.02)
    losses: list[float] = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (rasterize(GaussianTensors(*inputs), [camera]).rgb - wanted).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_says_what_it_cannot_draw() -> None:
    single = tensors(ball(3), dtype=torch.float32)
    with pytest.raises(ValueError, match="share a size"):
        rasterize(single, [front_camera((10, 10)), front_camera((20, 10))])
    with pytest.raises(ValueError, match="share a size"):
        rasterize(single, [])
    with pytest.raises(ValueError, match=r"quats is torch\.float64"):
        rasterize(single._replace(quats=single.quats.double()), [front_camera()])
    with pytest.raises(ValueError, match="float16"):
        rasterize(tensors(ball(3), dtype=torch.float16), [front_camera()])

"""The gsplat renderer against the CPU's: pictures, batches, gradients. Needs a CUDA GPU."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch

from mien.camera import Camera
from mien.gaussians.cloud import GaussianCloud
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer
from mien.rendering.differentiable import GaussianTensors, rasterizer

pytestmark = pytest.mark.cuda

SIZE = (160, 120)
CENTRED = Camera.looking_at((0.3, 0.4, 1.6), (0, 0, 0), size=SIZE, fov_y=0.7)
OFF_CENTRE = Camera(CENTRED.world_from_camera, [[155, 0, 35.3], [0, 190, 91], [0, 0, 1]], SIZE)


def cloud_of(degree: int, n: int = 2000) -> GaussianCloud:
    rng = np.random.default_rng(degree)
    return GaussianCloud(
        rng.normal(0, 0.25, (n, 3)),
        rng.normal(size=(n, 4)),
        rng.normal(-3.8, 0.6, (n, 3)),
        rng.normal(0.5, 1.5, n),
        rng.normal(0, 0.25, (n, (degree + 1) ** 2, 3)),
    )


@pytest.fixture(scope="module")
def both():
    renderers = make_renderer("gsplat"), make_renderer("cpu")
    yield renderers
    for renderer in renderers:
        renderer.close()


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("camera", [CENTRED, OFF_CENTRE], ids=["centred", "off-centre"])
@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
def test_the_picture_is_the_cpus(both, degree, camera, antialiased):
    cloud = cloud_of(degree)
    options = RenderOptions(background=(0.2, 0.5, 0.8), antialiased=antialiased)
    frame, expected = (renderer.render(cloud, camera, options) for renderer in both)
    assert psnr(frame.rgb, expected.rgb) > 45
    assert psnr(frame.alpha, expected.alpha) > 45
    seen = expected.alpha > 0.1
    np.testing.assert_allclose(frame.depth[seen], expected.depth[seen], atol=5e-3)
    assert not frame.depth[frame.alpha == 0].any()


def test_batches_of_mixed_sizes_are_the_single_pictures(both):
    renderer, _ = both
    cloud = cloud_of(1)
    cameras = [CENTRED, OFF_CENTRE, CENTRED.resized((64, 48)), CENTRED]
    options = RenderOptions(eight_bit=True, depth=False)
    for frame, camera in zip(renderer.render_batch(cloud, cameras, options), cameras, strict=True):
        assert frame.rgb.dtype == np.uint8
        assert frame.depth is None
        assert frame.camera == camera
        alone = renderer.render(cloud, camera, options)
        np.testing.assert_array_equal(frame.rgb, alone.rgb)


def test_frames_outlive_the_next_render(both):
    renderer, _ = both
    first = renderer.render(cloud_of(0), CENTRED)
    kept = first.rgb.copy()
    renderer.render(cloud_of(1), OFF_CENTRE)
    np.testing.assert_array_equal(first.rgb, kept)


def test_memory_of_clouds_that_are_gone_is_freed(both):
    renderer, _ = both
    renderer.render(cloud_of(3, 100_000), CENTRED)
    gc.collect()
    before = torch.cuda.memory_allocated()
    for _ in range(10):
        renderer.render(cloud_of(3, 100_000), CENTRED)
    gc.collect()
    assert torch.cuda.memory_allocated() <= before + (1 << 20)


def test_gradients_are_the_cpus():
    cloud = cloud_of(2, 300)
    gradients = {}
    for device in ("cuda", "cpu"):
        arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
        inputs = [torch.tensor(a, device=device, requires_grad=True) for a in arrays]
        background = torch.tensor([0.2, 0.5, 0.8], device=device, requires_grad=True)
        drawn = rasterizer(device)(
            GaussianTensors(*inputs),
            [CENTRED, OFF_CENTRE],
            RenderOptions(antialiased=True),
            background=background,
        )
        generator = torch.Generator().manual_seed(0)
        weights = torch.rand(drawn.rgb.shape, generator=generator).to(device)
        assert drawn.depth is not None
        loss = (drawn.rgb * weights).sum() + (drawn.depth * drawn.alpha * weights[..., 0]).sum()
        loss.backward()
        gradients[device] = [tensor.grad.cpu().numpy() for tensor in (*inputs, background)]
    for found, expected in zip(gradients["cuda"], gradients["cpu"], strict=True):
        error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
        assert error < 1e-2

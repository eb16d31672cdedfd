"""What gsplat is called with, checked by carrying it out with gsplat's own torch functions.

The kernels need a GPU; the functions they are tested against at gsplat's do not. Composited densely
they are an oracle for the OpenGL renderer as well.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer, renderers
from mien.rendering.cuda.rasterizer import rasterization_arguments
from mien.rendering.differentiable import GaussianTensors
from mien.rendering.protocol import ALPHA_MAX, ALPHA_MIN

reference = pytest.importorskip("gsplat.cuda._torch_impl", reason="gsplat is not installed")
rasterization = pytest.importorskip("gsplat.rendering").rasterization

SIZE = (96, 72)
CENTRED = Camera.looking_at((0.3, 0.4, 1.6), (0, 0, 0), size=SIZE, fov_y=0.7)
OFF_CENTRE = Camera(CENTRED.world_from_camera, [[95, 0, 21.3], [0, 120, 55.8], [0, 0, 1]], SIZE)


def cloud_of(degree: int) -> GaussianCloud:
    rng = np.random.default_rng(degree)
    n = 600
    return GaussianCloud(
        rng.normal(0, 0.25, (n, 3)),
        rng.normal(size=(n, 4)),
        rng.normal(-3.6, 0.6, (n, 3)),
        rng.normal(0.5, 1.5, n),
        rng.normal(0, 0.25, (n, (degree + 1) ** 2, 3)),
    )


def tensors_of(cloud: GaussianCloud) -> GaussianTensors:
    arrays = (cloud.means, cloud.quats, cloud.log_scales, cloud.logit_opacities, cloud.sh)
    return GaussianTensors(*(torch.tensor(array) for array in arrays))


def drawn_by_reference(arguments: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rgb, alpha and expected depth of the first camera."""
    covariances, _ = reference._quat_scale_to_covar_preci(
        arguments["quats"], arguments["scales"], True, False
    )
    radii, centres, depths, conics, compensations = reference._fully_fused_projection(
        arguments["means"],
        covariances,
        arguments["viewmats"],
        arguments["Ks"],
        arguments["width"],
        arguments["height"],
        eps2d=arguments["eps2d"],
        near_plane=arguments["near_plane"],
        calc_compensations=arguments["rasterize_mode"] == "antialiased",
    )
    eye = torch.linalg.inv(arguments["viewmats"])[0, :3, 3]
    directions = torch.nn.functional.normalize(arguments["means"] - eye, dim=-1)
    colors = reference._spherical_harmonics(arguments["sh_degree"], directions, arguments["colors"])
    colors = torch.clamp_min(colors + 0.5, 0)
    opacities = arguments["opacities"]
    if compensations is not None:
        opacities = opacities * compensations[0]
    order = torch.argsort(depths[0])
    order = order[(radii[0, order] > 0).all(-1)]
    columns = torch.arange(arguments["width"]) + 0.5
    rows = torch.arange(arguments["height"]) + 0.5
    dx = columns[None, None, :] - centres[0, order, 0, None, None]
    dy = rows[None, :, None] - centres[0, order, 1, None, None]
    a, b, c = (conics[0, order, i, None, None] for i in range(3))
    alphas = opacities[order, None, None] * torch.exp(
        -0.5 * (a * dx * dx + c * dy * dy) - b * dx * dy
    )
    alphas = torch.where(alphas < ALPHA_MIN, 0, alphas.clamp(max=ALPHA_MAX))
    through = torch.cumprod(1 - alphas, 0)
    weights = alphas * torch.cat([torch.ones_like(through[:1]), through[:-1]])
    background = arguments["backgrounds"][0]
    rgb = torch.einsum("nhw,nc->hwc", weights, colors[order]) + through[-1][..., None] * background
    alpha = weights.sum(0)
    depth = torch.einsum("nhw,n->hw", weights, depths[0, order]) / alpha.clamp(min=1e-10)
    return rgb.numpy(), alpha.numpy(), depth.numpy()


@pytest.mark.skipif(bool(renderers.get("opengl").unavailable()), reason="no OpenGL here")
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("camera", [CENTRED, OFF_CENTRE], ids=["centred", "off-centre"])
@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
def test_opengl_draws_what_gsplats_functions_say(degree, camera, antialiased):
    cloud = cloud_of(degree)
    options = RenderOptions(background=(0.2, 0.5, 0.8), antialiased=antialiased)
    rgb, alpha, depth = drawn_by_reference(
        rasterization_arguments(tensors_of(cloud), [camera], options)
    )
    renderer = make_renderer("opengl")
    try:
        frame = renderer.render(cloud, camera, options)
    finally:
        renderer.close()
    assert alpha.mean() > 0.2
    assert psnr(frame.rgb, rgb) > 55
    assert psnr(frame.alpha, alpha) > 55
    seen = alpha > 0.1
    assert frame.depth is not None
    assert np.abs(frame.depth - depth)[seen].max() < 5e-3


def test_options_arrive():
    options = RenderOptions(
        background=(0.1, 0.2, 0.3), antialiased=True, sh_degree=1, opacity_gain=2.0, depth=False
    )
    cloud = cloud_of(2)
    arguments = rasterization_arguments(tensors_of(cloud), [CENTRED, OFF_CENTRE], options)
    inspect.signature(rasterization).bind(**arguments)
    assert arguments["sh_degree"] == 1
    assert arguments["render_mode"] == "RGB"
    assert arguments["rasterize_mode"] == "antialiased"
    assert arguments["backgrounds"].shape == (2, 3)
    assert arguments["viewmats"].shape == (2, 4, 4)
    assert (arguments["width"], arguments["height"]) == SIZE
    np.testing.assert_allclose(arguments["opacities"], 2 * cloud.opacities, rtol=1e-6)
    np.testing.assert_allclose(arguments["Ks"][1], OFF_CENTRE.intrinsics, rtol=1e-6)


def test_a_background_that_is_learnt_replaces_the_options():
    background = torch.tensor([0.3, 0.2, 0.1], requires_grad=True)
    arguments = rasterization_arguments(
        tensors_of(cloud_of(0)), [CENTRED] * 3, RenderOptions(), background=background
    )
    arguments["backgrounds"].sum().backward()
    np.testing.assert_allclose(background.grad, [3, 3, 3])


def test_cameras_of_different_sizes_are_refused():
    cameras = [CENTRED, CENTRED.resized((10, 10))]
    for given in (cameras, []):
        with pytest.raises(RenderError, match="one size"):
            rasterization_arguments(tensors_of(cloud_of(0)), given, RenderOptions())

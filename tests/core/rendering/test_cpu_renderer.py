from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numba
import numpy as np
import pytest
import torch

from dense_reference import harmonics, render_dense, rotations, tensors
from golden_images import assert_golden, worst_tile
from mien.camera import Camera
from mien.errors import RenderError
from mien.gaussians.cloud import GaussianCloud
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer
from mien.rendering.backends.cpu import CpuRenderer
from mien.rendering.cpu.autograd import rasterize
from splat_scenes import SplatScene, ball, face, front_camera, off_centre, parity_scenes


@pytest.fixture(scope="module")
def renderer() -> Iterator[CpuRenderer]:
    made = CpuRenderer()
    yield made
    made.close()


@pytest.mark.parametrize("antialiased", [False, True], ids=["classic", "antialiased"])
@pytest.mark.parametrize("scene", parity_scenes(), ids=lambda scene: scene.name)
def test_agrees_with_the_dense_reference(
    renderer: CpuRenderer, scene: SplatScene, antialiased: bool
) -> None:
    options = RenderOptions(background=(0.2, 0.5, 0.8), antialiased=antialiased)
    frame = renderer.render(scene.cloud, scene.camera, options)
    dense = render_dense(tensors(scene.cloud), [scene.camera], options)
    assert dense.depth is not None
    assert frame.depth is not None
    assert psnr(frame.rgb, dense.rgb[0].numpy()) > 55
    assert psnr(frame.alpha, dense.alpha[0].numpy()) > 55
    # Where hardly anything is, a Gaussian at the threshold decides the depth.
    solid = dense.alpha[0].numpy() > 0.1
    depth_error = np.abs(frame.depth - dense.depth[0].numpy())[solid]
    assert depth_error.size == 0 or depth_error.mean() < 1e-3


@pytest.mark.parametrize("gain", [0.3, 40.0])
def test_opacity_gain(renderer: CpuRenderer, gain: float) -> None:
    cloud, camera = ball(200, seed=2), front_camera()
    options = RenderOptions(opacity_gain=gain)
    frame = renderer.render(cloud, camera, options)
    dense = render_dense(tensors(cloud), [camera], options)
    assert psnr(frame.rgb, dense.rgb[0].numpy()) > 55


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_harmonics_can_be_limited(renderer: CpuRenderer, degree: int) -> None:
    cloud, camera = ball(200, sh_degree=3), front_camera()
    limited = renderer.render(cloud, camera, RenderOptions(sh_degree=degree))
    cut = cloud.replace(sh=np.ascontiguousarray(cloud.sh[:, : (degree + 1) ** 2]))
    assert np.array_equal(limited.rgb, renderer.render(cut, camera).rgb)


def test_bytes_are_the_rounded_floats(renderer: CpuRenderer) -> None:
    cloud, camera = face(), front_camera((150, 170), distance=0.5)
    options = RenderOptions(background=(1, 0.5, 0))
    exact = renderer.render(cloud, camera, options)
    quick = renderer.render(
        cloud, camera, RenderOptions(background=(1, 0.5, 0), depth=False, eight_bit=True)
    )
    assert quick.rgb.dtype == np.uint8
    assert quick.depth is None
    assert np.abs(quick.rgb.astype(int) - exact.rgb8).max() <= 1
    assert np.allclose(quick.alpha, exact.alpha, atol=1e-6)


def test_frames_own_their_pixels(renderer: CpuRenderer) -> None:
    camera = front_camera((64, 48))
    frame = renderer.render(ball(100, seed=1), camera)
    row = frame.rgb[3]
    kept = frame.rgb.copy(), frame.alpha.copy(), row.copy()
    view_of_dropped = renderer.render(ball(100, seed=2), camera).rgb[::2, :, 0]
    kept_view = view_of_dropped.copy()
    for seed in range(20):
        renderer.render(ball(100, seed=seed), camera)
    assert np.array_equal(frame.rgb, kept[0])
    assert np.array_equal(frame.alpha, kept[1])
    assert np.array_equal(row, kept[2])
    assert np.array_equal(view_of_dropped, kept_view)


def test_dropped_pictures_are_drawn_into_again(renderer: CpuRenderer) -> None:
    cloud, camera = ball(10), front_camera((33, 21))
    places = {renderer.render(cloud, camera).rgb.ctypes.data for _ in range(40)}
    assert len(places) <= 2


def test_more_entries_than_there_was_room_for(renderer: CpuRenderer) -> None:
    wide = ball(600, size=2.0)
    camera = front_camera((640, 480), distance=2.0)
    first = CpuRenderer()
    assert np.array_equal(first.render(wide, camera).rgb, renderer.render(wide, camera).rgb)
    first.close()


def test_threads_may_draw_at_the_same_time(renderer: CpuRenderer) -> None:
    scenes = [(ball(3000, seed=seed), front_camera((200, 150))) for seed in range(4)]
    expected = [renderer.render(*scene).rgb.copy() for scene in scenes]
    wrong: list[int] = []

    def draw(index: int) -> None:
        own = CpuRenderer()
        pictures = (own.render(*scenes[index]).rgb for _ in range(15))
        wrong.extend(index for rgb in pictures if not np.array_equal(rgb, expected[index]))
        own.close()

    threads = [threading.Thread(target=draw, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_number_of_threads_changes_nothing(renderer: CpuRenderer) -> None:
    cloud, camera = ball(3000, seed=1), front_camera((200, 150))
    expected = renderer.render(cloud, camera).rgb.copy()
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert np.array_equal(renderer.render(cloud, camera).rgb, expected)
    finally:
        numba.set_num_threads(before)


def test_the_interpreter_is_free_while_a_picture_is_drawn(renderer: CpuRenderer) -> None:
    cloud, camera = ball(30_000, size=0.2), front_camera((1600, 1200))
    renderer.render(cloud, camera)
    drawing = threading.Event()
    done = threading.Event()
    steps = 0

    def draw() -> None:
        drawing.set()
        renderer.render(cloud, camera)
        done.set()

    thread = threading.Thread(target=draw)
    thread.start()
    drawing.wait()
    while not done.is_set():
        steps += 1
        time.sleep(0)
    thread.join()
    assert steps > 20


def test_warm_up_compiles_all_there_is() -> None:
    from mien.rendering.cpu.backward import render_gradient
    from mien.rendering.cpu.forward import render
    from mien.rendering.cpu.warmup import warm_up

    warm_up()
    compiled = [len(kernel.signatures) for kernel in (render, render_gradient)]
    cloud = ball(20, sh_degree=2)
    CpuRenderer().render(cloud, front_camera((7, 9)), RenderOptions(eight_bit=True, depth=False))
    held = tensors(cloud, dtype=torch.float32)
    held.means.requires_grad_()
    drawn = rasterize(held, [front_camera((1, 1)), front_camera((1, 1))])
    drawn.alpha.sum().backward()
    assert [len(kernel.signatures) for kernel in (render, render_gradient)] == compiled


def test_numbers_that_are_none_are_not_drawn(renderer: CpuRenderer) -> None:
    cloud, camera = ball(60, sh_degree=1, size=0.2), front_camera()
    broken = {name: getattr(cloud, name).copy() for name in ("means", "quats", "log_scales", "sh")}
    broken["logit_opacities"] = cloud.logit_opacities.copy()
    values = [np.nan, np.inf, -np.inf, 1e30, -1e30]
    good = np.ones(60, bool)
    for index, (name, value) in enumerate((n, v) for n in broken for v in values):
        broken[name][index] = value
        good[index] = False
    rest = renderer.render(GaussianCloud(**broken), camera)
    assert bool(np.isfinite(rest.rgb).all())
    assert bool(np.isfinite(rest.alpha).all())
    alone = renderer.render(cloud.take(good), camera)
    assert alone.alpha.max() > 0.5


def test_a_large_picture_of_huge_gaussians(renderer: CpuRenderer) -> None:
    camera = front_camera((1921, 1083), distance=1.2)
    frame = renderer.render(ball(40, size=30.0), camera)
    assert frame.rgb.shape == (1083, 1921, 3)
    assert frame.alpha.min() > 0.99


def test_the_cut_of_a_closer_look_is_the_same_picture(renderer: CpuRenderer) -> None:
    cloud, camera = ball(300, seed=4), front_camera((120, 90))
    whole = renderer.render(cloud, camera)
    part = renderer.render(cloud, camera.cropped(37, 21, (50, 40)))
    assert psnr(part.rgb, whole.rgb[21:61, 37:87]) > 60


def test_a_closed_renderer_says_so() -> None:
    renderer = make_renderer("cpu")
    renderer.close()
    with pytest.raises(RenderError, match="closed"):
        renderer.render(ball(1), front_camera())


def test_projection_is_gsplats(renderer: CpuRenderer) -> None:
    cloud = ball(3000, anisotropy=1.0, size=0.05)
    _assert_projection_is_gsplats(cloud, off_centre(front_camera((300, 200))))


def test_projection_is_gsplats_on_the_garden(shared_data) -> None:
    path = shared_data / "gsplat" / "test_garden.npz"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    garden = np.load(path)
    means = garden["means3d"].astype(np.float32)
    random = np.random.default_rng(0)
    count = len(means)
    cloud = GaussianCloud(
        means,
        random.normal(size=(count, 4)),
        np.log(random.random((count, 3)) * 0.02 + 1e-4),
        random.normal(size=count),
        (garden["colors"].reshape(count, 1, 3) / 255 - 0.5) / 0.28209479177387814,
    )
    size = int(garden["width"]), int(garden["height"])
    for view, intrinsics in zip(garden["viewmats"], garden["Ks"], strict=True):
        pose = np.linalg.inv(view.astype(np.float64))
        _assert_projection_is_gsplats(cloud, Camera(pose, intrinsics, size))


def _assert_projection_is_gsplats(cloud: GaussianCloud, camera: Camera) -> None:
    reference = pytest.importorskip("gsplat.cuda._torch_impl", reason="gsplat is not installed")
    from mien.rendering.cpu import records as r
    from mien.rendering.cpu.inspection import project_cloud

    records, visible = project_cloud(cloud, camera, RenderOptions())
    data = tensors(cloud)
    frame = rotations(data.quats) * data.log_scales.exp()[:, None, :]
    radii, centres, depths, conics, compensations = reference._fully_fused_projection(
        data.means,
        frame @ frame.mT,
        torch.tensor(camera.camera_from_world)[None],
        torch.tensor(camera.intrinsics)[None],
        *camera.size,
        calc_compensations=True,
    )
    seen = (radii[0] > 0).all(-1).numpy()
    assert visible.sum() > 100
    assert not (visible & ~seen).any(), "what gsplat culls is not drawn"
    to_exponent = -0.5 * np.log2(np.e)
    close = {"rtol": 1e-4, "atol": 0}
    records = records[visible].astype(np.float64)
    scales = np.array([1, 2, 1]) * to_exponent
    expected = conics[0, visible].numpy() * scales
    # The mixed term passes through zero: it is compared on the scale of the other two.
    size = np.sqrt(np.abs(expected[:, 0] * expected[:, 2]))
    for column in range(3):
        error = np.abs(records[:, r.A + column] - expected[:, column])
        assert (error <= 1e-4 * np.maximum(np.abs(expected[:, column]), size)).all()
    np.testing.assert_allclose(records[:, r.DEPTH], depths[0, visible], **close)
    np.testing.assert_allclose(records[:, r.COMPENSATION], compensations[0, visible], **close)
    error = np.abs(records[:, [r.X, r.Y]] - centres[0, visible].numpy())
    assert error.max() <= 1e-4 * max(camera.size)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_harmonics_are_gsplats(degree: int) -> None:
    reference = pytest.importorskip("gsplat.cuda._torch_impl", reason="gsplat is not installed")
    directions = torch.nn.functional.normalize(
        torch.randn(500, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), dim=-1
    )
    cloud = ball(500, sh_degree=degree)
    sh = torch.tensor(cloud.sh, dtype=torch.float64)
    expected = reference._spherical_harmonics(degree, directions, sh)
    ours = torch.einsum("nk,nkc->nc", harmonics(directions, degree), sh)
    assert torch.allclose(ours, expected, rtol=1e-4, atol=1e-6)


def test_golden_face(renderer: CpuRenderer) -> None:
    camera = Camera.looking_at((0.12, 0.04, 0.5), (0, 0, 0), size=(200, 240), fov_y=0.55)
    frame = renderer.render(face(), camera, RenderOptions(background=(0.12, 0.13, 0.15)))
    assert_golden(frame.rgb8, "cpu_face")


def test_golden_ball_antialiased(renderer: CpuRenderer) -> None:
    options = RenderOptions(background=(1, 1, 1), antialiased=True)
    frame = renderer.render(ball(3000, sh_degree=3, size=0.05), front_camera((240, 180)), options)
    assert_golden(frame.rgb8, "cpu_ball_antialiased")


def test_a_golden_notices_a_missing_tile() -> None:
    error = np.zeros((50, 70))
    error[48:50, 64:70] = 8.0
    assert worst_tile(error) == 8.0

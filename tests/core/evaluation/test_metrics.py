"""Every figure is held to another implementation of its metric, or to a value known by hand."""

from __future__ import annotations

import subprocess
import sys
import warnings

import flip_evaluator
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mien.errors import MienError
from mien.evaluation.flip_map import DEFAULT_PPD, flip, flip_map
from mien.evaluation.learned import lpips_unavailable
from mien.evaluation.magma import magma_colors
from mien.evaluation.metrics import METRICS, l1, metric, ms_ssim, unavailable
from mien.evaluation.recipe import Recipe
from mien.evaluation.similarity import PictureTooSmall, ssim
from mien.image import psnr, read_image
from mien.resources import resource


def as_batch(picture, dtype):
    import torch

    return torch.from_numpy(picture).to(dtype).permute(2, 0, 1)[None]


def clouds(shape, seed=0):
    """Return a soft random picture and the same with noise."""
    rng = np.random.default_rng(seed)
    picture = gaussian_filter(rng.random((*shape, 3)), (2, 2, 0))
    picture = (picture - picture.min()) / np.ptp(picture)
    noisy = np.clip(picture + rng.normal(0, 0.05, picture.shape), 0, 1)
    return picture.astype(np.float32), noisy.astype(np.float32)


@pytest.fixture(scope="module")
def pairs():
    """Pairs of pictures: noise, a shift of real faces, flat with a small step, black and white."""
    people = read_image(resource("pictures/synthetic_people.jpg"))
    faces = people[60:220, 40:252].astype(np.float32) / 255
    flat = np.full((64, 64, 3), 0.5, np.float32)
    black = np.zeros((40, 33, 3), np.float32)
    return {
        "noise": clouds((61, 75)),
        "faces": (faces, np.ascontiguousarray(np.roll(faces, 2, axis=1))),
        "flat": (flat, flat + np.float32(0.01)),
        "black and white": (black, np.ones_like(black)),
    }


NAMES = ["noise", "faces", "flat", "black and white"]


@pytest.mark.parametrize("name", NAMES)
def test_ssim_is_that_of_torchmetrics(pairs, name):
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    reference, image = pairs[name]
    # In doubles: its floats lose the variance of flat pictures to rounding.
    expected = structural_similarity_index_measure(
        as_batch(image, torch.float64), as_batch(reference, torch.float64), data_range=1.0
    )
    assert ssim(image, reference) == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_psnr_is_that_of_torchmetrics(pairs, name):
    import torch
    from torchmetrics.functional.image import peak_signal_noise_ratio

    reference, image = pairs[name]
    expected = peak_signal_noise_ratio(
        as_batch(image, torch.float64), as_batch(reference, torch.float64), data_range=1.0
    )
    assert psnr(image, reference) == pytest.approx(float(expected), abs=1e-4)


def test_equal_pictures_are_perfect(pairs):
    picture = pairs["faces"][0]
    assert np.isinf(psnr(picture, picture))
    assert ssim(picture, picture) == pytest.approx(1, abs=1e-6)
    assert flip(picture, picture) == 0
    assert l1(picture, picture) == 0


def test_known_values():
    grey = np.full((32, 32, 3), 0.5, np.float32)
    off = grey + np.float32(0.1)
    assert psnr(off, grey) == pytest.approx(20, abs=1e-5)
    assert l1(off, grey) == pytest.approx(0.1)
    # Of flat pictures only the means differ (equation 6 of Wang et al. 2004).
    expected = (2 * 0.5 * 0.6 + 1e-4) / (0.5**2 + 0.6**2 + 1e-4)
    assert ssim(off, grey) == pytest.approx(expected, abs=1e-4)


def test_ms_ssim_looks_at_five_scales():
    reference, image = clouds((176, 190))
    blurred = gaussian_filter(reference, (1, 1, 0))
    assert ms_ssim(reference, reference) == pytest.approx(1, abs=1e-6)
    # Fine noise is gone at the coarser scales; a blur of the finest scale nearly so.
    assert ssim(image, reference) < ms_ssim(image, reference) < ms_ssim(blurred, reference) < 1


@pytest.mark.parametrize("ppd", [DEFAULT_PPD, 30.0])
@pytest.mark.parametrize("name", NAMES)
def test_flip_is_that_of_its_authors(pairs, name, ppd):
    reference, image = pairs[name]
    expected, mean, _ = flip_evaluator.evaluate(
        reference, image, "LDR", applyMagma=False, parameters={"ppd": ppd}
    )
    found = flip_map(image, reference, ppd=ppd)
    assert np.abs(found - expected[..., 0]).max() < 5e-4
    assert flip(image, reference, ppd=ppd) == pytest.approx(mean, abs=2e-5)


def test_magma_is_that_of_flips_authors(pairs):
    reference, image = pairs["faces"]
    values = flip_evaluator.evaluate(reference, image, "LDR", applyMagma=False)[0][..., 0]
    expected = flip_evaluator.evaluate(reference, image, "LDR")[0]
    difference = np.abs(magma_colors(values) / 255.0 - expected)
    assert difference.max() <= 3.5 / 255


def test_flip_takes_any_view_of_the_pixels(pairs):
    reference, image = pairs["noise"]
    mirrored = flip_map(image[:, ::-1], reference[:, ::-1])
    assert np.allclose(mirrored[:, ::-1], flip_map(image, reference), atol=1e-5)
    assert np.isfinite(flip_map(image * 3 - 1, reference)).all()


def test_small_pictures_are_explained():
    tiny = np.zeros((4, 30, 3), np.float32)
    with pytest.raises(PictureTooSmall, match="30x4 pixels are too few"):
        ssim(tiny, tiny)
    narrow = np.zeros((175, 200, 3), np.float32)
    with pytest.raises(PictureTooSmall, match="200x175 pixels are too few for the five scales"):
        ms_ssim(narrow, narrow)
    assert flip(tiny, tiny) == 0


def test_pictures_of_different_shape_are_refused():
    a, b = np.zeros((20, 20, 3), np.float32), np.zeros((20, 21, 3), np.float32)
    for compare in (ssim, flip_map):
        with pytest.raises(ValueError, match="cannot be compared"):
            compare(a, b)
    with pytest.raises(ValueError, match="pixels per degree"):
        flip_map(a, a, ppd=0)


def test_unknown_metrics_are_named():
    with pytest.raises(MienError, match="no metric 'snr'; there are psnr, ssim"):
        metric("snr")


def test_lpips_says_what_it_lacks_and_fetches_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    why = lpips_unavailable()
    assert "torchvision" in why or "weights are not at" in why
    assert unavailable(["psnr", "lpips"]) == {"lpips": why}
    with pytest.raises(MienError, match="LPIPS is not available"):
        METRICS["lpips"].compute(*clouds((40, 40)), Recipe())


def test_lpips_runs_the_network_where_it_is(tmp_path, monkeypatch):
    """With random weights in the place of the trained ones: the way there is what is tested."""
    from mien.evaluation import learned

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    if "torchvision" in lpips_unavailable():
        pytest.skip(f"LPIPS cannot run here: {lpips_unavailable()}")
    import torch
    import torchvision

    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    network = torchvision.models.alexnet(weights=None)
    torch.save(network.state_dict(), folder / "alexnet-owt-7be5be79.pth")
    learned.network.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference, image = clouds((64, 64))
            assert learned.lpips(reference, reference) == pytest.approx(0, abs=1e-6)
            assert learned.lpips(image, reference) > 1e-4
    finally:
        learned.network.cache_clear()


def test_the_cheap_metrics_need_no_torch():
    program = (
        "import sys, numpy as np\n"
        "from mien.evaluation.metrics import METRICS\n"
        "from mien.evaluation.recipe import Recipe\n"
        "assert 'numba' not in sys.modules\n"
        "a = np.zeros((20, 20, 3), np.float32)\n"
        "for name in ('psnr', 'ssim', 'flip', 'l1'):\n"
        "    METRICS[name].compute(a, a + np.float32(0.1), Recipe())\n"
        "print(*({'torch', 'torchmetrics', 'h5py', 'PIL'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr

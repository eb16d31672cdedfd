from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from mien.training.losses import l1, ssim, ssim_by_convolution


def _pair(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    image = rng.random((40, 53, 3))
    return torch.tensor(image), torch.tensor(np.clip(image + rng.normal(0, 0.2, image.shape), 0, 1))


def test_ssim_is_that_of_scipys_gaussian_windows() -> None:
    x, y = (values.numpy() for values in _pair())

    def blurred(values: np.ndarray) -> np.ndarray:
        # truncate 3.4 sigma: 11 pixels; what reaches over the border is cut off below.
        wide = gaussian_filter(values, (1.5, 1.5, 0), truncate=3.4)
        return wide[5:-5, 5:-5]

    mx, my = blurred(x), blurred(y)
    xx, yy = blurred(x * x) - mx * mx, blurred(y * y) - my * my
    xy = blurred(x * y) - mx * my
    luminance = (2 * mx * my + 1e-4) / (mx**2 + my**2 + 1e-4)
    expected = float((luminance * (2 * xy + 9e-4) / (xx + yy + 9e-4)).mean())
    pair = torch.tensor(x), torch.tensor(y)
    assert float(ssim_by_convolution(*pair)) == pytest.approx(expected, abs=1e-7)
    assert float(ssim(pair[0].float(), pair[1].float())) == pytest.approx(expected, abs=1e-5)


def test_both_ways_to_ssim_have_one_gradient() -> None:
    x, y = _pair(1)
    exact = x.clone().requires_grad_()
    torch.autograd.backward([3 * ssim_by_convolution(exact, y)])
    compiled = x.float().requires_grad_()
    torch.autograd.backward([3 * ssim(compiled, y.float())])
    assert exact.grad is not None
    assert compiled.grad is not None
    largest = float(exact.grad.abs().max())
    torch.testing.assert_close(compiled.grad.double(), exact.grad, rtol=1e-3, atol=1e-4 * largest)


def test_gradient_of_ssim_is_its_slope() -> None:
    x, y = _pair(2)
    x = x[:13, :12].clone().requires_grad_()
    y = y[:13, :12]
    assert torch.autograd.gradcheck(lambda image: ssim_by_convolution(image, y), [x])


def test_equal_pictures_are_one_and_nothing_apart() -> None:
    x = _pair()[0].float()
    assert float(ssim(x, x)) == pytest.approx(1, abs=1e-6)
    assert float(l1(x, x)) == 0


def test_pictures_smaller_than_the_window_are_refused() -> None:
    small = torch.zeros(10, 40, 3)
    for measure in (ssim, ssim_by_convolution):
        with pytest.raises(ValueError, match="11 pixels"):
            measure(small, small)

"""Source and avatar side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.driving.compose import beside, scaled

sizes = st.tuples(st.integers(1, 70), st.integers(1, 70))


@settings(deadline=None)
@given(sizes, sizes, st.integers(0, 255))
def test_an_even_colour_stays_even(
    given_size: tuple[int, int], wanted: tuple[int, int], level: int
) -> None:
    picture = np.full((given_size[1], given_size[0], 3), level, np.uint8)
    result = scaled(picture, wanted)
    assert result.shape == (wanted[1], wanted[0], 3)
    assert (result == level).all()


@pytest.mark.parametrize("size", [(123, 45), (640, 360), (200, 300)])
def test_it_scales_as_pillow_does(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((300, 200), Image.Resampling.BICUBIC))
    expected = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    difference = np.abs(scaled(picture, size).astype(int) - expected)
    assert difference.mean() < 0.6
    assert difference.max() <= 6


def test_heights_match_and_the_render_keeps_its_pixels() -> None:
    rng = np.random.default_rng(1)
    source = rng.integers(0, 256, (270, 480, 3)).astype(np.uint8)
    rendered = rng.integers(0, 256, (540, 400, 3)).astype(np.uint8)
    both = beside(source, rendered)
    assert both.shape == (540, 960 + 400, 3)
    np.testing.assert_array_equal(both[:, 960:], rendered)
    same = beside(rendered, rendered)
    np.testing.assert_array_equal(same[:, :400], rendered)

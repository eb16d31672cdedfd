"""Sizes: presets, and what is told of sizes that cannot be."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from numbers import Number

import pytest

from headsup_networks import SMALL
from mien.errors import MienError
from mien.models.headsup.config import PRESETS, HeadsUpConfig


def test_presets_differ_in_numbers_only() -> None:
    assert list(PRESETS) == ["tiny", "demo", "base", "paper"]
    for field in fields(HeadsUpConfig):
        held = [getattr(config, field.name) for config in PRESETS.values()]
        if field.name in ("pooling", "template"):
            assert len(set(held)) == 1
        else:
            numbers = [
                n for value in held for n in (value if isinstance(value, tuple) else (value,))
            ]
            assert all(isinstance(n, Number) for n in numbers)


def test_the_paper_preset_is_the_paper_s() -> None:
    paper = PRESETS["paper"]
    assert (paper.latent_grid, paper.latent_dim) == (64, 512)
    assert 256 <= paper.texels <= 512
    assert paper.background_dim == 32
    assert paper.ray_focus == 0


@pytest.mark.parametrize("name", list(PRESETS))
def test_configurations_survive_json(name: str) -> None:
    config = PRESETS[name]
    assert HeadsUpConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latent_dim": 33}, "cannot be shared"),
        ({"decoder_widths": ()}, "at least one stage"),
        ({"pooling": "mean"}, "attention or max"),
        ({"latent_grid": 0}, "latent_grid must be positive"),
    ],
)
def test_sizes_that_cannot_be_are_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(SMALL, **change)


def test_foreign_configurations_are_refused_in_one_line() -> None:
    held = SMALL.as_dict()
    with pytest.raises(MienError, match="not the configuration of a HeadsUp network"):
        HeadsUpConfig.from_dict(held | {"colour": 3})
    del held["patch"]
    with pytest.raises(MienError, match="patch"):
        HeadsUpConfig.from_dict(held)


def test_texels_and_strides_follow_from_the_stages() -> None:
    assert SMALL.texels == 32
    assert SMALL.stride == 8

"""`mien evaluate headsup` and `mien study` as a script uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from crowds import gather
from headsup_networks import small_network
from mien.cli.main import overview
from mien.image import read_image
from mien.models.headsup.weights import save_headsup
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned
from mien.models.pixel_aligned.weights import save_pixel_aligned

FEW = ("--views", 3, "--targets", 3)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Networks that were never trained, and three people."""
    folder = tmp_path_factory.mktemp("evaluated")
    gather(folder / "people", range(2), num_cameras=8)
    gather(folder / "training", [4], num_cameras=8)
    save_headsup(folder / "headsup.safetensors", small_network(), {})
    torch.manual_seed(0)
    pixels = PixelAligned(PixelAlignedConfig(32, 2, (16, 24), 1, 1, 2))
    save_pixel_aligned(folder / "pixels.safetensors", pixels, {})
    return folder


def test_all_methods_stand_in_one_table(mien, place, tmp_path):
    asked = ("evaluate", "headsup", place / "headsup.safetensors", place / "people",
             "--training", place / "training", "--pixel-aligned", place / "pixels.safetensors",
             "--metrics", "psnr", "--out", tmp_path, *FEW)  # fmt: skip
    code, out, err = mien(*asked)
    assert (code, err) == (0, "")
    table = out.splitlines()
    assert table[0] == "2 people, 3 views in, 3 held-out views each:"
    titles = ("HeadsUp", "pixel-aligned", "nearest training person", "mean head")
    for line, title in zip(table[2:6], titles, strict=True):
        assert line.strip().startswith(title)
    assert "| HeadsUp |" in (tmp_path / "comparison.md").read_text()
    assert read_image(tmp_path / "comparison.png").ndim == 3
    cells = (tmp_path / "cells.jsonl").read_text()
    assert len(cells.splitlines()) == 8

    code, out, _ = mien(*asked, "--json")
    assert code == 0
    assert [each["name"] for each in json.loads(out)["tables"][0]["methods"]] == [
        "headsup", "pixel_aligned", "nearest_person", "mean_head"
    ]  # fmt: skip
    assert (tmp_path / "cells.jsonl").read_text() == cells


def test_what_cannot_be_measured_is_named_and_the_others_are(mien, place, tmp_path):
    (tmp_path / "broken.capture").write_bytes(b"nothing")
    code, out, _ = mien("evaluate", "headsup", place / "headsup.safetensors", place / "people",
                        tmp_path / "broken.capture", "--metrics", "psnr", *FEW)  # fmt: skip
    assert code == 0
    assert out.startswith("left out: ")
    assert "broken.capture" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--views", "0"), "--views 0: at least 1"),
        (("--side", "3"), "--side 3: at least 16 pixels"),
        (("--metrics", "beauty"), "no metric 'beauty'"),
        (("--views", "7", "--targets", "7"), "nobody is left to be measured on"),
        (("--device", "toaster", *map(str, FEW)), "--device toaster"),
        (("--pixel-aligned", "headsup.safetensors", *map(str, FEW)), "no pixel-aligned network"),
    ],
)
def test_mistakes_are_one_line(mien, place, monkeypatch, options, said):
    monkeypatch.chdir(place)
    code, _, err = mien("evaluate", "headsup", "headsup.safetensors", "people", *options)
    assert code == 2
    assert said in err
    assert len(err.splitlines()) == 1


def test_avatars_are_measured_as_before(mien, tmp_path):
    code, _, err = mien("evaluate", tmp_path / "nobody.avatar", tmp_path)
    assert code == 2
    assert "nobody.avatar: no such file" in err
    assert "evaluate headsup" in overview()


def test_a_study_runs_from_the_command_line_and_goes_on_alone(mien, place, tmp_path):
    folder = tmp_path / "study"
    code, out, err = mien("study", "scaling", folder, "--weights", place / "headsup.safetensors",
                          "--held-out", place / "people", "--views", 1, 3, 24, "--targets", 3,
                          "--no-memory", "--side", 48)  # fmt: skip
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "views 24: left out" in lines[0]
    assert lines[1].startswith("views          1: ")
    assert Path(lines[-1]) == folder / "curves.png"
    code, again, _ = mien("study", "scaling", folder)
    assert (code, again.splitlines()[1:]) == (0, lines[1:])
    code, _, err = mien("study", "scaling", tmp_path / "other")
    assert code == 2
    assert "holds no study" in err
    code, _, err = mien("study", "scaling", folder, "--held-out", place, "--latents", "big")
    assert code == 2
    assert "--latents big: write sizes like 16x64" in err

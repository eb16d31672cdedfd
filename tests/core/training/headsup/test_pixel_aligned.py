"""The baseline is trained by what HeadsUp is trained by, and told where its pixels are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from headsup_networks import SMALL
from mien.camera import Camera
from mien.models.headsup.views import Views
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned
from mien.models.pixel_aligned.weights import load_pixel_aligned
from mien.training.headsup.events import TrainingDone, TrainingMeasured
from mien.training.headsup.loop import Assignment, train
from mien.training.headsup.methods import HeadsUpMethod
from mien.training.headsup.people import People
from mien.training.headsup.pictures import as_places
from mien.training.headsup.pixel_aligned import PixelAlignedMethod
from mien.training.headsup.ranks import Ranks
from mien.training.headsup.run_folder import RunFolder
from training_runs import QUICK

SIZES = PixelAlignedConfig(32, 2, (16, 24), 1, 1, 2)


def learned(crowd, out, config):
    torch.manual_seed(0)
    people = People.of([crowd], held_out=1)
    with Ranks(torch.device("cpu")) as ranks:
        method = PixelAlignedMethod(SIZES)
        return list(train(Assignment(method, people, config, out), ranks))


def test_it_learns_and_is_kept(crowd, tmp_path):
    events = learned(crowd, tmp_path, replace(QUICK, steps=40, rate=4e-3))
    assert isinstance(events[-1], TrainingDone)
    run = RunFolder(tmp_path)
    loss = [float(line["l1"]) for line in run.lines() if line["l1"]]
    assert np.mean(loss[-8:]) < 0.6 * np.mean(loss[:4])
    marks = next(event.marks for event in events if isinstance(event, TrainingMeasured))
    assert marks.psnr > 10
    assert marks.mean_head is None
    network, card = load_pixel_aligned(run.average)
    assert network.config == SIZES
    assert card


def ball(camera, radius=0.1):
    """Return the depth at which a camera sees a ball around the origin, 0 beside it."""
    width, height = camera.size
    pixels = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    far = camera.unproject(pixels.reshape(-1, 2), np.ones(width * height)) - camera.position
    lengths = np.linalg.norm(far, axis=1)
    along = -(far / lengths[:, None]) @ camera.position
    missed = camera.position @ camera.position - along**2
    hit = missed < radius**2
    depth = (along - np.sqrt(np.where(hit, radius**2 - missed, 0))) / lengths
    return np.where(hit, depth, 0).reshape(height, width).astype(np.float32)


def test_pixels_are_where_their_depth_says():
    camera = Camera.looking_at((0.3, 0.2, 1.0), (0, 0, 0), size=(64, 48), fov_y=0.3)
    places = as_places(ball(camera), camera, 32)
    assert places.shape == (3, 32, 32)
    known = np.isfinite(places[0])
    assert np.abs(np.linalg.norm(places[:, known], axis=0) - 0.1).max() < 1e-5
    assert not known[24:].any()
    seen = camera.project(places[:, known].T)[0] * (32 / 64)
    rows, columns = np.nonzero(known)
    assert np.abs(seen - np.stack([columns + 0.5, rows + 0.5], axis=1)).max() <= 0.26


def test_gaussians_that_are_there_have_not_strayed():
    camera = Camera.looking_at((0.3, 0.2, 1.0), (0, 0, 0), size=(32, 32), fov_y=0.3)
    network = PixelAligned(SIZES)
    heads = network(Views.of(np.zeros((32, 32, 3)), camera, side=32))
    places = torch.from_numpy(as_places(ball(camera), camera, 32))[None]
    shown = torch.nn.functional.avg_pool2d(places, 2).permute(0, 2, 3, 1).reshape(1, -1, 3)
    there = replace(heads, points=shown.nan_to_num())
    assert there.strayed(0, places).item() < 1e-4
    off = replace(there, points=there.points + torch.tensor([0.0, 0.03, 0.0]))
    assert abs(off.strayed(0, places).item() - 0.03) < 1e-4
    loss = heads.strayed(0, places)
    torch.autograd.backward([loss])
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)
    nowhere = heads.strayed(0, torch.full_like(places, float("nan")))
    assert nowhere.item() == 0


def test_headsup_is_not_told_where_pixels_are():
    assert not HeadsUpMethod(SMALL).intake.places
    assert PixelAlignedMethod(SIZES).intake.places

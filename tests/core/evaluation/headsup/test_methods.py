"""Reconstructors and baselines: each does what its name says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headsup_networks import small_network
from mien.errors import Cancelled, FileError, MienError
from mien.evaluation.headsup.gallery import Gallery, MeanHead, NearestPerson
from mien.evaluation.headsup.ledger import Ledger
from mien.evaluation.headsup.outcomes import outcome
from mien.evaluation.headsup.person_fit import PersonFit
from mien.evaluation.headsup.reconstructors import fingerprint, headsup, pixel_aligned
from mien.evaluation.recipe import Recipe
from mien.models.pixel_aligned.config import PixelAlignedConfig
from mien.models.pixel_aligned.network import PixelAligned

RECIPE = Recipe(metrics=("psnr",), crop="mask-box", margin=0.0)


@pytest.fixture(scope="module")
def gallery(network, trials):
    return Gallery.of(network, trials)


def test_a_network_gives_the_head_of_exactly_those_views(network, trials):
    made = headsup(network).reconstruct(trials[0])
    with torch.no_grad():
        wanted = network(trials[0].views(32)[0]).gaussians(0)
    assert np.abs(made.cloud.means - wanted.means.numpy()).max() < 1e-6
    assert np.abs(made.cloud.sh - wanted.sh.numpy()).max() < 1e-6
    assert 0 < made.secs < 60
    other = headsup(network).reconstruct(trials[1])
    assert np.abs(made.cloud.sh - other.cloud.sh).max() > 1e-4


def test_pixel_aligned_heads_grow_with_the_views(trials):
    config = PixelAlignedConfig(32, 2, (16, 24), 1, 1, 2)
    method = pixel_aligned(PixelAligned(config).eval())
    three = method.reconstruct(trials[0]).cloud.num_gaussians
    one = replace(trials[0], inputs=trials[0].inputs[:1])
    assert three == 3 * method.reconstruct(one).cloud.num_gaussians == 3 * 16 * 16


def test_networks_are_told_apart_by_what_they_learnt(network):
    other = small_network()
    assert fingerprint(other) == fingerprint(network)
    with torch.no_grad():
        other.queries.learned[0, 0] += 1e-3
    assert fingerprint(other) != fingerprint(network)


def test_the_mean_head_is_everybodys(gallery, trials):
    heads = [MeanHead(gallery).reconstruct(trial).cloud for trial in trials[:2]]
    assert np.array_equal(heads[0].means, heads[1].means)
    with torch.no_grad():
        wanted = gallery.network.decode(gallery.latents.mean(dim=0, keepdim=True)).gaussians(0)
    assert np.allclose(heads[0].sh, wanted.sh.numpy(), atol=1e-6)


def test_nobody_in_the_gallery_fits_the_views_better_than_who_is_nearest(gallery, trials, drawing):
    for trial in trials:
        found = NearestPerson(gallery, drawing).reconstruct(trial)
        heads = [gallery.decoded(gallery.latents[i : i + 1]) for i in range(len(gallery.names))]
        scores = [_likeness(head, trial, drawing) for head in heads]
        assert found.note == gallery.names[int(np.argmax(scores))]
        assert np.array_equal(found.cloud.means, heads[int(np.argmax(scores))].means)


def test_it_is_the_views_that_tell_who_is_nearest(gallery, trials, drawing):
    """Heads that differ in nothing but grey, given in either order: it is always the same grey."""
    greys = {level: _painted(gallery, level) for level in (-1.5, -0.2, 1.5)}
    scores = {level: _likeness(grey, trials[0], drawing) for level, grey in greys.items()}
    best = max(scores, key=scores.__getitem__)
    assert scores[best] > sorted(scores.values())[1] + 1
    for order in ((-1.5, -0.2, 1.5), (1.5, -0.2, -1.5)):
        latents = torch.arange(3.0).view(3, 1, 1, 1) + 0 * gallery.latents[:1]
        heads = [greys[level] for level in order]
        painted = _Greys(gallery.network, tuple(str(level) for level in order), latents, heads)
        assert NearestPerson(painted, drawing).reconstruct(trials[0]).note == str(best)


class _Greys(Gallery):
    """A gallery whose people are given."""

    def __init__(self, network, names, latents, heads):
        super().__init__(network, names, latents)
        object.__setattr__(self, "heads", heads)

    def decoded(self, latent):
        index = int((self.latents - latent).flatten(1).norm(dim=1).argmin())
        return self.heads[index]


def _painted(gallery, level):
    head = gallery.decoded(gallery.latents[:1])
    return head.replace(sh=np.full_like(head.sh, level))


def _likeness(head, trial, drawing):
    return NearestPerson(None, drawing)._likeness(head, trial)


def test_a_fit_sees_only_the_views_that_go_in_and_comes_near_the_others(trials, gallery, drawing):
    fitted = PersonFit(32, steps=60)
    assert fitted.title == "per-person fit, 60 steps"
    found = outcome(fitted, trials[0], recipe=RECIPE, renderer=drawing, ledger=Ledger(None))
    assert found.note == "60 steps"
    mean = outcome(
        MeanHead(gallery), trials[0], recipe=RECIPE, renderer=drawing, ledger=Ledger(None)
    )
    assert found.mean("psnr") > mean.mean("psnr") + 3
    assert {each.camera for each in found.pictures} == {c.name for c in trials[0].targets}


def test_a_fit_can_be_cancelled_and_wants_a_tracking(trials):
    def stop(fraction, message):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        PersonFit(32, steps=60, progress=stop).reconstruct(trials[0])

    class Untracked:
        tracking = None
        source = trials[0].original.source

    with pytest.raises(FileError, match="was not tracked"):
        PersonFit(32, steps=60).reconstruct(replace(trials[0], original=Untracked()))


def test_a_gallery_of_nobody_is_refused(network):
    with pytest.raises(MienError, match="nobody"):
        Gallery.of(network, [])


def _psnr(method, trial, drawing):
    return outcome(method, trial, recipe=RECIPE, renderer=drawing, ledger=Ledger(None)).mean("psnr")

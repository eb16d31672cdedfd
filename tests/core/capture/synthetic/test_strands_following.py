"""Strands that follow a posed head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.avatar.deformer import Deformer
from mien.avatar.rig import SurfaceBinding
from mien.avatar.state import NEUTRAL, AvatarState
from mien.avatar.template_rig import rig_from_template
from mien.capture.synthetic.sampling import sample_person
from mien.capture.synthetic.strands import grow
from mien.capture.synthetic.strands.distance import DistanceField
from mien.capture.synthetic.strands.following import StrandMotion
from mien.template.sources.mien_head import mien_head

TURNED = AvatarState.of({}, head_rotation=(0.1, 0.6, 0.0))


@pytest.fixture(scope="module")
def template():
    return mien_head()


@pytest.fixture(scope="module")
def someone():
    who = sample_person(3)
    return replace(who, hair=replace(who.hair, style="long_waves", length_mm=340.0))


@pytest.fixture(scope="module")
def rig(template, someone):
    return rig_from_template(template, someone.identity)


@pytest.fixture(scope="module")
def deformer(rig):
    return Deformer.of(rig)


@pytest.fixture(scope="module")
def long_haired(someone, rig, template):
    return tuple(s for s in grow(someone, rig, template) if s.kind != "beard")


def lengths(points):
    return np.linalg.norm(np.diff(points, axis=1), axis=2)


def test_at_rest_nothing_moves(rig, long_haired):
    for strands in long_haired:
        posed = StrandMotion.of(strands, rig).points(rig.rest, NEUTRAL)
        np.testing.assert_allclose(posed, strands.points, atol=1e-6)


def test_a_turned_head_takes_its_hair_along_and_keeps_its_length(rig, deformer, long_haired):
    surface = deformer.points(TURNED)
    for strands in long_haired:
        posed = StrandMotion.of(strands, rig).points(surface, TURNED)
        np.testing.assert_allclose(lengths(posed), lengths(strands.points), atol=2e-6)
        binding = SurfaceBinding(strands.triangles, strands.barycentric)
        off = posed[:, 0] - binding.points(surface, rig.faces)
        rest = strands.points[:, 0] - binding.points(rig.rest, rig.faces)
        assert np.abs(np.linalg.norm(off, axis=1) - np.linalg.norm(rest, axis=1)).max() < 5e-4


def test_hair_on_the_shoulders_stays_there_when_the_head_turns(rig, deformer, long_haired):
    hair = long_haired[0]
    surface = deformer.points(TURNED)
    posed = StrandMotion.of(hair, rig).points(surface, TURNED)
    moved = np.linalg.norm(posed - hair.points, axis=2)
    lying = hair.points[..., 1] < -0.20
    crown = hair.points[..., 1] > 0.05
    assert lying.sum() > 500
    assert np.median(moved[lying]) < 0.4 * np.median(moved[crown])


def test_turning_does_not_push_hair_into_the_body(rig, deformer, template, long_haired):
    hair = long_haired[0]
    surface = deformer.points(TURNED)
    posed = StrandMotion.of(hair, rig).points(surface, TURNED)
    faces = template.faces[template.part_faces("skin")]
    distances, _ = DistanceField.around(1000 * surface, faces).at(1000 * posed.reshape(-1, 3))
    assert (distances < -3.0).mean() < 0.01


def test_lashes_go_down_with_the_lid_that_blinks(rig, deformer, long_haired):
    lashes = long_haired[-1]
    state = AvatarState.of({"eyeBlinkLeft": 1.0})
    posed = StrandMotion.of(lashes, rig).points(deformer.points(state), state)
    left = lashes.points[:, 0, 0] > 0
    upper = lashes.points[:, -1, 1] > lashes.points[:, 0, 1]
    drop = 1000 * (posed - lashes.points)[:, -1, 1]
    assert np.median(drop[left & upper]) < -5
    assert np.abs(drop[~left]).max() < 0.2

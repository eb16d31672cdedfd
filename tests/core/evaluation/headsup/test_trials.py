"""How views are shared out, and in which world heads are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from crowds import STATES, film_somebody
from mien.avatar.deformer import Deformer
from mien.avatar.template_rig import rig_from_template
from mien.capture.store.reading import StoredCapture
from mien.errors import FileError, MienError
from mien.evaluation.headsup.people import captures_in, check_strangers, each_trial, opened_trials
from mien.evaluation.headsup.trials import Plan, Trial
from mien.template.selection import open_template


def names(cameras):
    return [held.name for held in cameras]


def test_what_is_held_out_stays_the_same_however_many_go_in(crowd):
    path = sorted(crowd.glob("*.capture"))[0]
    with StoredCapture(path) as capture:
        shared = [Trial.of(capture, Plan(count, 3)) for count in (1, 2, 4, 5)]
        held = {name for trial in shared for name in names(trial.targets)}
        assert len(held) == 3
        tested = {each.name for each in capture.cameras if each.split == "test"}
        assert tested <= held
        inputs = [names(trial.inputs) for trial in shared]
        assert all(longer[: len(few)] == few for few, longer in pairwise(inputs))
        assert held.isdisjoint(inputs[-1])
        # The first one stands in front.
        first = shared[0].inputs[0].camera.position
        assert first[2] == max(c.camera.position[2] for c in shared[-1].inputs)


def test_too_few_views_and_frames_that_are_not_there_are_said(crowd):
    path = sorted(crowd.glob("*.capture"))[0]
    with StoredCapture(path) as capture:
        with pytest.raises(FileError, match="8 views cannot be 6 to go in and 3 to be held out"):
            Trial.of(capture, Plan(6, 3))
        with pytest.raises(MienError, match="no frame 7"):
            Trial.of(capture, Plan(3, 3, frame=7))


def test_the_head_of_a_turned_frame_stands_still():
    """A face that turned away is, in the head's frame, where a face that did not turn is."""
    filmed = film_somebody(1, states=STATES)
    trial = Trial.of(filmed, Plan(2, 2, frame=2))
    template = open_template("mien_head")
    rig = rig_from_template(template).replace(rest=template.neutral + filmed.tracking.rest_offsets)
    rig = rig.replace(joint_positions=template.joints_of(rig.rest))
    turned = STATES[2]
    still = turned.replace(head_rotation=np.zeros(3))
    nose = int(np.argmax(rig.rest[:, 2]))
    deformer = Deformer.of(rig)
    in_world, in_head = (deformer.points(state)[nose] for state in (turned, still))
    assert np.linalg.norm(in_world - in_head) > 0.02
    for held in trial.targets:
        original = next(each for each in filmed.cameras if each.name == held.name)
        seen_in_world = original.camera.project(in_world[None])[0]
        seen_in_head = held.camera.project(in_head[None])[0]
        assert np.abs(seen_in_world - seen_in_head).max() < 0.05
    moved = trial.head_from_world @ np.append(in_world, 1)
    assert np.abs(moved[:3] - in_head).max() < 1e-4


def test_views_go_in_before_grey_as_in_a_reconstruction(trials):
    (views,) = trials[0].views(32)
    assert views.colors.shape == (1, 3, 3, 32, 32)
    assert np.abs(views.colors[0, :, :, 0, 0].numpy() - 0.5).max() < 0.02
    masks = views.images[0, :, 3]
    assert (masks[:, 0, 0] == 0).all()
    assert masks.amax() > 0.999


def test_captures_are_found_in_folders_and_files_and_damaged_ones_are_named(crowd, tmp_path):
    paths = sorted(crowd.glob("*.capture"))
    (tmp_path / "broken.capture").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    found, problems = captures_in([tmp_path, paths[0]])
    assert found == [paths[0]]
    assert [problem.path.name for problem in problems] == ["broken.capture"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileError, match="holds no captures"):
        captures_in([empty])
    with opened_trials([*paths, tmp_path / "broken.capture"], Plan(3, 3)) as (opened, unusable):
        assert [trial.person for trial in opened] == [path.stem for path in paths]
        assert len(unusable) == 1
        assert opened[0].capture.view(opened[0].inputs[0].name, 0).image.shape == (48, 48, 3)
    unusable.clear()
    each = each_trial(
        [tmp_path / "broken.capture", *paths[:2]], Plan(3, 0), left_out=unusable.append
    )
    assert [trial.person for trial in each] == [path.stem for path in paths[:2]]
    assert len(unusable) == 1
    assert not list(each_trial(paths[:1], Plan(9, 0), left_out=unusable.append))
    assert "9 to go in" in str(unusable[-1])


def test_who_is_learnt_from_is_not_measured_on(crowd, tmp_path):
    path = sorted(crowd.glob("*.capture"))[0]
    (tmp_path / "alias.capture").symlink_to(path)
    check_strangers([path], sorted(crowd.glob("*.capture"))[1:])
    with pytest.raises(FileError, match="is learnt from and measured on"):
        check_strangers([path], [tmp_path / "alias.capture"])

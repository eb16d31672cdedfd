from __future__ import annotations

import pickle
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crowds import gather, spoil_pictures
from filmed_scenes import FilmedCapture, film
from headsup_networks import SMALL
from mien.capture.protocol import View
from mien.capture.store import Encoding, import_capture
from mien.capture.store.reading import StoredCapture
from mien.errors import MienError
from mien.training.headsup.people import People
from mien.training.headsup.person import Visitors
from mien.training.headsup.pictures import Look
from mien.training.headsup.prefetch import Prefetch
from mien.training.headsup.sampler import Batch, Sampler, SamplerPlan
from mien.training.headsup.samples import Intake, Plan, sample_of
from training_runs import QUICK


def _plan(crowd: Path, **changes: object) -> SamplerPlan:
    config = replace(QUICK, **changes)  # pyright: ignore[reportArgumentType]
    return SamplerPlan(People.of([crowd], held_out=0).training, config, Intake.of(SMALL))


def _batch(plan: SamplerPlan, step: int = 0) -> Batch:
    with Sampler(plan) as sampler:
        return sampler.batch(step, 0)


def test_a_sample_is_made_of_seed_and_step_alone(crowd: Path) -> None:
    plan = _plan(crowd)
    with Sampler(plan) as sampler:
        later = [sampler.batch(step, 0) for step in (0, 3)][1]
    assert pickle.dumps(later.samples) == pickle.dumps(_batch(plan, 3).samples)
    assert pickle.dumps(later.samples) != pickle.dumps(_batch(_plan(crowd, seed=1), 3).samples)


def test_processes_read_what_a_thread_reads(crowd: Path) -> None:
    plan = _plan(crowd)
    places = [(step, 0) for step in range(2)]
    with Prefetch(plan, places, num_workers=1) as processes:
        apart = [processes.next() for _ in places]
    with Prefetch(plan, places) as thread:
        here = [thread.next() for _ in places]
    for one, other in zip(apart, here, strict=True):
        assert pickle.dumps(one.samples) == pickle.dumps(other.samples)


def test_what_comes_out_is_not_what_went_in(crowd: Path) -> None:
    for sample in _batch(_plan(crowd, batch=8)).samples:
        middle = sample.images.shape[-1] // 2
        shown = {tuple(np.round(rays[3:, middle, middle], 5)) for rays in sample.rays}
        assert len(shown) == len(sample.rays)
        for target in sample.targets:
            position = target.camera.position
            directions = sample.rays[:, :3, middle, middle]
            moments = sample.rays[:, 3:, middle, middle]
            distances = np.linalg.norm(np.cross(position, directions) - moments, axis=1)
            assert distances.min() > 0.05


def test_many_samples_see_people_from_all_around(crowd: Path) -> None:
    samples = _batch(_plan(crowd, batch=24, views=(2, 2))).samples
    middle = samples[0].images.shape[-1] // 2
    between = [
        np.sum(each.rays[0, :3, middle, middle] * each.rays[1, :3, middle, middle])
        for each in samples
    ]
    # Of two views spread around somebody, one is from the other side; by chance, seldom.
    assert np.mean(np.array(between) < -0.4) > 0.7


def test_a_neutral_face_goes_in_where_an_expression_should_come_out(crowd: Path) -> None:
    always, never = _plan(crowd, rig_share=1.0, batch=6), _plan(crowd, rig_share=0.0, batch=6)
    for sample in _batch(always).samples:
        assert sample.motion is not None
        assert sample.motion.expression.any()
        assert sample.texels is not None
        assert np.linalg.norm(sample.motion.shifts, axis=1).max() > 0.005
    assert all(sample.motion is None for sample in _batch(never).samples)


def test_somebody_else_stands_in_for_a_damaged_picture(crowd: Path, tmp_path: Path) -> None:
    shutil.copytree(crowd, tmp_path / "people")
    broken = tmp_path / "people" / "somebody-002.capture"
    spoil_pictures(broken)
    plan = _plan(tmp_path / "people", batch=10, rig_share=0.0)
    batch = _batch(plan)
    assert len(batch.samples) == 10
    assert {problem.path for problem in batch.problems} == {str(broken)}
    assert "checksum" in batch.problems[0].reason


def test_people_without_masks_before_a_room_are_left_out(tmp_path: Path) -> None:
    filmed = film(num_cameras=4, size=32)
    views = {place: View(view.image) for place, view in filmed.views.items()}
    for name, behind in (("room", None), ("wall", filmed.background)):
        bare = FilmedCapture(filmed.cameras, views, filmed.tracking, background=behind)
        (tmp_path / name).mkdir()
        import_capture(bare, tmp_path / name / "x.capture", encoding=Encoding("png"))
    wall = _batch(_plan(tmp_path / "wall")).samples[0]
    assert wall.behind is not None
    np.testing.assert_allclose(wall.behind * 255, filmed.background, atol=1e-3)
    assert all(target.mask is None for target in wall.targets)
    with pytest.raises(MienError, match="nobody knows what is behind"):
        _batch(_plan(tmp_path / "room"))


def test_shards_that_are_damaged_are_named_and_left_out(tmp_path: Path) -> None:
    shards = [gather(tmp_path / "0", [0], num_cameras=3, size=16)]
    for name in range(1, 10):
        shards.append(tmp_path / str(name))
        shutil.copytree(shards[0], shards[-1])
    (tmp_path / "3" / "somebody-000.capture").write_bytes(b"not a capture")
    shutil.rmtree(tmp_path / "7")
    (tmp_path / "5" / "somebody-000.capture").unlink()
    people = People.of(shards, held_out=2)
    assert len(people.training) == 5
    assert [Path(path).parent.name for path in people.held_out] == ["8", "9"]
    problems = {Path(problem.path).relative_to(tmp_path).parts[0] for problem in people.problems}
    assert problems == {"3", "5", "7"}
    with pytest.raises(MienError, match="nobody is left"):
        People.of(shards, held_out=7)
    with pytest.raises(MienError, match="cannot be read"):
        People.of([tmp_path / "7"], held_out=0)


def test_texels_take_no_color_from_a_background_that_is_kept(
    crowd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = StoredCapture.view

    def view_of_nobody(capture: StoredCapture, camera: str, frame: int) -> View:
        view = read(capture, camera, frame)
        return replace(view, mask=np.zeros(view.image.shape[:2], np.uint8))

    look = Look(None, np.ones(3, np.float32))
    with closing(Visitors(Intake.of(SMALL).canvas())) as visitors:
        person = visitors.person(_plan(crowd).people[0])
        plan = Plan((0, 0), person.cameras[:3], person.cameras[3:4], look, look)
        seen = sample_of(person, plan, view_side=32, target_side=32)
        monkeypatch.setattr(StoredCapture, "view", view_of_nobody)
        nobody = sample_of(person, plan, view_side=32, target_side=32)
    assert seen.texels is not None
    assert seen.texels.known.any()
    assert nobody.texels is not None
    assert not nobody.texels.known.any()
    assert (seen.images[:, 3] == 1).all()

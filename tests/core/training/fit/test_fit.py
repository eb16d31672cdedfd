from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from filmed_scenes import BACKGROUND, FilmedCapture, film
from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.open import open_avatar
from mien.avatar.state import AvatarState
from mien.capture.protocol import View
from mien.errors import FileError, MienError
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer
from mien.training.fit.config import FitConfig
from mien.training.fit.events import FitDone, FitPreview, FitProgress, FitStage
from mien.training.fit.loop import fit

TINY = FitConfig(
    minutes=None, steps=150, texels=48, relocate_every=15, preview_secs=0, measure_secs=0
)


@pytest.fixture(scope="module")
def filmed() -> FilmedCapture:
    return film()


@pytest.fixture(scope="module")
def begun(filmed: FilmedCapture) -> FitDone:
    return _done(filmed, replace(TINY, steps=1))


@pytest.fixture(scope="module")
def fitted(filmed: FilmedCapture) -> FitDone:
    return _done(filmed, TINY)


def _done(capture: FilmedCapture, config: FitConfig, **options: object) -> FitDone:
    *_, last = fit(capture, config, **options)  # pyright: ignore[reportArgumentType]
    assert isinstance(last, FitDone)
    return last


def _bytes_of(done: FitDone) -> list[bytes]:
    assert isinstance(done.avatar, RiggedAvatar)
    bound = done.avatar.gaussians
    arrays = (bound.offsets, bound.quats, bound.log_scales, bound.logit_opacities, bound.sh)
    return [array.tobytes() for array in (*arrays, bound.binding.triangles)]


def test_a_fit_comes_nearer_to_cameras_it_was_not_shown(begun: FitDone, fitted: FitDone) -> None:
    start, end = begun.report, fitted.report
    assert start.psnr is not None
    assert end.psnr is not None
    assert start.ssim is not None
    assert end.ssim is not None
    assert end.psnr > start.psnr + 3
    assert end.ssim > start.ssim + 0.1
    assert [score.camera for score in end.scores] == ["c1", "c5"]


def test_what_is_reported_is_what_the_avatar_looks_like(
    filmed: FilmedCapture, fitted: FitDone, tmp_path: Path
) -> None:
    done = fitted
    save_avatar(tmp_path / "ada.avatar", done.avatar)
    reopened = open_avatar(tmp_path / "ada.avatar")
    assert isinstance(reopened, RiggedAvatar)
    assert reopened.fitting is not None
    assert reopened.fitting.provenance["psnr"] == round(done.report.psnr or 0, 4)
    held = next(held for held in filmed.cameras if held.name == "c1")
    red, green, blue = (value / 255 for value in BACKGROUND)
    renderer = make_renderer("cpu")
    drawn = renderer.render(
        reopened.pose(), held.camera, RenderOptions(background=(red, green, blue))
    )
    renderer.close()
    view = filmed.view("c1", 0)
    assert view.mask is not None
    rows = np.flatnonzero((view.mask >= 128).any(axis=1))
    columns = np.flatnonzero((view.mask >= 128).any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    measured = psnr(np.clip(drawn.rgb[box], 0, 1), view.image[box] / 255)
    # The file keeps half floats.
    assert measured == pytest.approx(done.report.scores[0].psnr, abs=0.1)


def test_it_obeys_expressions(begun: FitDone) -> None:
    avatar = begun.avatar
    moved = avatar.pose(AvatarState.of({"jawOpen": 0.8})).means - avatar.pose().means
    assert np.linalg.norm(moved, axis=1).max() > 0.01
    assert avatar.region_weights is not None


def test_several_frames_share_one_person() -> None:
    open_mouth = AvatarState.of({"jawOpen": 0.7}, head_rotation=(0.0, 0.3, 0.0))
    capture = film(states=(AvatarState(), open_mouth))
    both = replace(TINY, frames=(0, 1), steps=200)
    start, end = _done(capture, replace(both, steps=1)), _done(capture, both)
    by_frame = {frame: [s.psnr for s in end.report.scores if s.frame == frame] for frame in (0, 1)}
    before = [s.psnr for s in start.report.scores if s.frame == 1]
    assert np.mean(by_frame[1]) > np.mean(before) + 2
    assert abs(np.mean(by_frame[0]) - np.mean(by_frame[1])) < 3


def test_a_resumed_fit_equals_an_undisturbed_one(filmed: FilmedCapture, tmp_path: Path) -> None:
    config = replace(TINY, steps=40, drop=0.1)
    undisturbed = _done(filmed, config)
    steps = iter(range(1000))
    path = tmp_path / "ada.checkpoint"
    first = _done(filmed, config, checkpoint=path, cancel=lambda: next(steps) >= 23)
    assert first.cancelled
    assert first.report.steps == 23
    resumed = _done(filmed, config, checkpoint=path, resume=True)
    assert resumed.report.steps == 40
    assert resumed.report.cpu_secs > first.report.cpu_secs > 0
    assert _bytes_of(resumed) == _bytes_of(undisturbed)
    assert _bytes_of(first) != _bytes_of(undisturbed)


def test_a_checkpoint_of_other_settings_is_refused(filmed: FilmedCapture, tmp_path: Path) -> None:
    path = tmp_path / "ada.checkpoint"
    _done(filmed, replace(TINY, steps=2), checkpoint=path)
    with pytest.raises(FileError, match="texels was 48"):
        _done(filmed, replace(TINY, texels=32), checkpoint=path, resume=True)
    with pytest.raises(FileError, match="no checkpoint"):
        _done(filmed, TINY, checkpoint=tmp_path / "none", resume=True)


def test_its_events_tell_how_far_it_is_and_cross_processes(filmed: FilmedCapture) -> None:
    config = replace(TINY, steps=25, preview_secs=1e-9, measure_secs=1e-9)
    events = list(fit(filmed, config))
    kinds = {type(event) for event in events}
    assert {FitStage, FitPreview, FitDone} <= kinds
    shares = [event.fraction for event in events if isinstance(event, FitProgress)]
    assert shares == sorted(shares)
    again = pickle.loads(pickle.dumps([*events[:6], events[-1]]))
    assert [type(event) for event in again] == [type(event) for event in [*events[:6], events[-1]]]


def test_a_fit_is_the_same_again(filmed: FilmedCapture) -> None:
    config = replace(TINY, steps=12)
    assert _bytes_of(_done(filmed, config)) == _bytes_of(_done(filmed, config))
    assert _bytes_of(_done(filmed, replace(config, seed=1))) != _bytes_of(_done(filmed, config))


def test_rooms_are_painted_over_where_there_are_masks(filmed: FilmedCapture) -> None:
    rng = np.random.default_rng(0)

    def in_a_room(view: View) -> View:
        assert view.mask is not None
        share = view.mask[..., None] / 255
        room = rng.integers(0, 255, view.image.shape)
        return replace(view, image=(view.image * share + room * (1 - share)).astype(np.uint8))

    views = {place: in_a_room(view) for place, view in filmed.views.items()}
    capture = replace(filmed, views=views, background=None)
    start, end = _done(capture, replace(TINY, steps=1)), _done(capture, replace(TINY, steps=100))
    assert (end.report.psnr or 0) > (start.report.psnr or 0) + 2


def test_a_dropped_picture_is_left_out_and_told(filmed: FilmedCapture) -> None:
    views = {place: view for place, view in filmed.views.items() if place[0] != "c2"}
    done = _done(replace(filmed, views=views), replace(TINY, steps=2))
    assert any("1 pictures are missing" in note for note in done.report.notes)


def test_what_cannot_be_fitted_gives_one_line(filmed: FilmedCapture) -> None:
    with pytest.raises(MienError, match="no frame 4"):
        _done(filmed, replace(TINY, frames=(4,)))
    with pytest.raises(MienError, match="no picture of a training camera"):
        _done(replace(filmed, views={("c1", 0): filmed.view("c1", 0)}), TINY)
    with pytest.raises(MienError, match="only one frame"):
        twice = {**filmed.views, ("c0", 1): filmed.view("c0", 0)}
        _done(replace(filmed, views=twice, tracking=None), replace(TINY, frames=(0, 1)))
    for wrong in ({"steps": None}, {"texels": 4}, {"frames": ()}, {"sh_degree": 4}, {"steps": 0}):
        with pytest.raises(ValueError, match=r"steps|texels|frame|degree|end"):
            replace(TINY, **wrong)


def test_an_untracked_head_without_the_trackers_model_is_found_by_its_masks(
    filmed: FilmedCapture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    capture = replace(filmed, tracking=None, aligned=False)
    done = _done(capture, replace(TINY, steps=60))
    assert "mien models fetch" in done.report.notes[0]
    assert (done.report.psnr or 0) > 18
    assert isinstance(done.avatar, RiggedAvatar)
    shift = done.avatar.head_from_world[:3, 3]
    assert np.linalg.norm(shift) < 0.03

"""The learned rig and the template's alone, against photographs of who moved by the learned one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture_scenes import MadeCapture, ring
from headsup_networks import SMALL, small_network
from mien.avatar.state import AvatarState
from mien.capture.protocol import View
from mien.capture.tracking import Tracking
from mien.editing.commands import SetLook
from mien.editing.document import Asset
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.rendering.backends.cpu import CpuRenderer
from mien.rendering.protocol import RenderOptions
from mien.session import library as library_module
from mien.session.review import Scope, conditions, prepare
from mien.session.session import Session

GREY = np.array([140, 143, 148], np.uint8)
SCOPE = Scope(cameras=("all",), every=2)
SCOPE = SCOPE.replace(recipe=SCOPE.recipe.replace(metrics=("psnr",)))
STATES = [AvatarState.of({"jawOpen": 0.2 * frame, "eyeBlinkLeft": 0.3}) for frame in range(5)]


class _Filmed(MadeCapture):
    avatar: HeadsUpAvatar

    def view(self, camera: str, frame: int) -> View:
        held = next(held for held in self.cameras if held.name == camera)
        if (camera, frame) not in self.pictures:
            options = RenderOptions(background=tuple(GREY / 255), depth=False)
            drawn = CpuRenderer().render(self.avatar.pose(STATES[frame]), held.camera, options)
            mask = np.round(drawn.alpha * 255).astype(np.uint8)
            self.pictures[camera, frame] = View(np.ascontiguousarray(drawn.rgb8), mask)
        return super().view(camera, frame)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch):
    latent = np.random.default_rng(0).normal(
        size=(SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
    )
    avatar = HeadsUpAvatar("Ada", HeadDecoder(small_network(strength=0.1)), latent.astype("f4"))
    capture = _Filmed(
        cameras=ring(2, size=(48, 64)),
        tracking=Tracking.of_states("mien_head", np.zeros(4), STATES),
        background=GREY,
    )
    capture.avatar = avatar
    monkeypatch.setattr(
        library_module,
        "read_asset",
        lambda asset, _progress: capture if asset.kind == "capture" else avatar,
    )
    made = Session()
    made.add_assets((Asset("ada", "avatar", "Ada", "/data/ada.identities"),))
    made.add_assets((Asset("cap", "capture", "Made", "/data/made.capture"),))
    for task in made.tasks.active:
        assert task.wait(60)
    yield made
    made.close()


def test_figures_tell_the_two_rigs_apart_and_undoing_brings_them_back(session: Session) -> None:
    renderer = CpuRenderer()

    def psnr() -> float:
        found = prepare(session, SCOPE).run(renderer)
        return float(np.mean([item.values["psnr"] for item in found.measured]))

    learned, under = psnr(), conditions(session, SCOPE)
    look = session.document.look("A")
    assert look is not None
    session.push(SetLook("A", replace(look, learned=False), label="Template rig"))
    assert conditions(session, SCOPE) != under
    by_template = psnr()
    assert learned > by_template + 3
    session.history.undo()
    assert conditions(session, SCOPE) == under
    assert psnr() == pytest.approx(learned)
    renderer.close()

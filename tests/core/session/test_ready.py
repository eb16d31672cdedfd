"""People of a library who are kept ready: shown before their network is, and only by their own."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mien.session.demo as demo
import mien.session.library as libraries
from headsup_networks import SMALL, small_network
from mien.avatar.kinds.mien_file import save_avatar
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.driving.files import write_track
from mien.driving.track import ExpressionTrack
from mien.editing.document import Document, Look
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.library_file import save_library
from mien.models.headsup.opened import open_identities
from mien.models.headsup.weights import save_headsup
from mien.session.demo import first_document, network_document
from mien.session.library import Library, asset_for, person_of
from mien.session.ready import ready_file, ready_person
from mien.session.session import Session
from mien.workers import TaskRunner
from small_work import one_thread


@pytest.fixture
def library_path(tmp_path: Path) -> Path:
    """A library of two people in a folder `demo`, of whom Ada is kept ready."""
    folder = tmp_path / "demo"
    folder.mkdir()
    network = small_network(strength=0.02)
    save_headsup(folder / "headsup.safetensors", network, {})
    shape = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
    latents = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    model = HeadDecoder(network).model_id
    library = IdentityLibrary.of(model, "headsup.safetensors", latents, ["a", "b", "c", "d"])
    library = library.with_person("Ada", latents[0], training=True)
    library = library.with_person("Bo", latents[1] * 1.1, whole=True)
    path = folder / "people.identities"
    save_library(path, library)
    place = ready_file(path, "Ada")
    place.parent.mkdir()
    save_avatar(place, open_identities(path).named("Ada"))
    return path


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield


def test_who_is_ready_is_who_the_network_makes(library_path: Path) -> None:
    ready = ready_person(library_path, "Ada")
    assert isinstance(ready, RiggedAvatar)
    whole = open_identities(library_path).named("Ada")
    assert ready.template == whole.template
    np.testing.assert_allclose(ready.neutral.means, whole.pose().means, atol=1e-4)


def test_nobody_else_is_taken_for_them(library_path: Path, tmp_path: Path) -> None:
    assert ready_person(library_path, "Bo") is None
    assert ready_person(library_path, "../people/Ada") is None
    other = HeadDecoder(small_network(strength=0.3)).avatar(np.zeros((SMALL.latent_dim,
            SMALL.latent_grid, SMALL.latent_grid)), "Bo")  # fmt: skip
    save_avatar(ready_file(library_path, "Bo"), other)
    assert ready_person(library_path, "Bo") is None
    ready_file(library_path, "Ada").write_bytes(b"nothing")
    assert ready_person(library_path, "Ada") is None
    library_path.write_bytes(b"nothing, either")
    assert ready_person(library_path, "Bo") is None


def test_networks_wait_until_they_may_come(library_path: Path) -> None:
    tasks = TaskRunner()
    library = Library(tasks)
    loaded: list[str] = []
    shown = threading.Event()
    library.loaded.connect(lambda key: (loaded.append(key), shown.set()))
    ada, bo = (asset_for(library_path, part=name) for name in ("Ada", "Bo"))
    library.hold()
    library.sync(Document(assets=(ada, bo)))
    _settle(tasks)
    assert isinstance(library.avatar(ada.id), RiggedAvatar)
    assert library.avatar(bo.id) is None
    assert library.coming(ada.id)
    assert library.coming(bo.id)
    assert loaded == [ada.id]
    library.release()
    _settle(tasks)
    assert isinstance(library.avatar(ada.id), HeadsUpAvatar)
    assert isinstance(library.avatar(bo.id), HeadsUpAvatar)
    assert not library.coming(ada.id)
    # Both are people of one network, opened once though two asked at the same time.
    assert library.avatar(ada.id).decoder is library.avatar(bo.id).decoder
    tasks.close()


def test_who_is_shown_and_not_ready_does_not_wait(library_path: Path) -> None:
    tasks = TaskRunner()
    library = Library(tasks)
    bo = asset_for(library_path, part="Bo")
    library.hold()
    library.sync(Document(assets=(bo,), looks={"A": Look.of(bo.id)}))
    _settle(tasks)
    assert isinstance(library.avatar(bo.id), HeadsUpAvatar)
    tasks.close()


def test_who_was_forgotten_does_not_come(library_path: Path) -> None:
    tasks = TaskRunner()
    library = Library(tasks)
    ada = asset_for(library_path, part="Ada")
    library.hold()
    library.sync(Document(assets=(ada,)))
    _settle(tasks)
    library.sync(Document())
    library.release()
    _settle(tasks)
    assert library.avatar(ada.id) is None
    assert not library.coming(ada.id)
    tasks.close()


def test_nothing_comes_after_the_end(library_path: Path) -> None:
    session = Session()
    ada = asset_for(library_path, part="Ada")
    session.library.hold()
    session.show(Document(assets=(ada,), looks={"A": Look.of(ada.id)}))
    _settle(session.tasks)
    session.close()
    # The first picture may be told of when the window is gone already.
    session.library.release()
    assert not session.tasks.active
    assert not session.library.coming(ada.id)


def test_a_network_that_is_gone_leaves_who_was_ready(library_path: Path) -> None:
    tasks = TaskRunner()
    library = Library(tasks)
    ada = asset_for(library_path, part="Ada")
    (library_path.parent / "headsup.safetensors").write_bytes(b"nothing")
    library.sync(Document(assets=(ada,)))
    _settle(tasks)
    assert isinstance(library.avatar(ada.id), RiggedAvatar)
    assert "headsup.safetensors" in str(library.error(ada.id))
    tasks.close()


@pytest.fixture
def shipped(library_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as if it shipped, with a film and a description of what is opened first."""
    root = library_path.parents[1]
    monkeypatch.setattr(demo, "resources_root", lambda: root)
    monkeypatch.setattr(libraries, "resources_root", lambda: root)
    for module in (demo, libraries):
        monkeypatch.setattr(module, "resource", lambda name: root / name)
    track = ExpressionTrack(np.arange(5) / 25, ("jawOpen",), np.full((5, 1), 0.4, np.float32))
    write_track(root / "demo" / "film.h5", track)
    (root / "demo" / "film.mp4").write_bytes(b"no film, which nobody needs to read")
    told = {"library": "people.identities", "people": ["Bo", "Ada"], "film": "film.mp4",
            "sequence": "held_out.capture"}  # fmt: skip
    (root / "demo" / "headsup.json").write_text(json.dumps(told))
    return root


def test_the_first_document_shows_people_of_the_network(shipped: Path) -> None:
    document = first_document()
    assert document is not None
    assert [asset.name for asset in document.assets_of("avatar")] == ["Bo", "Ada"]
    bo = document.assets_of("avatar")[0]
    assert document.look("A") == Look.of(bo.id)
    assert (bo.path, bo.part) == ("resource:demo/people.identities", "Bo")
    assert bo == person_of(shipped / "demo" / "people.identities", "Bo")
    session = Session()
    session.show(document.replace(assets=document.assets[:3]))
    _settle(session.tasks)
    assert isinstance(session.avatar(), HeadsUpAvatar)
    # The film that ships moves them without a tracker.
    assert session.track is not None
    assert session.state_at(0.08).expression.max() == pytest.approx(0.4, abs=0.05)
    session.close()


def test_without_the_network_painted_people_come_first(shipped: Path) -> None:
    (shipped / "demo" / "headsup.safetensors").unlink()
    assert network_document() is None
    painted = {"people": [{"name": "Ada", "file": "ada.avatar"}], "default": "Ada"}
    (shipped / "demo" / "demo.json").write_text(json.dumps(painted))
    document = first_document()
    assert document is not None
    assert document.assets[0].path == "resource:demo/ada.avatar"


def test_a_library_elsewhere_keeps_its_path(library_path: Path) -> None:
    asset = person_of(library_path, "Ada")
    assert asset == replace(asset_for(library_path, part="Ada"))
    assert Path(asset.path) == library_path.resolve()


def _settle(tasks: TaskRunner) -> None:
    while tasks.active:
        for task in tasks.active:
            assert task.wait(60)

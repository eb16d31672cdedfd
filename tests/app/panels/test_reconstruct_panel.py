"""The reconstruct panel: what goes in, what comes of it, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filmed_scenes import film, person
from mien.capture.store.importing import import_capture
from mien.errors import MienError
from mien.session.reconstructing import (
    Account,
    Measured,
    Previewed,
    Reconstructed,
    RefineOrder,
    Refining,
    Stage,
)
from mien_studio.panels.reconstruct import NO_CAPTURE, NO_NETWORK, ReconstructPanel


class Spoken:
    """What the process would say, said by the test."""

    last: Spoken

    def __init__(self, network, tell):
        self.network, self.tell, self.orders = network, tell, []
        self.alive, self.stops = True, 0
        Spoken.last = self

    def ask(self, order):
        self.orders.append(order)

    def stop(self):
        self.stops += 1

    def close(self, timeout_secs=5.0):
        self.alive = False


@pytest.fixture(scope="module")
def capture_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("filmed") / "ada.capture"
    import_capture(film(num_cameras=6, size=48), path)
    return path


@pytest.fixture
def opened(studio, capture_path, wait_for, tmp_path, monkeypatch):
    """A studio with a capture open and a network chosen, whose process is the test's."""
    monkeypatch.setattr("mien_studio.bridge.reconstructor.ReconstructionProcess", Spoken)
    network = tmp_path / "best.safetensors"
    network.touch()
    studio.session.add_files([capture_path])
    wait_for(lambda: studio.reconstructor.capture is not None)
    studio.reconstructor.set_network(network)
    return studio


def account(views=("c0", "c2"), *, warnings=(), steps=0):
    return Account(0, views, dict.fromkeys(views, 0.8), ("a note",), warnings, 0.61, steps)


def reconstructed(studio, wait_for, **options):
    studio.reconstructor.begin()
    Spoken.last.tell(Stage("looking at the views"))
    Spoken.last.tell(Reconstructed(person(), account(**options)))
    Spoken.last.tell(Measured(27.5, 4))
    wait_for(lambda: studio.reconstructor.run.measured is not None)


def test_it_says_what_is_missing(studio, on_screen, capture_path, wait_for, monkeypatch, tmp_path):
    monkeypatch.setattr("mien.models.headsup.shipped.resources_root", lambda: tmp_path)
    panel = on_screen(ReconstructPanel(studio))
    assert panel.told.text() == NO_CAPTURE
    studio.session.add_files([capture_path])
    wait_for(lambda: panel.told.text() == NO_NETWORK)
    assert panel.editor.isVisible()
    assert not panel.begin.isEnabled()


def test_the_network_is_loaded_before_anybody_asks(opened, on_screen):
    on_screen(ReconstructPanel(opened))
    first = Spoken.last
    assert first.network == opened.reconstructor.network
    opened.reconstructor.begin()
    assert Spoken.last is first
    assert first.orders[0].out.name == "ada 6 views.avatar"


def test_a_head_is_seen_beside_a_camera_that_did_not_go_in(opened, on_screen, wait_for):
    panel = on_screen(ReconstructPanel(opened))
    heard = []
    opened.noticed.connect(heard.append)
    before = opened.session.document
    reconstructed(opened, wait_for)
    session = opened.session
    assert session.avatar() is not None
    assert session.view.state.compare == "wipe"
    assert session.station.camera.name not in ("c0", "c2")
    assert [tile.value for tile in panel.tiles.tiles] == ["27.50", "0.61"]
    assert [notice.text for notice in heard] == [
        "Reconstructed ada 6 views from 2 views in 0.6 s: 27.50 dB on 4 unused cameras"
    ]
    assert panel.notes.text() == "A note."
    opened.undo()
    assert session.document is before


def test_views_are_chosen_by_number_or_by_name(opened, on_screen):
    panel = on_screen(ReconstructPanel(opened))
    panel.editor.views.changed.emit(3.0)
    opened.reconstructor.begin()
    assert (Spoken.last.orders[0].views, Spoken.last.orders[0].cameras) == (3, ())
    opened.reconstructor._run = None
    panel.editor.ways.chosen.emit("mine")
    assert opened.session.view.state.show_cameras
    assert not panel.begin.isEnabled()
    panel.editor.chips["c4"].click()
    opened.reconstructor.toggle("c1")
    assert panel.editor.chips["c1"].isChecked()
    assert panel.editor.counted.text() == "2 of 6 go in"
    assert opened.reconstructor.inputs == ("c1", "c4")
    panel.begin.click()
    assert Spoken.last.orders[1].cameras == ("c1", "c4")
    assert Spoken.last.orders[1].out.stem == "ada 2 views"


def test_choosing_begins_with_what_went_in(opened, on_screen, wait_for):
    on_screen(ReconstructPanel(opened))
    reconstructed(opened, wait_for)
    assert opened.reconstructor.inputs == ("c0", "c2")
    opened.reconstructor.set_choosing(True)
    assert opened.reconstructor.chosen == ("c0", "c2")
    opened.reconstructor.toggle("c0")
    assert opened.reconstructor.inputs == ("c2",)


def test_a_camera_that_disagrees_is_listed_and_can_be_stood_in(opened, on_screen, wait_for):
    panel = on_screen(ReconstructPanel(opened))
    warning = "camera c3: reprojection disagrees with the mask (IoU 0.21); left out"
    reconstructed(opened, wait_for, warnings=(warning,))
    assert panel.warnings.texts == [warning]
    assert panel.warnings.isVisible()
    panel.warnings.rows.activated.emit(warning, False)
    assert opened.session.station.camera.name == "c3"
    assert opened.session.view.state.standing


def test_a_refinement_is_watched_and_stopped_with_the_best(opened, on_screen, wait_for):
    panel = on_screen(ReconstructPanel(opened))
    reconstructed(opened, wait_for)
    panel.refine.click()
    assert Spoken.last.orders[-1] == RefineOrder(opened.reconstructor.steps)
    assert panel.progress.isVisible()
    between = replace(person())
    Spoken.last.tell(Refining(12, 60, 28.25))
    Spoken.last.tell(Previewed(between))
    wait_for(lambda: opened.session.avatar() is between)
    assert panel.progress.text == "Refining: 28.2 dB"
    panel.progress.cancelled.emit()
    assert Spoken.last.stops == 1
    Spoken.last.tell(Reconstructed(person(), account(steps=12)))
    after = Measured(28.5, 4)
    Spoken.last.tell(after)
    wait_for(lambda: opened.reconstructor.run.measured is after)
    assert [tile.value for tile in panel.tiles.tiles][:2] == ["28.50", "27.50"]
    assert opened.reconstructor.can_refine


def test_what_goes_wrong_is_said_once_and_can_be_tried_again(opened, on_screen, wait_for):
    panel = on_screen(ReconstructPanel(opened))
    heard = []
    opened.noticed.connect(heard.append)
    opened.reconstructor.begin()
    Spoken.last.tell(MienError("nobody is to be seen in frame 0", hint="Choose another frame"))
    wait_for(lambda: opened.reconstructor.run.failed is not None)
    assert [notice.text for notice in heard] == ["nobody is to be seen in frame 0"]
    assert "nobody is to be seen" in panel.notes.text()
    assert panel.begin.isEnabled()


def test_closing_the_studio_ends_the_process(opened):
    opened.reconstructor.warm()
    opened.close()
    assert not Spoken.last.alive

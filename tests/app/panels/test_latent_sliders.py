"""People of a network in the Identity panel: sliders, names, strangers and who is nearest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headsup_networks import SMALL, small_network
from mien.editing.commands import SetLook
from mien.editing.document import Look
from mien.models.headsup.avatar import HeadsUpAvatar
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.library_file import save_library
from mien.models.headsup.prior_training import train_flow
from mien.models.headsup.weights import save_headsup
from mien.session.people import coefficients_in, library_of
from mien.session.timeline import look_at
from mien_studio.panels.identity import IdentityPanel
from mien_studio.panels.identity.attributes import kind_of, titled

PEOPLE = 16


@pytest.fixture(scope="module")
def library_path(tmp_path_factory):
    """A library of people whose hair is as long as their first coefficient says."""
    folder = tmp_path_factory.mktemp("library")
    network = small_network(strength=0.02)
    save_headsup(folder / "small.safetensors", network, {})
    decoder = HeadDecoder(network)
    rng = np.random.default_rng(3)
    shape = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
    ways = rng.normal(size=(4, *shape)) * np.array([4, 3, 2, 1])[:, None, None, None]
    places = rng.normal(size=(PEOPLE, 4))
    latents = np.tensordot(places, ways, 1).astype(np.float32)
    told = [{"hair_length_mm": float(100 + 40 * place[0])} for place in places]
    names = [f"person {index}" for index in range(PEOPLE)]
    library = IdentityLibrary.of(
        decoder.model_id, "small.safetensors", latents, names, attributes=told, num_axes=4
    )
    for index in range(3):
        library = library.with_person(
            names[index], latents[index], attributes=told[index], training=index < 2
        )
    prior = train_flow(library.known, None, FlowConfig(width=16, depth=2, steps=20, blur=0.5))
    path = folder / "small.identities"
    save_library(path, replace(library, prior=prior))
    return path


@pytest.fixture
def panel(studio, library_path, on_screen, wait_for):
    made = on_screen(IdentityPanel(studio), height=1400)
    studio.session.add_files([library_path])
    wait_for(lambda: studio.session.avatar() is not None)
    wait_for(lambda: made.shape.isVisible())
    return made


def _shown(studio):
    return coefficients_in(studio.session.avatar(), _identity(studio))


def _identity(studio):
    return studio.session.document.look("A").identity


def test_sliders_begin_where_the_person_stands(studio, panel):
    avatar = studio.session.avatar()
    assert isinstance(avatar, HeadsUpAvatar)
    own = avatar.coefficients
    assert _identity(studio) == ()
    np.testing.assert_allclose(
        [row.slider.number for row in panel.shape.rows], np.clip(own, -3, 3), atol=1e-5
    )
    panel.shape.rows[1].slider.changed.emit(2.0)
    np.testing.assert_allclose(_shown(studio)[[0, 2, 3]], own[[0, 2, 3]])
    assert _shown(studio)[1] == 2
    panel.shape.reset()
    assert _identity(studio) == ()


def test_a_named_slider_moves_what_it_names_in_one_step(studio, panel):
    row = panel.attributes.rows["hair length mm"].slider
    assert row.name == "Hair length"
    library = library_of(studio.session.avatar())
    before = studio.session.document
    row.started.emit()
    for value in (110.0, 120.0, 130.0):
        row.changed.emit(value)
    row.finished.emit()
    told = library.directions.values(_shown(studio))
    assert told[0] == pytest.approx(130, abs=0.05)
    assert row.number == pytest.approx(130, abs=0.05)
    studio.undo()
    assert studio.session.document is before


def test_strangers_come_from_both_priors_and_leave_what_is_locked(studio, panel, wait_for):
    shape, strangers = panel.shape, panel.strangers
    assert strangers.prior.isVisible()
    shape.rows[0].lock.setChecked(True)
    kept = _shown(studio)[0]
    strangers.draw.click()
    first = _shown(studio)
    strangers.prior.set_current("flow")
    strangers.draw.click()
    wait_for(lambda: not np.array_equal(_shown(studio), first))
    assert _shown(studio)[0] == pytest.approx(float(kept))
    drawn = _shown(studio)
    strangers.show_seed(1)
    shape.reset()
    strangers.randomise()
    wait_for(lambda: _identity(studio) != ())
    np.testing.assert_allclose(_shown(studio), drawn, atol=1e-6)


def test_strangers_have_what_is_locked_of_an_attribute_in_common(studio, panel, wait_for):
    hair = panel.attributes.rows["hair length mm"]
    told = library_of(studio.session.avatar()).directions
    hair.slider.changed.emit(150.0)
    hair.lock.setChecked(True)
    lengths, people = [], []
    for prior in ("gaussian", "gaussian", "flow", "flow"):
        panel.strangers.prior.set_current(prior)
        before = _identity(studio)
        panel.strangers.draw.click()
        wait_for(lambda before=before: _identity(studio) != before)
        people.append(_shown(studio))
        lengths.append(float(told.values(people[-1])[0]))
    np.testing.assert_allclose(lengths, 150, atol=0.1)
    assert np.abs(np.diff(people, axis=0)).max(axis=1).min() > 0.05
    hair.lock.setChecked(False)
    assert not panel.strangers.wish.attributes


def test_the_rig_is_chosen_seen_beside_the_other_and_undone(studio, panel):
    rig = panel.rig
    assert rig.isVisible()
    assert rig.rigs.current == "learned"
    rig.rigs._choose("template")
    assert not studio.session.document.look("A").learned
    assert not studio.session.blend("A", 0.0).blended().learned
    studio.undo()
    assert rig.rigs.current == "learned"
    rig.both.click()
    request = studio.session.request((64, 32))
    assert [shot.blend.blended().learned for shot in request.shots] == [True, False]
    a, b = (shot.blend.blended() for shot in request.shots)
    assert a.rigged is b.rigged


def test_presets_and_keyframes_keep_whom_sliders_made(studio, panel, qtbot):
    panel.shape.rows[0].slider.changed.emit(1.5)
    there = _shown(studio)
    panel.presets.name.setText("longer")
    panel.presets.name.returnPressed.emit()
    panel.shape.reset()
    own = _shown(studio)
    panel.morph.add_keyframe()
    studio.update_view(time=2.0)
    panel.presets.rows.activated.emit("longer", False)
    studio.update_view(time=1.0)
    look = look_at(studio.session.document, "A", 1.0)
    middle = coefficients_in(studio.session.avatar(), look.identity)
    np.testing.assert_allclose(middle, (own + there) / 2, atol=1e-5)
    assert panel.shape.rows[0].slider.number == pytest.approx(float(middle[0]), abs=1e-5)
    # A slider keys the instant at the playhead.
    panel.shape.rows[1].slider.changed.emit(-2.0)
    assert [keyframe.time for keyframe in studio.session.document.keyframes] == [0.0, 1.0, 2.0]
    assert _shown_at(studio, 1.0)[1] == pytest.approx(-2.0)


def _shown_at(studio, time):
    look = look_at(studio.session.document, "A", time)
    return coefficients_in(studio.session.avatar(), look.identity)


def test_the_nearest_who_was_learnt_from_is_named_and_can_be_become(studio, panel):
    row = panel.strangers.nearest
    library = library_of(studio.session.avatar())
    assert row.nearest[0] == "person 0"
    panel._sitter.move(library.known[7] + np.float32(0.01), "elsewhere")
    assert row.nearest[0] == "person 7"
    assert "person 7" in row.text.text()
    row.snap.click()
    np.testing.assert_allclose(_shown(studio), library.known[7], atol=1e-6)
    assert row.nearest[1] == pytest.approx(0, abs=1e-6)


def test_people_of_the_library_are_shown_and_blended_as_latents(studio, panel, wait_for):
    assert [card.title for card in panel.people.grid.cards] == ["person 0", "person 1", "person 2"]
    assert panel.people.grid.cards[2].corner == "new"
    panel.shape.rows[0].slider.changed.emit(1.5)
    panel.people.show_person("person 1")
    # What was made of the one before was about them.
    assert _identity(studio) == ()
    wait_for(lambda: studio.session.avatar() is not None)
    first = studio.session.avatar()
    assert first.name == "person 1"
    panel.people.add_to_blend("person 2")
    assets = studio.session.document.look("A").asset_ids
    wait_for(lambda: all(studio.session.library.avatar(key) for key in assets))
    wait_for(lambda: not studio.session.tasks.active)
    second = studio.session.library.avatar(assets[1])
    middle = (first.coefficients + second.coefficients) / 2
    panel._refresh()
    np.testing.assert_allclose(panel._sitter.coefficients, middle, atol=1e-4)
    studio.push(SetLook("A", Look({assets[0]: 0.5, assets[1]: 0.5}, {"mouth": assets[1]})))
    assert panel._sitter.coefficients.shape == middle.shape
    assert {card.badges for card in panel.people.grid.cards} == {"", "A"}


def test_who_is_kept_is_somebody_of_their_own_to_blend_with(studio, panel, wait_for):
    panel.shape.rows[0].slider.changed.emit(2.5)
    there = _shown(studio)
    panel.shape.keep.click()
    wait_for(lambda: len(studio.session.document.assets) == 2)
    asset = studio.session.document.assets[1]
    wait_for(lambda: studio.session.library.avatar(asset.id) is not None)
    kept, shown = studio.session.library.avatar(asset.id), studio.session.avatar()
    assert kept.template == shown.template
    space = shown.latent_space
    np.testing.assert_allclose(space.coefficients(kept.fitting.latent), there, atol=0.02)
    half = shown.mixed(
        [shown, kept], np.array([0.5, 0.5], np.float32), regions={}, softness=0.01, name="half"
    )
    assert half is not None
    np.testing.assert_allclose(half.coefficients, (shown.coefficients + there) / 2, atol=0.02)


def test_names_lose_their_units_and_numbers_get_them():
    assert titled("hair length mm") == "Hair length"
    assert titled("hair style: bob") == "Hair style: bob"
    kind = kind_of("hair length mm", 10, 200)
    assert (kind.text(55.4), kind.decimals) == ("55 mm", 0)
    assert kind_of("beard", 0.0, 0.0).upper == 1.0

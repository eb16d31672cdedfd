"""Reconstructing in a process: it stays, says what it does and what goes wrong, and ends."""

from __future__ import annotations

import queue

import pytest

from filmed_scenes import film
from headsup_networks import small_network
from mien.capture.store.importing import import_capture
from mien.errors import MienError
from mien.models.headsup.weights import save_headsup
from mien.session.library import asset_for
from mien.session.people import keeps_latent, with_latent_space
from mien.session.reconstructing import (
    Measured,
    Reconstructed,
    ReconstructionProcess,
    ReconstructOrder,
    RefineOrder,
    Refining,
)


class Ear:
    """Hears a process; waits for the word that ends an order."""

    def __init__(self):
        self.said = queue.Queue()

    def until(self, *kinds, secs=120):
        heard = []
        while not heard or not isinstance(heard[-1], kinds):
            heard.append(self.said.get(timeout=secs))
        return heard


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "small.safetensors"
    save_headsup(path, small_network(), {})
    return path


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    path = tmp_path_factory.mktemp("filmed") / "ada.capture"
    import_capture(film(num_cameras=6, size=48), path)
    return asset_for(path)


def test_a_process_serves_one_order_after_another(network, capture, tmp_path):
    ear, out = Ear(), tmp_path / "ada.avatar"
    process = ReconstructionProcess(network, ear.said.put)
    try:
        process.ask(ReconstructOrder(capture, out, views=2))
        heard = ear.until(Measured, MienError)
        made = next(said for said in heard if isinstance(said, Reconstructed))
        assert len(made.account.views) == 2
        assert made.avatar.source == out
        assert heard[-1].num_pictures == 4
        assert keeps_latent(made.avatar)

        process.ask(RefineOrder(3))
        refined = ear.until(Reconstructed, MienError)
        assert [said.step for said in refined if isinstance(said, Refining)] == [1, 2, 3]
        assert refined[-1].account.steps == 3
        process.ask(ReconstructOrder(capture, out, cameras=("nobody",)))
        wrong = ear.until(MienError)[-1]
        assert "nobody" in wrong.message
        # What was asked wrongly ends nothing.
        assert process.alive
        process.ask(ReconstructOrder(capture, out, cameras=("c0",)))
        again = ear.until(Measured, MienError)
        assert next(s for s in again if isinstance(s, Reconstructed)).account.views == ("c0",)
    finally:
        process.close()
    assert not process.alive
    assert ear.said.empty()


def test_a_network_that_cannot_be_read_is_said_when_it_is_asked_for(tmp_path, capture):
    broken, ear = tmp_path / "broken.safetensors", Ear()
    broken.write_bytes(b"no weights")
    process = ReconstructionProcess(broken, ear.said.put)
    try:
        process.ask(ReconstructOrder(capture, tmp_path / "ada.avatar"))
        said = ear.until(MienError)
        assert "broken.safetensors" in str(said[-1])
        assert process.alive
    finally:
        process.close()


def test_who_was_reconstructed_may_become_anybody_with_the_network(network, capture, tmp_path):
    ear, out = Ear(), tmp_path / "ada.avatar"
    process = ReconstructionProcess(network, ear.said.put)
    try:
        process.ask(ReconstructOrder(capture, out, views=3))
        made = next(s for s in ear.until(Measured, MienError) if isinstance(s, Reconstructed))
    finally:
        process.close()
    grown = with_latent_space(made.avatar, network)
    assert grown.template == made.avatar.template
    assert (grown.head_from_world == made.avatar.head_from_world).all()
    # The latent is kept in half floats.
    assert abs(grown.pose().means - made.avatar.pose().means).max() < 5e-4
    other = tmp_path / "other.safetensors"
    save_headsup(other, small_network(strength=0.2), {})
    with pytest.raises(MienError, match="another network"):
        with_latent_space(made.avatar, other)

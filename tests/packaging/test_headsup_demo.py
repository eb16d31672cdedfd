"""The HeadsUp demo: the parts of the script that makes it, and what of it ships."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import filmed_scenes
from headsup_networks import small_network
from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.state import AvatarState
from mien.capture.opening import open_capture
from mien.capture.store.importing import import_capture
from mien.driving.files import open_track
from mien.driving.track import ExpressionTrack
from mien.driving.video import VideoReader
from mien.editing.document import Asset
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library import Identity
from mien.models.headsup.library_file import load_library
from mien.models.headsup.opened import open_identities
from mien.models.headsup.weights import read_card, save_headsup
from mien.resources import resources_root
from mien.session.demo import first_document
from mien.session.library import read_asset
from mien.session.ready import ready_person
from mien.session.session import Session
from mien.template.arkit import ARKIT_NAMES
from mien.training.identities import LibraryConfig
from small_work import one_thread

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
DEMO = resources_root() / "demo"
LIMIT = 25e6
GROUPS = {
    "brows": "browInnerUp", "blink": "eyeBlinkLeft", "smile": "mouthSmileRight", "jaw": "jawOpen",
    "pucker": "mouthPucker",
}  # fmt: skip

ships = pytest.mark.skipif(
    not (DEMO / "headsup.safetensors").is_file(), reason="no HeadsUp network ships yet"
)


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING))


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield


def test_the_demo_is_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) <= LIMIT


# The script's parts


def test_the_performance_shows_everything_and_closes() -> None:
    from headsup_demo.choreography import RATE, SECONDS, perform

    track = perform()
    assert track.num_frames == round(RATE * SECONDS)
    assert 6 <= SECONDS <= 8
    assert track.names == ARKIT_NAMES
    for name in GROUPS.values():
        assert track.weights[:, ARKIT_NAMES.index(name)].max() > 0.6, name
    assert track.head_pose is not None
    yaw = np.degrees(np.arctan2(track.head_pose[:, 0, 2], track.head_pose[:, 2, 2]))
    assert yaw.max() > 20
    assert yaw.min() < -20
    # It loops: from the last frame to the first is no more than from any to the next.
    steps = np.abs(np.diff(track.weights, axis=0)).max()
    assert np.abs(track.weights[0] - track.weights[-1]).max() <= steps
    assert abs(yaw[0] - yaw[-1]) <= np.abs(np.diff(yaw)).max()
    assert track.weights[0].max() == 0


def _person(name: str, masculinity: float, *, training: bool) -> Identity:
    told = {"masculinity": masculinity, "age_years": 20.0 + 7 * len(name)}
    return Identity(name, np.zeros(2, np.float32), told, training)


def test_who_is_opened_first_was_never_seen() -> None:
    from headsup_demo.people import opened_on

    people = [_person("a" * k, k / 8, training=k < 5) for k in range(1, 9)]
    opened = opened_on(people)
    assert opened[0] == "a" * 5
    assert len(set(opened)) == 4
    assert opened_on(people, "aa")[0] == "aa"


def test_only_who_was_never_seen_counts_as_held_out() -> None:
    from headsup_demo.people import learnt_from

    train, held = Path("train"), Path("held")
    training = [train / f"person-{k}.capture" for k in range(3)]
    others = [held / f"person-{k}.capture" for k in range(3, 6)]
    # The training had both folders, and held out one of each.
    data = {"folders": ["train", "held"], "held_out": ["person-2", "person-5"]}
    learnt, unseen = learnt_from(data, training, others)
    assert [path.stem for path in unseen] == ["person-2", "person-5"]
    assert len(learnt) == 4
    # It had the first one alone.
    learnt, unseen = learnt_from(data | {"folders": ["train"]}, training, others)
    assert [path.stem for path in learnt] == ["person-0", "person-1"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library that the script made of four people and an untrained network."""
    folder = tmp_path_factory.mktemp("demo")
    captures = folder.with_name("captures")
    captures.mkdir()
    for index, name in enumerate(("jawOpen", "cheekPuff", "mouthPucker", "jawLeft")):
        filmed = filmed_scenes.film(num_cameras=4, size=32, states=(AvatarState.of({name: 1.0}),))
        told = {"seed": index, "age_years": 20 + 9 * index, "masculinity": float(index % 2)}
        import_capture(replace(filmed, attributes=told), captures / f"person-{index}.capture")
    save_headsup(folder / "headsup.safetensors", small_network(strength=0.02), CARD)
    sys.path.insert(0, str(PACKAGING))
    try:
        from headsup_demo.people import make_people, write_listing
    finally:
        sys.path.remove(str(PACKAGING))
    paths = sorted(captures.glob("*.capture"))
    config = LibraryConfig(2, 4, 3, 48, FlowConfig(16, 1, 5))
    _, problems = make_people(
        folder / "headsup.safetensors",
        paths[:2],
        paths[2:],
        folder,
        config=config,
        first="person-3",
    )
    assert not problems
    listing = json.loads((folder / "headsup.json").read_text())
    write_listing(folder, listing | {"film": "film.mp4", "sequence": "held_out.capture"})
    first = next(p for p in load_library(folder / "people.identities").people if not p.training)
    held = captures / f"person-{first.attributes['seed']}.capture"
    (folder / "held_out.capture").write_bytes(held.read_bytes())
    return folder


CARD = {
    "made_by": "mien 0", "command": "mien train headsup crowd --out run", "parameters": 123_456,
    "network": {"latent_grid": 8, "latent_dim": 32, "decoder_widths": [8, 8], "layers": 1,
                "view_side": 32},
    "training": {"views": [4, 4], "targets": 3, "rate": 1e-3, "rate_end": 0.02, "seed": 5},
    "data": {"people": 2, "left_out": 0}, "processes": 1, "device": "cpu", "steps": 10,
    "people_seen": 20, "secs": 36.0,
    "metrics": {"psnr": 21.5, "mean_head": 17.0, "learned_rig": 20.9, "template_rig": 20.1,
                "recipe": "a recipe"},
}  # fmt: skip


def test_people_have_names_and_the_first_is_there_at_once(built: Path) -> None:
    library = load_library(built / "people.identities")
    # Of two who were held out, the one that was asked for.
    assert [p.attributes["seed"] for p in library.people if not p.training] == [3]
    names = {person.name for person in library.people}
    assert len(names) == 3
    assert not any(name.startswith("person") for name in names)
    # Whoever the network learnt from is known by the same name.
    assert {p.name for p in library.people if p.training} == set(library.known_names)
    first = json.loads((built / "headsup.json").read_text())["people"][0]
    assert not next(person for person in library.people if person.name == first).training
    assert isinstance(ready_person(built / "people.identities", first), RiggedAvatar)


def test_a_compact_library_makes_the_same_people(built: Path, tmp_path: Path) -> None:
    held = open_identities(built / "people.identities")
    person = next(each for each in held.library.people if each.training)
    there = held.library.known[held.library.known_names.index(person.name)]
    made = held.library.latent(person)
    np.testing.assert_allclose(held.library.space.latent(there), made, atol=1e-4)
    # Back to where they stand: a hundredth of what people differ in is lost, at most.
    np.testing.assert_allclose(held.library.space.coefficients(made), there, atol=0.05)


def test_the_card_says_what_was_done(built: Path, tmp_path: Path) -> None:
    from headsup_demo.card import Facts, write_card

    captures = sorted(built.with_name("captures").glob("*.capture"))
    (tmp_path / "comparison.md").write_text(
        "| method | PSNR (dB) |\n|---|---:|\n| HeadsUp | 27.3 |"
    )
    network = built / "headsup.safetensors"
    library = load_library(built / "people.identities")
    facts = Facts(network, library, built, captures, tmp_path, {"jaw": 0.987})
    write_card(tmp_path / "CARD.md", facts)
    text = (tmp_path / "CARD.md").read_text()
    for told in ("0.12 M", "mien train headsup crowd --out run", "0.01 h on 1 x cpu", "21.50 dB",
                 "| HeadsUp | 27.3 |", "jaw 0.99", "never saw", library.model, "CC0"):  # fmt: skip
        assert told in text, told
    assert str(tmp_path) not in text


def test_the_sequence_is_a_capture_of_the_person(tmp_path: Path) -> None:
    from headsup_demo.sequence import make_sequence

    path = tmp_path / "held_out.capture"
    make_sequence(5005, path, frames=2, side=32, cameras=("c08", "c09"))
    assert [held.name for held in tmp_path.iterdir()] == [path.name]
    with open_capture(path) as capture:
        assert [held.split for held in capture.cameras] == ["train", "test"]
        assert len(capture.times) == 2
        assert capture.attributes["seed"] == 5005
        assert capture.view("c08", 1).mask is not None


def test_sheets_are_pictures(built: Path, tmp_path: Path) -> None:
    from headsup_demo.sheets import Studio, interpolation, novel_people, one_pass

    from mien.rendering import make_renderer

    renderer = make_renderer("cpu")
    held = open_identities(built / "people.identities")
    studio = Studio(held, renderer, side=32)
    interpolation(studio, tmp_path / "interpolation.jpg")
    novel_people(studio, tmp_path / "novel.jpg")
    captures = sorted(built.with_name("captures").glob("*.capture"))
    one_pass(captures, held.decoder, renderer, tmp_path / "one.jpg", views=2, side=32)
    renderer.close()
    for name in ("interpolation.jpg", "novel.jpg", "one.jpg"):
        with Image.open(tmp_path / name) as picture:
            assert np.asarray(picture).std() > 10, name


# What ships


@ships
def test_everything_of_it_is_listed_and_told_of() -> None:
    listing = json.loads((DEMO / "headsup.json").read_text())
    told = (DEMO / "PROVENANCE.md").read_text() + (DEMO / "HEADSUP.md").read_text()
    for name in (listing["library"], listing["film"], listing["sequence"], "film.h5"):
        assert (DEMO / name).is_file()
        assert name in told
    card = (DEMO / "HEADSUP.md").read_text()
    assert load_library(DEMO / listing["library"]).model in card
    assert read_card(DEMO / "headsup.safetensors").card["command"] in card


@ships
def test_half_of_its_people_were_never_seen() -> None:
    people = load_library(DEMO / "people.identities").people
    assert len(people) >= 24
    assert sum(not person.training for person in people) * 2 >= len(people)
    assert all(person.thumbnail and person.attributes for person in people)
    assert len({person.attributes["hair_style"] for person in people}) >= 6
    ages = [float(person.attributes["age_years"]) for person in people]
    assert min(ages) < 30
    assert max(ages) > 60
    skins = [float(person.attributes["melanin"]) for person in people]
    assert max(skins) - min(skins) > 0.5


@ships
def test_who_is_shown_first_is_ready_and_becomes_whole() -> None:
    document = first_document()
    assert document is not None
    first = document.assets_of("avatar")[0]
    ready = ready_person(DEMO / "people.identities", first.part)
    assert isinstance(ready, RiggedAvatar)
    whole = open_identities(DEMO / "people.identities").named(first.part)
    assert whole.library is not None
    assert whole.library.prior is not None
    assert whole.library.directions is not None
    assert len(whole.library.directions.certain(0.2).names) >= 4
    np.testing.assert_allclose(ready.neutral.means, whole.rigged.neutral.means, atol=1e-3)


@ships
def test_the_film_drives_without_a_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_MODELS", "/nowhere")
    document = first_document()
    assert document is not None
    session = Session()
    session.library.hold()
    session.show(document)
    while session.tasks.active:
        session.tasks.active[0].wait(60)
    assert session.track is not None
    moved = [session.state_at(time).expression.max() for time in np.linspace(0, 7, 36)]
    assert max(moved) > 0.6
    avatar = session.avatar()
    assert avatar is not None
    session.close()


def test_the_tracker_reads_the_film(shared_data: Path) -> None:
    from headsup_demo.film import tracker_agreement

    bundle = shared_data / "mediapipe" / "face_landmarker.task"
    found = tracker_agreement(DEMO / "film.mp4", DEMO / "film.h5", bundle)
    assert found.pop("frames with a face") > 0.98
    for name, correlation in found.items():
        assert correlation > 0.55, name


@ships
def test_the_sequence_shows_somebody_held_out() -> None:
    listing = json.loads((DEMO / "headsup.json").read_text())
    people = {person.name: person for person in load_library(DEMO / "people.identities").people}
    person = people[listing["people"][0]]
    assert not person.training
    assert (DEMO / listing["sequence"]).stat().st_size <= 6e6
    with open_capture(DEMO / listing["sequence"]) as capture:
        assert capture.attributes["seed"] == person.attributes["seed"]
        assert 24 <= len(capture.times) <= 48
        assert sum(held.split == "train" for held in capture.cameras) >= 8
        assert sum(held.split == "test" for held in capture.cameras) >= 2
        assert capture.tracking is not None
        assert np.ptp(capture.tracking.expression, axis=0).max() > 0.5


def test_the_film_brings_its_track() -> None:
    track = open_track(DEMO / "film.h5")
    assert track.seen.all()
    film = Asset("film", "video", "film", "resource:demo/film.mp4")
    read = read_asset(film, lambda _fraction, _message: None)
    assert isinstance(read, ExpressionTrack)
    np.testing.assert_array_equal(read.weights, track.weights)
    with VideoReader(DEMO / "film.mp4") as video:
        np.testing.assert_allclose(video.times, track.times, atol=1e-3)

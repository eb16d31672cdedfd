"""Libraries gathered from captures: who spans the space, who is only looked at, who is left out."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import filmed_scenes
from headsup_networks import small_network
from mien.avatar.state import AvatarState
from mien.capture.store.importing import import_capture
from mien.cli.main import main
from mien.errors import MienError
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library_file import load_library
from mien.models.headsup.opened import open_identities
from mien.models.headsup.weights import save_headsup
from mien.rendering import make_renderer
from mien.training.identities import LibraryConfig, gather

QUICK = LibraryConfig(views=2, shown=4, thumbnail=48, prior=FlowConfig(16, 1, 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with five captures, one of them cut off, and a network."""
    made = tmp_path_factory.mktemp("people")
    for index, name in enumerate(("jawOpen", "cheekPuff", "mouthPucker", "eyeWideLeft", "jawLeft")):
        # What tells these people apart is the face they make.
        filmed = filmed_scenes.film(num_cameras=3, size=32, states=(AvatarState.of({name: 1.0}),))
        told = replace(filmed, attributes={"age_years": 20 + 9 * index})
        import_capture(told, made / f"person-{index}.capture")
    whole = (made / "person-4.capture").read_bytes()
    (made / "person-4.capture").write_bytes(whole[: len(whole) // 2])
    network = small_network(strength=0.02)
    save_headsup(made / "small.safetensors", network, {"data": {"held_out": ["person-1"]}})
    return made


def test_people_become_a_library(folder: Path) -> None:
    decoder = HeadDecoder(small_network(strength=0.02))
    captures = sorted(folder.glob("*.capture"))
    renderer = make_renderer("cpu")
    told: list[float | None] = []
    library, problems = gather(
        decoder,
        "small.safetensors",
        captures,
        renderer,
        QUICK,
        held_out={"person-1"},
        progress=lambda fraction, message: told.append(fraction),
    )
    renderer.close()
    assert library.known_names == ("person-0", "person-2", "person-3")
    assert len(problems) == 1
    assert "person-4.capture" in problems[0]
    assert [p.name for p in library.people if not p.training] == ["person-1"]
    assert {p.name for p in library.people if p.training} == set(library.known_names)
    stranger = next(p for p in library.people if not p.training)
    assert stranger.latent is not None
    assert stranger.attributes["age_years"] == 29
    with Image.open(BytesIO(stranger.thumbnail)) as picture:
        assert picture.size == (48, 48)
        assert np.asarray(picture).std() > 5
    assert library.prior is not None
    assert library.directions is not None
    assert library.directions.names == ("age years",)
    assert told[0] == 0
    assert max(value or 0 for value in told) <= 1


def test_one_person_is_no_library(folder: Path) -> None:
    decoder, renderer = HeadDecoder(small_network(strength=0.02)), make_renderer("cpu")
    with pytest.raises(MienError, match="takes two training people, and there are 1"):
        gather(decoder, "small.safetensors", [folder / "person-0.capture"], renderer, QUICK)
    renderer.close()


def test_the_command_writes_what_the_studio_opens(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "people.identities"
    arguments = ["--network", str(folder / "small.safetensors"), "--views", "2"]
    assert main(["identities", str(folder), *arguments, "--out", str(out), "--shown", "3",
                 "--prior-steps", "0"]) == 0  # fmt: skip
    assert "3 training people in 2 directions, 3 to look at" in capsys.readouterr().out
    library = load_library(out)
    assert [p.name for p in library.people if not p.training] == ["person-1"]
    assert open_identities(out).avatar().pose().num_gaussians > 100


def test_the_command_names_folders_without_captures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "people.identities")
    assert main(["identities", str(tmp_path), "--network", "n.safetensors", "--out", out]) == 2
    assert "holds no captures" in capsys.readouterr().err

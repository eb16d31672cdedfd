"""`mien morph`: from one person to the next, of files, of a library and of a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headsup_networks import SMALL, small_network
from mien.avatar import open_avatar
from mien.cli.main import main
from mien.driving.video import VideoReader
from mien.editing.document import Document, Keyframe, Look
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.library_file import save_library
from mien.models.headsup.weights import save_headsup
from mien.resources import resource
from mien.session.library import asset_for
from mien.session.store import save_session
from mien.session.view_state import ViewState

SIZE = ["--size", "96x96", "--rate", "8", "--renderer", "cpu"]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    network = small_network(strength=0.05)
    save_headsup(folder / "small.safetensors", network, {})
    shape = (SMALL.latent_dim, SMALL.latent_grid, SMALL.latent_grid)
    latents = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    names = [f"person {index}" for index in range(4)]
    library = IdentityLibrary.of(
        HeadDecoder(network).model_id, "small.safetensors", latents, names, num_axes=3
    )
    for name, latent in zip(names, latents, strict=True):
        library = library.with_person(name, latent)
    save_library(folder / "small.identities", library)
    return folder / "small.identities"


def _frames(path: Path) -> np.ndarray:
    with VideoReader(path) as video:
        return np.stack([video.frame(index) for index in range(len(video))]).astype(float)


def test_files_become_each_other_and_end_as_the_last(tmp_path: Path) -> None:
    out = tmp_path / "morph.mp4"
    files = [str(resource(f"demo/{name}.avatar")) for name in ("ada", "yuki")]
    assert main(["morph", *files, "--out", str(out), "--secs", "1", *SIZE]) == 0
    frames = _frames(out)
    assert len(frames) == 9
    from_first = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert from_first[4] > 1
    # Further with every frame, as far as compression tells.
    assert (np.diff(from_first) > -0.5).all()
    assert from_first[-1] > from_first[4]


def test_people_of_a_library_morph_as_latents(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "morph.mp4"
    names = ["--people", "person 2", "person 0", "person 3"]
    assert main(["morph", str(people), *names, "--out", str(out), "--secs", "0.5", *SIZE]) == 0
    frames = _frames(out)
    assert len(frames) == 9
    assert np.abs(frames[0] - frames[4]).mean() > 1


def test_a_session_s_keyframes_are_followed_with_whom_sliders_made(
    people: Path, tmp_path: Path
) -> None:
    asset = asset_for(people)
    look = Look.of(asset.id)
    moved = replace(look, identity=(2.5, -2.0, 1.0))
    document = Document(
        assets=(asset,),
        looks={"A": look},
        keyframes=(Keyframe(0.0, look), Keyframe(0.5, moved)),
    )
    view = ViewState()
    orbit = replace(view.orbit, pivot=(0.0, 0.0, 0.0), distance=1.0)
    save_session(tmp_path / "morph.mien", document, replace(view, orbit=orbit))
    out = tmp_path / "morph.mp4"
    assert main(["morph", str(tmp_path / "morph.mien"), "--out", str(out), *SIZE]) == 0
    frames = _frames(out)
    assert len(frames) == 5
    assert np.abs(frames[0] - frames[-1]).mean() > 0.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "two or more"),
        (["--people", "nobody", "person 1"], "knows nobody named nobody"),
        (["--people", "person 1"], "two or more"),
        (["--secs", "0"], "--secs 0"),
    ],
)
def test_what_cannot_be_is_one_line(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words
) -> None:
    out = tmp_path / "morph.mp4"
    assert main(["morph", str(people), "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not out.exists()


@pytest.mark.parametrize("suffix", [".avatar", ".zip", ".glb", ".ply", ".spz"])
def test_somebody_of_a_network_is_converted(people: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"somebody{suffix}"
    assert main(["convert", str(people), str(out)]) == 0
    if suffix == ".glb":
        assert out.stat().st_size > 100_000
        return
    back, first = open_avatar(out), open_avatar(people)
    if suffix in (".ply", ".spz"):
        assert back.num_gaussians == first.num_gaussians
        return
    assert set(back.expression_names) == set(first.expression_names)
    visible = back.pose().opacities > 0.01
    means, expected = back.pose().means[visible], first.pose().means
    assert len(means) <= len(expected)
    assert np.abs(means.mean(axis=0) - expected.mean(axis=0)).max() < 0.02

"""`mien train` as people use it: a folder that can be watched, one-line errors, going on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from crowds import gather
from mien.cli.train import measured_line, parse_latent, parse_views
from mien.errors import MienError
from mien.models.headsup.weights import load_headsup, read_card
from mien.training.headsup.events import TrainingMeasured
from mien.training.headsup.examination import Marks

SMALL = ("--preset", "tiny", "--latent", "8x16", "--views", 2, "--targets", 1, "--batch", 1)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gather(tmp_path_factory.mktemp("crowd"), range(3), num_cameras=4, size=32)


def test_a_training_leaves_a_network_and_goes_on(mien, crowd: Path, tmp_path: Path) -> None:
    (crowd / "broken.capture").write_bytes(b"broken")
    out = tmp_path / "run"
    asked = ("train", "headsup", crowd, "--out", out, *SMALL, "--held-out", 1, "--device", "cpu")
    code, said, err = mien(*asked, "--steps", 2)
    assert (code, err) == (0, "")
    assert "2 people to learn from, 1 held out" in said
    assert said.count("broken.capture") == 1
    assert "held out" in said.splitlines()[-2]
    assert "trained after 2 steps" in said
    card = read_card(out / "best.safetensors")
    assert card.config.latent_dim == 16
    assert str(tmp_path) not in json.dumps(dict(card.card))
    code, said, _ = mien(*asked, "--steps", 3, "--resume")
    assert code == 0
    assert "trained after 3 steps" in said
    code, _, err = mien(*asked, "--steps", 3)
    assert code == 2
    assert "holds a training already" in err


def test_a_training_starts_from_another_ones_network(mien, crowd: Path, tmp_path: Path) -> None:
    first, then = tmp_path / "first", tmp_path / "then"
    asked = ("train", "headsup", crowd, *SMALL, "--held-out", 1, "--device", "cpu", "--steps", 1)
    assert mien(*asked, "--out", first)[0] == 0
    trained = first / "best.safetensors"
    # With so small a step nothing moves: what comes out is what went in.
    asked = (*asked, "--rate", "1e-9", "--out", then, "--start-from", trained)
    assert mien(*asked)[0] == 0
    before, _ = load_headsup(trained)
    after, _ = load_headsup(then / "best.safetensors")
    for name, value in before.state_dict().items():
        torch.testing.assert_close(after.state_dict()[name], value, rtol=0, atol=1e-3, msg=name)
    code, _, err = mien(*asked[:4], "tiny", *asked[5:], "--latent", "8x32")
    assert code == 2
    assert "latent_dim is 16, not 32" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--views", "many"], "6 or 3-8"),
        (["--views", "8-3"], "8-3"),
        (["--latent", "8"], "32x128"),
        (["--latent", "8x9"], "multiple of"),
        (["--hours", "0"], "above 0"),
        (["--batch", "0"], "at least 1"),
        (["--held-out", "99"], "nobody is left"),
        (["--device", "abacus"], "no such device"),
        (["--resume", "--held-out", "1"], "no checkpoint"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    mien, crowd: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    code, _, err = mien("train", "headsup", crowd, "--out", tmp_path / "x", *SMALL, *options)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_sizes_are_read_as_people_write_them() -> None:
    assert parse_views("6") == (6, 6)
    assert parse_views("3-8") == (3, 8)
    assert parse_latent("32x128", 4) == (32, 128)
    with pytest.raises(MienError):
        parse_views("3-")


def test_a_measurement_is_one_line() -> None:
    marks = Marks(27.123, 21.0, 25.5, 25.0, ())
    line = measured_line(TrainingMeasured(1200, marks, Path("x.png")))
    assert line == (
        "step 1,200: held out 27.12 dB, mean head 21.00 dB,"
        " expressions 25.50 dB (template alone 25.00 dB)"
    )

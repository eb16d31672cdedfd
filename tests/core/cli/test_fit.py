"""`mien fit` as a script uses it: exit codes, one-line errors, an avatar that comes back."""

from __future__ import annotations

import pytest

from filmed_scenes import film
from mien.avatar import open_avatar
from mien.capture.store import Encoding, import_capture
from mien.cli.fit import parse_frames
from mien.errors import MienError


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    path = tmp_path_factory.mktemp("fit") / "ada.capture"
    import_capture(film(num_cameras=4, size=48), path, encoding=Encoding("png"))
    return path


def test_a_fit_writes_an_avatar_and_goes_on_from_its_checkpoint(mien, capture, tmp_path):
    out = tmp_path / "ada.avatar"
    settings = ("--out", out, "--texels", 24)
    code, said, err = mien("fit", capture, *settings, "--steps", 4)
    assert (code, err) == (0, "")
    assert "4 steps" in said
    assert "dB" in said
    assert (tmp_path / "ada.checkpoint").is_file()
    avatar = open_avatar(out)
    assert avatar.fitting.provenance["steps"] == 4
    assert "jawOpen" in avatar.expression_names
    code, said, _ = mien("fit", capture, *settings, "--steps", 6, "--resume")
    assert code == 0
    assert "6 steps" in said
    assert open_avatar(out).fitting.provenance["steps"] == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--frames", "9"], "frames 0 to 0"),
        (["--frames", "a"], "0,4,9"),
        (["--texels", "2"], "8 to 1024"),
        (["--minutes", "-1"], "above 0"),
        (["--resume", "--steps", "2"], "no checkpoint"),
        (["--template", "nobody"], "nobody"),
    ],
)
def test_mistakes_give_one_line(mien, capture, tmp_path, options, message):
    code, out, err = mien("fit", capture, "--out", tmp_path / "x.avatar", *options)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err
    assert not (tmp_path / "x.avatar").exists()


def test_free_gaussians_need_cuda(mien, capture, tmp_path):
    from mien.rendering.cuda.kernels import gsplat_state

    if not gsplat_state().problem:
        pytest.skip("there is CUDA here")
    code, _, err = mien(
        "fit", capture, "--out", tmp_path / "x.avatar", "--method", "free", "--steps", 2
    )
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "--method uv" in err


def test_frames_are_written_as_people_write_them():
    assert parse_frames("0", 5) == (0,)
    assert parse_frames("0,3,3", 5) == (0, 3)
    assert parse_frames("1:5:2,0", 5) == (1, 3, 0)
    assert parse_frames("all", 3) == (0, 1, 2)
    for wrong in ("5", "-1", "", "1:2:0", "1:2:3:4", "4:1"):
        with pytest.raises(MienError):
            parse_frames(wrong, 5)

"""The video writer: what was written is read back, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from mien.driving.video import VideoReader, VideoWriter
from mien.errors import FileError
from mien.image import psnr


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    waves = [np.sin(x / 15 + number / 3), np.cos(y / 11), np.sin((x + y) / 21 - number / 5)]
    return (np.stack(waves, -1) * 100 + 128).astype(np.uint8)


@pytest.mark.parametrize("size", [(96, 64), (97, 63), (1, 1), (540, 541)])
@pytest.mark.parametrize("rate", [12.5, 29.97, 60])
def test_frames_and_instants_come_back(tmp_path: Path, size: tuple[int, int], rate: float) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, size, rate) as writer:
        for number in range(9):
            writer.write(picture(number, size))
        assert writer.num_frames == 9
    with VideoReader(path) as video:
        assert len(video) == 9
        assert video.size == (size[0] + size[0] % 2, size[1] + size[1] % 2)
        np.testing.assert_allclose(video.times, np.arange(9) / rate, atol=2e-4)
        for number in (0, 4, 8):
            shown = video.frame(number)[: size[1], : size[0]]
            if size != (1, 1):
                assert psnr(shown / 255, picture(number, size) / 255) > 30
            # An odd size grows by repeating its edge.
            grown = video.frame(number)[: size[1] + 1, : size[0] + 1]
            assert np.abs(grown[-1].astype(int) - grown[-2].astype(int)).mean() < 20


@pytest.mark.parametrize("colour", [(230, 20, 20), (20, 200, 40), (30, 60, 220), (255, 255, 255)])
def test_colours_are_tagged_and_true(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "flat.mp4"
    with VideoWriter(path, (1280, 720), 30) as writer:
        writer.write(np.full((720, 1280, 3), colour, np.uint8))
    with VideoReader(path) as video:
        assert np.abs(video.frame(0).astype(int) - colour).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1)
        assert frame.color_range == 1


def test_after_an_exception_the_old_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"the old one")

    def write_and_fail() -> None:
        with VideoWriter(path, (64, 64), 30) as writer:
            writer.write(picture(0, (64, 64)))
            raise RuntimeError("the renderer broke")

    with pytest.raises(RuntimeError, match="the renderer broke"):
        write_and_fail()
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_bad_wishes_give_one_clear_error(tmp_path: Path) -> None:
    def write_nothing(path: Path) -> None:
        with VideoWriter(path, (64, 64), 30):
            pass

    with pytest.raises(FileError, match="at least one frame"):
        write_nothing(tmp_path / "none.mp4")
    with pytest.raises(FileError, match=r"no video format ends in '\.docx'"):
        write_nothing(tmp_path / "letter.docx")
    with pytest.raises(FileError, match="cannot be written"):
        write_nothing(tmp_path / "nowhere" / "out.mp4")
    with pytest.raises(FileError, match="no video can be"):
        VideoWriter(tmp_path / "a.mp4", (0, 64), 30)
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(ValueError, match="in a video of"),
        VideoWriter(tmp_path / "a.mp4", (64, 64), 30) as writer,
    ):
        writer.write(picture(0, (32, 64)))

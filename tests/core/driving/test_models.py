"""Fetching models, against a real server on this machine: resumed, checked, and clear without."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mien.cli.main import main
from mien.driving import models
from mien.driving.models import FACE_LANDMARKER, fetch_model, find_model
from mien.errors import Cancelled, FileError, ModelMissing

CONTENTS = np.random.default_rng(0).bytes(300_000)


class Server(ThreadingHTTPServer):
    """Serves one file, well or badly."""

    daemon_threads = True
    contents = CONTENTS
    knows_ranges = True
    breaks_after: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.task"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        if self.path != "/model.task":
            self.send_error(404)
            return
        contents = self.server.contents
        start = 0
        if wanted and self.server.knows_ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])  # pyright: ignore
            if start >= len(contents):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(contents) - 1}/{len(contents)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(contents) - start))
        self.end_headers()
        stop = self.server.breaks_after
        self.wfile.write(contents[start : None if stop is None else start + stop])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> models.Model:
    """The model's description with the contents the test server has."""
    monkeypatch.delenv("MIEN_MODELS", raising=False)
    described = replace(
        FACE_LANDMARKER, sha256=hashlib.sha256(CONTENTS).hexdigest(), num_bytes=len(CONTENTS)
    )
    monkeypatch.setitem(models.MODELS, "face_landmarker", described)
    return described


def test_it_comes_with_progress_and_is_found(server: Server) -> None:
    with pytest.raises(ModelMissing, match=r"Run: mien models fetch.*MIEN_MODELS"):
        find_model()
    told: list[tuple[float, str]] = []
    path = fetch_model(progress=lambda done, line: told.append((done, line)), url=server.url)
    assert path.read_bytes() == CONTENTS
    assert find_model() == path
    fractions = [done for done, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "of 0.3 MiB" in told[-1][1]
    assert [entry.name for entry in path.parent.iterdir()] == ["face_landmarker.task"]
    # What is there and sound is not fetched again.
    assert fetch_model(url=server.url) == path
    assert len(server.ranges) == 1


def test_a_broken_transfer_is_taken_up(server: Server, tmp_path: Path) -> None:
    server.breaks_after = 100_000
    with pytest.raises(ModelMissing, match="broke off"):
        fetch_model(url=server.url, folder=tmp_path)
    assert not (tmp_path / "face_landmarker.task").exists()
    came = (tmp_path / "face_landmarker.task.part").stat().st_size
    assert 0 < came <= 100_000
    server.breaks_after = None
    path = fetch_model(url=server.url, folder=tmp_path)
    assert path.read_bytes() == CONTENTS
    assert server.ranges == [None, f"bytes={came}-"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_server_without_ranges_sends_all_of_it(server: Server, tmp_path: Path) -> None:
    server.knows_ranges = False
    (tmp_path / "face_landmarker.task.part").write_bytes(CONTENTS[:50_000])
    assert fetch_model(url=server.url, folder=tmp_path).read_bytes() == CONTENTS


def test_cancelling_keeps_what_came(server: Server, tmp_path: Path) -> None:
    def stop_early(done: float, _: str) -> None:
        if done > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch_model(progress=stop_early, url=server.url, folder=tmp_path)
    assert fetch_model(url=server.url, folder=tmp_path).read_bytes() == CONTENTS
    assert server.ranges[1] is not None


@pytest.mark.parametrize("part", [b"", CONTENTS[:-1], CONTENTS, CONTENTS + b"more"])
def test_a_sound_beginning_is_used(server: Server, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "face_landmarker.task.part").write_bytes(part)
    fetch_model(url=server.url, folder=tmp_path)
    assert (tmp_path / "face_landmarker.task").read_bytes() == CONTENTS
    assert len(server.ranges) == (0 if part == CONTENTS else 1)


@pytest.mark.parametrize("part", [b"x" * 1000, CONTENTS[:-1] + b"x"])
def test_a_spoilt_beginning_spoils_one_attempt(server: Server, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "face_landmarker.task.part").write_bytes(part)
    with pytest.raises(ModelMissing, match="other contents"):
        fetch_model(url=server.url, folder=tmp_path)
    fetch_model(url=server.url, folder=tmp_path)
    assert (tmp_path / "face_landmarker.task").read_bytes() == CONTENTS


@pytest.mark.parametrize("contents", [CONTENTS[::-1], CONTENTS + b"!", b"<html>log in</html>"])
def test_other_contents_never_take_its_place(
    server: Server, tmp_path: Path, contents: bytes
) -> None:
    server.contents = contents
    with pytest.raises(ModelMissing, match=r"other contents|broke off"):
        fetch_model(url=server.url, folder=tmp_path)
    assert not (tmp_path / "face_landmarker.task").exists()


def test_a_damaged_file_in_place_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "face_landmarker.task").write_bytes(b"damaged")
    assert fetch_model(url=server.url, folder=tmp_path).read_bytes() == CONTENTS


def test_without_a_network_it_says_where_to_put_the_file(tmp_path: Path) -> None:
    with Server() as silent:
        url = silent.url
    # Nobody listens there any more.
    with pytest.raises(ModelMissing) as caught:
        fetch_model(url=url, folder=tmp_path / "models")
    message = str(caught.value)
    assert "\n" not in message
    assert f"into {tmp_path / 'models'}" in message
    assert FACE_LANDMARKER.url in message
    assert "MIEN_MODELS" in message


def test_no_such_address(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="404"):
        fetch_model(url=server.url.replace("model.task", "other"), folder=tmp_path)


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FileError, match="cannot be written"):
        fetch_model(url=server.url, folder=tmp_path / "file" / "models")


def test_the_named_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = tmp_path / "face_landmarker.task"
    held.write_bytes(b"anything")
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    assert find_model() == held


def test_the_description_is_that_of_the_published_file(shared_data: Path) -> None:
    held = shared_data / "mediapipe/face_landmarker.task"
    assert models.is_sound(FACE_LANDMARKER, held)
    assert held.stat().st_size == FACE_LANDMARKER.num_bytes


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models"]) == 0
    assert "not here; run: mien models fetch" in capsys.readouterr().out
    assert main(["models", "path"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("mien: the model face_landmarker.task")
    assert error.count("\n") == 1
    (tmp_path / "face_landmarker.task").write_bytes(CONTENTS)
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    assert main(["models", "path", "face_landmarker"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "face_landmarker.task")
    assert main(["models", "fetch"]) == 0, "a sound copy is at hand"
    assert main(["models", "path", "nose"]) == 2
    assert "There are: face_landmarker" in capsys.readouterr().err

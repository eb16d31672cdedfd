"""What holds for every entry of the registry, and for every capture a reader makes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from made_datasets import Fixture
from mien.camera import Camera
from mien.capture import Capture, open_capture
from mien.capture.opening import Choice, capture_format_of, capture_formats
from mien.capture.protocol import SPLITS, ViewMissing
from mien.errors import FileError, UnknownFormat
from mien.transforms import Array

Datasets = Callable[[str], Fixture]

KINDS = {
    "nersemble-v1": "nersemble-v1",
    "nersemble-v2": "nersemble-v2",
    "nersemble-benchmark": "nersemble-benchmark",
    "ava-256": "ava-256",
    "multiface": "multiface",
    "vhap": "vhap",
    "nerf-nerfstudio": "nerf-transforms",
    "colmap-OPENCV": "colmap",
    "image-folder": "image-folder",
}


def every_format() -> tuple[str, ...]:
    return capture_formats.names()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files and folders that are no capture."""
    root = tmp_path_factory.mktemp("foreign")
    (root / "empty").mkdir()
    text = root / "notes" / "notes.txt"
    text.parent.mkdir()
    text.write_text("transforms.json cameras.json KRT")
    json_ = root / "other" / "settings.json"
    json_.parent.mkdir()
    json_.write_text("{}")
    numbered = root / "numbered"
    for number in range(12):
        (numbered / f"{number:03d}" / "sequences").mkdir(parents=True)
    pictures = root / "pictures"
    pictures.mkdir()
    for number in range(3000):
        (pictures / f"cam_{number:06d}.png").touch()
    return [root, root / "empty", text, text.parent, json_, json_.parent, numbered, pictures]


@pytest.mark.parametrize("name", every_format())
def test_foreign_files_and_folders_are_refused(name: str, foreign: list[Path]) -> None:
    entry = capture_formats.get(name)
    assert entry.name
    assert isinstance(entry.rank, int)
    for path in foreign:
        assert entry.probe(path) is False, path


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of many files, with folders of many files in it."""
    root = tmp_path_factory.mktemp("huge")
    for place in (root, root / "level0", root / "level0/level1"):
        place.mkdir(exist_ok=True)
        for number in range(200):
            (place / f"{number:03d}.dat").touch()
    return root


@pytest.mark.parametrize("name", every_format())
def test_probes_do_not_walk_through_huge_folders(
    name: str, huge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: seen.append(path) or scandir(path))
    capture_formats.get(name).probe(huge)
    assert len(seen) <= 3
    assert not any(Path(str(path)).is_relative_to(huge / "level0/level1") for path in seen)


def test_ranks_order_layouts_that_look_alike() -> None:
    ranks = {name: capture_formats.get(name).rank for name in capture_formats.names()}
    assert ranks["nersemble-benchmark"] > ranks["nersemble-v2"]
    assert ranks["vhap"] > ranks["nerf-transforms"] > ranks["image-folder"]
    assert ranks["colmap"] > ranks["nerf-transforms"]


@pytest.mark.parametrize("layout", KINDS)
def test_each_layout_is_known_by_its_reader(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    entry = capture_format_of(fixture.root)
    assert entry is capture_formats.get(KINDS[layout])
    parts = entry.parts(fixture.root)
    assert fixture.part in parts
    with pytest.raises(FileError, match=r"holds no 'nonsense'.*It holds"):
        open_capture(fixture.root, Choice("nonsense"))
    with pytest.raises(FileError, match=r"no camera 999.*It has"):
        open_capture(fixture.root, Choice(fixture.part, cameras=("999",)))


@pytest.mark.parametrize("layout", KINDS)
def test_captures_keep_the_protocol(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        assert isinstance(capture, Capture)
        assert capture.source == fixture.root
        assert capture.times.dtype == np.float64
        assert (np.diff(capture.times) > 0).all()
        assert capture.head_from_world.shape == (4, 4)
        names = [held.name for held in capture.cameras]
        assert len(set(names)) == len(names)
        assert all(held.split in SPLITS for held in capture.cameras)
        assert not capture.present(names[0], len(capture.times))
        with pytest.raises(KeyError, match="no camera 'nobody'"):
            capture.view("nobody", 0)
        with pytest.raises(KeyError):
            capture.present("nobody", 0)
        for frame in (-1, len(capture.times)):
            with pytest.raises(IndexError):
                capture.view(names[0], frame)
    capture.close()
    with pytest.raises(ValueError, match="closed"):
        capture.view(names[0], 0)


@pytest.mark.parametrize("layout", ["nersemble-v2", "ava-256", "multiface-bent"])
def test_views_may_be_read_from_many_threads(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        wanted = [
            (held.name, frame)
            for held, frame in product(capture.cameras, range(len(capture.times)))
            if capture.present(held.name, frame)
        ]
        alone = {key: capture.view(*key).image for key in wanted}
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(wanted)), 2))
    with open_capture(fixture.root, Choice(fixture.part)) as capture, ThreadPoolExecutor(6) as pool:
        together = pool.map(lambda k: (wanted[k], capture.view(*wanted[k]).image), order)
        for key, image in together:
            np.testing.assert_array_equal(image, alone[key])


@pytest.mark.parametrize("layout", KINDS)
def test_presence_is_told_without_decoding(layout: str, dataset: Datasets) -> None:
    fixture = dataset(layout)
    with open_capture(fixture.root, Choice(fixture.part)) as capture:
        for held, frame in product(capture.cameras, range(len(capture.times))):
            if capture.present(held.name, frame):
                assert capture.view(held.name, frame).image.dtype == np.uint8
            else:
                with pytest.raises(ViewMissing):
                    capture.view(held.name, frame)
        name = capture.cameras[0].name
        started = time.process_time()
        for _ in range(200):
            capture.present(name, 0)
        assert time.process_time() - started < 0.5


def test_several_sequences_are_listed_and_must_be_chosen(copied: Datasets) -> None:
    fixture = copied("nersemble-v1")
    person = fixture.root / "018"
    (person / "sequences/HAIR").symlink_to(person / "sequences/EXP-1-head")
    with pytest.raises(FileError, match=r"holds 2 captures.*018/EXP-1-head, 018/HAIR"):
        open_capture(fixture.root)
    entry = capture_formats.get("nersemble-v1")
    assert entry.parts(person) == ("EXP-1-head", "HAIR")
    assert entry.parts(person / "sequences/HAIR") == ("HAIR",)
    with open_capture(person / "sequences/EXP-1-head") as capture:
        assert capture.name == "018 / EXP-1-head"


def test_a_relative_path_will_do(dataset: Datasets, monkeypatch: pytest.MonkeyPatch) -> None:
    fixture = dataset("nersemble-v1")
    monkeypatch.chdir(fixture.root / fixture.part.replace("/", "/sequences/"))
    with open_capture(Path()) as capture:
        assert capture.name == "018 / EXP-1-head"


def test_vhap_sequences_in_a_folder_are_parts(dataset: Datasets) -> None:
    folder = dataset("vhap-union").root.parent
    entry = capture_format_of(folder)
    assert entry is capture_formats.get("vhap")
    assert entry.parts(folder) == ("018_A", "018_B", "UNION_018")


def test_unknown_folders_list_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"Ava-256.*COLMAP.*NeRSemble"):
        open_capture(tmp_path)
    with pytest.raises(FileError, match="no such file or folder"):
        open_capture(tmp_path / "nowhere")


def test_readers_load_no_heavy_library_before_they_read() -> None:
    script = (
        "import sys\n"
        "from mien.capture.opening import capture_formats\n"
        "capture_formats.names()\n"
        "print(*{'torch', 'PIL', 'av', 'scipy', 'moderngl'} & sys.modules.keys())\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_cameras_of_a_capture_are_rigid(dataset: Datasets) -> None:
    for layout in ("ava-256", "multiface"):
        fixture = dataset(layout)
        with open_capture(fixture.root, Choice(fixture.part)) as capture:
            for held in capture.cameras:
                turn: Array = held.camera.world_from_camera[:3, :3]
                np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
                assert isinstance(held.camera, Camera)
                # Millimetres became metres: the rig is a room's size.
                assert 0.5 < np.linalg.norm(held.camera.position) < 2

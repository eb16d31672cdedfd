"""Archives from strangers: what is refused, and that honest ones open."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from mien.archives import ArchiveLimits, is_archive, open_archive
from mien.errors import FileError


def write_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(FileError) as caught, open_archive(path, limits):
        pass
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_reads_an_honest_archive_and_hides_resource_forks(tmp_path: Path) -> None:
    entries = {"head/offset.ply": b"ply", "__MACOSX/head/._offset.ply": b"x", "head/.DS_Store": b""}
    path = write_zip(tmp_path / "a.zip", entries)
    assert is_archive(path.read_bytes()[:8])
    with open_archive(path) as archive:
        assert archive.names == ("head/offset.ply",)
        assert archive.find("offset.ply") == "head/offset.ply"
        assert archive.find("skin.glb") is None
        assert archive.read("head/offset.ply") == b"ply"
        with pytest.raises(FileError, match=r"no skin\.glb"):
            archive.read("skin.glb")


def test_finds_the_shallowest_file(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a/b/offset.ply": b"deep", "a/offset.ply": b"shallow"})
    with open_archive(path) as archive:
        assert archive.find("offset.ply") == "a/offset.ply"


@pytest.mark.parametrize("name", ["../up", "a/../../up", "/abs", "C:/x", "a\\..\\b"])
def test_refuses_paths_that_lead_out(tmp_path: Path, name: str) -> None:
    assert "refused" in refusal(write_zip(tmp_path / "a.zip", {"ok": b"", name: b"x"}))


def test_refuses_links(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(path)


def test_refuses_bombs(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bomb.zip", {"zeros": bytes(64 << 20)})
    assert "64 MiB" in refusal(path)


def test_refuses_more_than_the_limits(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {str(i): b"x" * 100 for i in range(5)})
    assert "5 entries" in refusal(path, ArchiveLimits(num_entries=4))
    assert "refused" in refusal(path, ArchiveLimits(total_bytes=499))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses_duplicates_and_unusual_compression(tmp_path: Path) -> None:
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("a", "2")
    assert "appears twice" in refusal(twice)
    bzip2 = tmp_path / "bzip2.zip"
    with zipfile.ZipFile(bzip2, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", "1")
    assert "unusual" in refusal(bzip2)


def test_reports_damage(tmp_path: Path) -> None:
    honest = write_zip(tmp_path / "a.zip", {"a": bytes(range(256)) * 40}).read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(honest[: len(honest) // 2])
    assert "cut off" in refusal(cut)
    assert "not a zip" in refusal(Path(__file__))
    assert "No such file" in refusal(tmp_path / "absent.zip")

    start = honest.index(b"a", 30) + 20
    broken = tmp_path / "broken.zip"
    broken.write_bytes(honest[:start] + b"\xff" * 8 + honest[start + 8 :])
    with open_archive(broken) as archive, pytest.raises(FileError, match="damaged"):
        archive.read("a")


def test_lying_size_gives_no_more_than_claimed(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1 << 20))
    data = bytearray(buffer.getvalue())
    # The uncompressed size in the central directory, at offset 24 of its record.
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    path = tmp_path / "liar.zip"
    path.write_bytes(data)
    with open_archive(path) as archive, pytest.raises(FileError, match="damaged"):
        archive.read("a")

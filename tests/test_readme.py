"""The README's Python runs as it stands there."""

import re
from pathlib import Path

from made_captures import MadeCapture, ring
from mien.capture.store import import_capture

README = Path(__file__).resolve().parent.parent / "README.md"


def blocks():
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_library_in_ten_lines(tmp_path, monkeypatch, shared_data):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIEN_MODELS", str(shared_data / "mediapipe"))
    (tmp_path / "me.mp4").write_bytes((shared_data / "video" / "head-pose-male.mp4").read_bytes())
    code = blocks()[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert (tmp_path / "smile.png").stat().st_size > 5000
    assert names["frame"].rgb.shape == (640, 640, 3)
    assert len(names["track"].times) == 62
    assert names["track"].weights.shape == (62, len(names["track"].names))


def test_a_capture_in_five_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people").mkdir()
    made = MadeCapture(cameras=ring(4))
    import_capture(made, tmp_path / "people" / "person-00007.capture")
    code = blocks()[1]
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["view"].image.shape == (64, 48, 3)
    assert names["camera"].size == (48, 64)
    assert names["surface_state"] == made.tracking.state(0)


def test_it_names_the_two_commands():
    text = README.read_text(encoding="utf-8")
    assert "python3 packaging/run.py" in text
    assert "python3 packaging/test.py" in text


def test_its_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README.read_text("utf-8")):
        path = next(filter(None, target))
        if not path.startswith("http"):
            assert (README.parent / path).exists(), path

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray

from mien_studio.settings import MAX_RECENT, Settings


def test_settings_lie_in_the_home_of_this_test_alone():
    settings = Settings()
    assert settings.path.is_relative_to(os.environ["MIEN_HOME"])
    assert settings.recent_files == []


def test_values_come_back_as_they_were():
    settings = Settings()
    settings.set("text", "grüß")
    settings.set("flag", True)
    settings.set("number", 0.125)
    settings.set("texts", ["one"])
    settings.set("blob", QByteArray(b"\x00\x01layout"))
    settings.sync()
    again = Settings()
    assert again.text("text") == "grüß"
    assert again.flag("flag") is True
    assert again.number("number", 0) == 0.125
    assert again.texts("texts") == ["one"]
    assert bytes(again.blob("blob").data()) == b"\x00\x01layout"


def test_damaged_values_read_as_the_defaults():
    path = Settings().path
    path.write_text("[General]\nnumber=many\nblob=text\n", encoding="utf-8")
    settings = Settings()
    assert settings.number("number", 7.0) == 7.0
    assert settings.blob("blob").isEmpty()
    assert settings.texts("missing") == []


def test_the_newest_file_is_first_and_each_is_there_once(tmp_path: Path):
    settings = Settings()
    for number in range(MAX_RECENT + 3):
        settings.add_recent(tmp_path / f"{number}.ply")
    settings.add_recent(tmp_path / "9.ply")
    recent = settings.recent_files
    assert len(recent) == MAX_RECENT
    assert Path(recent[0]).name == "9.ply"
    assert len(set(recent)) == MAX_RECENT

"""A session file holds everything, survives a kill, and says clearly what is wrong with it."""

import base64
import json
import os
import sys
import zlib
from dataclasses import replace

import numpy as np
import pytest

from mien.avatar.state import AvatarState
from mien.editing.document import Asset, Document, Drive, Keyframe, Look, Note, Preset
from mien.errors import FileError
from mien.gaussians.marks import SELECTED, Marks
from mien.orbit import Orbit
from mien.session.library import asset_for
from mien.session.store import load_session, missing_assets, save_session
from mien.session.view_state import ViewState


def full_document(folder):
    bits = np.random.default_rng(0).integers(0, 8, 5000).astype(np.uint8)
    look = Look({"a": 0.25, "b": 0.75}, {"eyes": "a"}, 0.02)
    return Document(
        assets=(
            Asset("a", "avatar", "Añā", str(folder / "a.zip")),
            Asset("b", "avatar", "Ada", "resource:demo/ada.avatar"),
            Asset("v", "video", "clip", str(folder / "sub" / "clip.mp4")),
        ),
        looks={"A": look, "B": Look.of("b")},
        state=AvatarState.of({"jawOpen": 0.3}, head_rotation=(0.1, 0.2, 0.3)),
        drive=Drive("v", pose=False, smoothing=0.7, neutral_time=1.25, gains={"jawOpen": 1.5}),
        presets=(Preset("mine", look),),
        keyframes=(Keyframe(0.0, Look.of("a")), Keyframe(2.5, look)),
        marks={"a": Marks(bits)},
        notes=(Note(1.0, 2.0, "lip lags\n“quoted”"),),
        up_fixes={"a": "z-up"},
    )


def test_everything_survives(tmp_path):
    (tmp_path / "a.zip").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "clip.mp4").touch()
    document = full_document(tmp_path)
    view = ViewState(
        Orbit((0.1, 1.6, 0), 0.7, 0.3, -0.2), Orbit(), "wipe", 0.3, time=1.5, in_time=0.5
    )
    path = tmp_path / "work.mien"
    save_session(path, document, view)
    again, view_again = load_session(path)
    assert again == document
    assert view_again == view
    assert missing_assets(again) == ()


def test_a_session_opens_standing_still(tmp_path):
    save_session(tmp_path / "w.mien", Document(), ViewState(playing=True))
    assert not load_session(tmp_path / "w.mien")[1].playing


def test_a_moved_folder_finds_its_files(tmp_path):
    old = tmp_path / "old"
    (old / "sub").mkdir(parents=True)
    (old / "a.zip").touch()
    (old / "sub" / "clip.mp4").touch()
    save_session(old / "work.mien", full_document(old), ViewState())
    new = old.rename(tmp_path / "new")
    document, _ = load_session(new / "work.mien")
    assert document.asset("a").path == str(new / "a.zip")
    assert missing_assets(document) == ()


def test_missing_files_are_named(tmp_path):
    (tmp_path / "a.zip").touch()
    document = full_document(tmp_path)
    assert [asset.id for asset in missing_assets(document)] == ["v"]


def damaged(tmp_path):
    good = tmp_path / "good.mien"
    document = Document(marks={"a": Marks(np.full(10, SELECTED, np.uint8))})
    save_session(good, document, ViewState())
    text = good.read_text()
    content = json.loads(text)
    yield "truncated", text[: len(text) // 2].encode()
    yield "empty", b""
    yield "binary", bytes(range(256))
    yield "foreign", b'{"format": "something"}'
    yield "a list", b"[1, 2]"
    yield "deep", b"[" * 100_000
    yield "newer", json.dumps({**content, "version": 99}).encode()
    yield "no document", json.dumps({**content, "document": None}).encode()
    broken = {**content["document"], "state": {"expression": [1, 2]}}
    yield "short state", json.dumps({**content, "document": broken}).encode()
    lying = {**content["document"], "marks": {"a": {"count": 10**12, "zlib": "eJwDAAAAAAE="}}}
    yield "lying marks", json.dumps({**content, "document": lying}).encode()
    bomb = base64.b64encode(zlib.compress(bytes(1 << 20))).decode()
    lying = {**content["document"], "marks": {"a": {"count": -1, "zlib": bomb}}}
    yield "marks without end", json.dumps({**content, "document": lying}).encode()
    for name, value in (
        ("drive", {"source": "gone"}),
        ("drive", {"gains": {"jawOpen": "much"}}),
        ("drive", {"pose": "yes"}),
        ("looks", {"A": {"weights": {"gone": 1.0}, "regions": {}, "softness": 0.01}}),
        ("looks", {"A": {"weights": [1.0], "regions": {}, "softness": 0.01}}),
        ("looks", {"A": {"identity": ["far"]}}),
        ("looks", {"A": {"identity": [1e400]}}),
        ("looks", {"A": {"identity": [[1.0]]}}),
        ("looks", {"A": {"learned": "much"}}),
        ("notes", [{"start": "now", "end": 1.0, "text": ""}]),
        ("assets", [{"id": "a", "kind": "poem", "name": "a", "path": "/a"}]),
        ("assets", [{"id": "a", "kind": "avatar", "name": "a", "path": "/" + "a" * 5000}] * 2),
        ("state", {"time": 1e400}),
        ("state", {"head_rotation": [0, 1e400, 0]}),
        ("keyframes", [{"time": 1e400, "look": {}}]),
    ):
        broken = {**content["document"], name: value}
        yield f"{name} {value}", json.dumps({**content, "document": broken}).encode()
    for name, value in (
        ("orbit", {"pivot": [1]}),
        ("orbit", {"distance": 0}),
        ("wipe", float("nan")),
        ("wipe", "half"),
        ("compare", "sideways"),
        ("background", [1, 2]),
        ("magnification", None),
        ("in_time", "start"),
    ):
        view = {**content["view"], name: value}
        yield f"{name} {value}", json.dumps({**content, "view": view}).encode()


def test_damage_is_one_clear_line(tmp_path):
    for label, raw in damaged(tmp_path):
        path = tmp_path / "bad.mien"
        path.write_bytes(raw)
        with pytest.raises(FileError) as caught:
            load_session(path)
        assert str(path) in str(caught.value), label
        assert "\n" not in str(caught.value), label


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only there")
def test_a_name_that_is_no_utf8_survives(tmp_path):
    asset = asset_for(os.fsdecode(os.fsencode(tmp_path) + b"/th\xe9.zip"))
    path = tmp_path / "work.mien"
    save_session(path, Document(assets=(asset,)), ViewState())
    assert load_session(path)[0].assets == (asset,)


def test_missing_session(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        load_session(tmp_path / "none.mien")


def test_looks_keep_whom_sliders_made_and_their_rig(tmp_path):
    ada = Asset("ada", "avatar", "Ada", "/ada.avatar")
    look = replace(Look.of("ada"), identity=(0.5, -2.25), learned=False)
    document = Document(assets=(ada,), looks={"A": look}, presets=(Preset("moved", look),))
    save_session(tmp_path / "kept.mien", document, ViewState())
    assert load_session(tmp_path / "kept.mien")[0] == document


def test_an_identity_that_an_older_session_says_of_the_state_is_the_look_s(tmp_path):
    ada = Asset("ada", "avatar", "Ada", "/ada.avatar")
    document = Document(assets=(ada,), looks={"A": Look.of("ada")})
    path = tmp_path / "old.mien"
    save_session(path, document, ViewState())
    content = json.loads(path.read_text())
    content["document"]["state"]["identity"] = [1.0, 2.0]
    for gone in ("identity", "learned"):
        del content["document"]["looks"]["A"][gone]
    path.write_text(json.dumps(content))
    opened = load_session(path)[0]
    assert opened.looks["A"].identity == (1.0, 2.0)
    assert opened.state.identity is None

import math

import numpy as np
import pytest

from mien.editing.commands import AddAssets, SetLook
from mien.editing.document import Asset, Look
from mien.gaussians.cloud import from_colors
from mien.gaussians.files import write_cloud
from mien_studio.panels.render import RenderPanel


@pytest.fixture
def panel(crowd, on_screen) -> RenderPanel:
    studio, _ids = crowd
    return on_screen(RenderPanel(studio))


def test_modes_and_picture_settings_change_the_view(crowd, panel) -> None:
    studio, _ids = crowd
    view = studio.session.view
    panel.modes.chip("normals").click()
    assert view.state.shading == "normals"
    assert panel.modes.on == ("normals",)
    panel.antialiased.click()
    assert view.state.antialiased
    panel.exposure.edit("1.5")
    panel.exposure._editor.take()
    assert view.state.exposure == 1.5
    panel.backgrounds.chip("white").click()
    assert view.state.background == (1.0, 1.0, 1.0)
    assert panel.backgrounds.on == ("white",)
    panel.mesh.edit("0.4")
    panel.mesh._editor.take()
    assert view.state.mesh_opacity == 0.4
    assert not studio.session.history.modified


def test_the_field_of_view_keeps_the_heads_size(crowd, panel) -> None:
    studio, _ids = crowd
    before = studio.session.view.state.orbit
    panel.field.edit("60")
    panel.field._editor.take()
    after = studio.session.view.state.orbit
    assert math.degrees(after.fov_y) == pytest.approx(60)
    size = before.distance * math.tan(before.fov_y / 2)
    assert after.distance * math.tan(after.fov_y / 2) == pytest.approx(size)


def test_renderers_say_why_they_cannot_run(crowd, panel, wait_for) -> None:
    studio, _ids = crowd
    wait_for(lambda: panel._reasons)
    rows = {row.key: row for row in panel.renderers.rows}
    assert set(rows) == {"cpu", "gsplat", "opengl"}
    notices: list = []
    studio.noticed.connect(notices.append)
    unavailable = [name for name, why in panel._reasons.items() if why]
    for name in unavailable:
        assert rows[name].detail == "not here"
        panel.renderers.activated.emit(name, False)
    assert len(notices) == len(unavailable)


def test_a_foreign_file_is_turned_upright(crowd, panel, wait_for, tmp_path) -> None:
    studio, ids = crowd
    assert not panel._upright.isVisible()
    n = 3
    cloud = from_colors(
        np.eye(n), np.tile([1.0, 0, 0, 0], (n, 1)), np.full((n, 3), -3.0), np.zeros(n), np.eye(n)
    )
    write_cloud(tmp_path / "bust.ply", cloud)
    studio.push(AddAssets((Asset("bust", "avatar", "bust", str(tmp_path / "bust.ply")),)))
    wait_for(lambda: studio.session.library.avatar("bust") is not None)
    studio.push(SetLook("A", Look.of("bust")))
    assert panel._upright.isVisible()
    assert not panel.mesh.isEnabled()
    assert panel._no_mesh.isVisible()
    assert "bust" in panel._no_mesh.text()
    panel.up.chip("-y").click()
    assert dict(studio.session.document.up_fixes) == {"bust": "-y"}
    studio.undo()
    assert panel.up.on == ("y",)
    studio.push(SetLook("A", Look.of(ids[0])))
    assert not panel._upright.isVisible()
    assert panel.mesh.isEnabled()
    assert not panel._no_mesh.isVisible()

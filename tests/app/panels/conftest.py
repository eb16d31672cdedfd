"""What tests of panels share: a studio with three of the demo people in its library."""

from __future__ import annotations

import pytest

from mien.editing.document import Document, Look


@pytest.fixture(scope="session")
def three(people: Document) -> Document:
    """Three people on one template, the first shown in A."""
    assets = people.assets_of("avatar")[:3]
    return Document(assets=assets, looks={"A": Look.of(assets[0].id)})


@pytest.fixture
def crowd(studio, three, wait_for):
    """A studio with the three loaded; gives it and their ids."""
    studio.session.history.reset(three)
    ids = [asset.id for asset in three.assets]
    wait_for(lambda: all(studio.session.library.avatar(key) for key in ids))
    wait_for(lambda: not studio.session.tasks.active)
    return studio, ids


@pytest.fixture
def on_screen(qapp, qtbot):
    """Return a function that shows a panel."""

    def show(panel, width=320, height=720):
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        return panel

    return show

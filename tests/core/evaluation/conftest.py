from __future__ import annotations

import pytest

from evaluation_scenes import FilmedCapture, arc, talking
from mien.avatar import open_avatar
from mien.avatar.kinds.blended import blend
from mien.rendering import make_renderer
from mien.resources import resource


@pytest.fixture(scope="session")
def ada():
    return open_avatar(resource("demo/ada.avatar"))


@pytest.fixture(scope="session")
def likeness(ada):
    """Nearly Ada: what a reconstruction of her may look like."""
    return blend([ada, open_avatar(resource("demo/noor.avatar"))], [0.9, 0.1])


@pytest.fixture(scope="session")
def renderer():
    made = make_renderer("cpu")
    yield made
    made.close()


@pytest.fixture(scope="session")
def filmed(ada, renderer):
    """Ada filmed by four cameras for three frames; two pictures are missing."""
    return FilmedCapture(
        ada,
        renderer,
        cameras=arc(4, (128, 112)),
        states=talking(3),
        missing=frozenset({("cam_02", 1), ("cam_00", 0)}),
    )

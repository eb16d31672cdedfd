"""What tests of the studio share: a screen, and the application as it really is made."""

from __future__ import annotations

import os
import sys

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application dressed and set up as `mien-studio` makes it; pytest-qt uses it too."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        pytest.skip("there is no display: run packaging/test.py, which makes one")
    from mien_studio.application import make_application

    return make_application()

"""What importing the library costs: no heavy library loads before somebody needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"PySide6", "moderngl", "gsplat", "torch", "h5py", "av", "PIL", "ai_edge_litert", "scipy"}


@pytest.mark.parametrize(
    "statement",
    [
        "import mien",
        "import mien.rendering",
        "import mien.avatar",
        "import mien.driving",
        # Whoever shows a study's curves needs no network.
        "import mien.evaluation.headsup.scaling.curves",
        "import mien; mien.rendering; mien.driving; mien.open_avatar; mien.Camera",
        # Choosing a renderer asks the driver, not torch; without a graphics card not OpenGL either.
        "import mien; mien.rendering.renderer_names(); mien.rendering.renderers.get('gsplat')"
        ".unavailable()",
    ],
)
def test_heavy_libraries_stay_unloaded(statement):
    report = f"{statement}\nimport sys\nprint(*({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []

"""The mesh over the picture, from the view state to the pictures that reach the screen."""

from __future__ import annotations

import sys

import pytest

from mien.rendering.opengl.context import probe_driver


@pytest.fixture
def shown(studio, people, wait_for):
    """A studio that has drawn the first person; gives it, its pictures and its notices."""
    pictures, notices = [], []
    studio.frames.drawn.connect(pictures.append)
    studio.noticed.connect(notices.append)
    studio.frames.adaptive = False
    studio.frames.set_size((160, 120))
    studio.session.show(people)
    wait_for(lambda: pictures and studio.frames.settled)
    return studio, pictures, notices


def orbit(studio) -> None:
    studio.update_view(orbit=studio.session.view.state.orbit.orbited(0.1, 0))


@pytest.mark.skipif(isinstance(probe_driver(), str), reason=f"no OpenGL here: {probe_driver()}")
def test_the_mesh_comes_and_goes_with_its_opacity(shown, wait_for):
    studio, pictures, notices = shown
    plain = pictures[-1].images[0]
    for opacity in (0.5, 0.0):
        count = len(pictures)
        studio.update_view(mesh_opacity=opacity)
        wait_for(lambda count=count: len(pictures) > count and studio.frames.settled)
        assert bool((pictures[-1].images[0] != plain).any()) == (opacity > 0)
    assert not notices
    assert not studio.session.history.modified


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's")
def test_without_opengl_it_is_said_once_each_time_it_is_wanted(shown, wait_for, monkeypatch):
    monkeypatch.setenv("GLCONTEXT_LINUX_LIBEGL", "libNotInstalled.so.7")
    studio, pictures, notices = shown

    def settle() -> None:
        count = len(pictures)
        wait_for(lambda: len(pictures) > count and studio.frames.settled)

    for times in (1, 2):
        studio.update_view(mesh_opacity=0.5)
        settle()
        for _ in range(3):
            orbit(studio)
            settle()
        assert len(notices) == times
        assert "no OpenGL 3.3" in notices[-1].text
        studio.update_view(mesh_opacity=0.0)
        settle()

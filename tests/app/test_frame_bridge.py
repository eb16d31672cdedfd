from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QThread, QTimer

from mien.rendering.selection import renderers
from mien_studio.bridge.drawing import Drawn, Picked
from mien_studio.bridge.frame_stats import FrameStats
from mien_studio.bridge.studio import Studio

SIZE = (80, 60)


@pytest.fixture
def shown(studio, people, wait_for) -> Studio:
    """A studio with somebody loaded, framed and drawn at a small size."""
    # At one resolution, so that requests can be counted on a machine of any speed.
    studio.frames.adaptive = False
    studio.session.show(people)
    wait_for(lambda: studio.session.avatar() is not None)
    studio.frames.set_size(SIZE)
    wait_for(lambda: studio.frames.settled and studio.frames.stats.num_drawn)
    return studio


def test_of_200_requests_at_1_khz_the_last_is_delivered_on_the_ui_thread(shown, qapp, wait_for):
    frames, session = shown.frames, shown.session
    frames.adaptive = True
    answers: list[Drawn] = []
    threads = []
    frames.drawn.connect(
        lambda drawn: (answers.append(drawn), threads.append(QThread.currentThread()))
    )
    start = session.view.state.orbit
    sent = []
    before = frames.stats.num_requests
    timer = QTimer(interval=1)

    def move() -> None:
        sent.append(replace(start, yaw=start.yaw + 0.001 * (len(sent) + 1)))
        shown.update_view(orbit=sent[-1])
        if len(sent) == 200:
            timer.stop()

    timer.timeout.connect(move)
    timer.start()
    wait_for(lambda: len(sent) == 200)
    wait_for(lambda: frames.settled)
    last = answers[-1].wanted
    assert last.view.orbit == sent[-1]
    assert last.scale == 1.0
    assert last.request == session.request(SIZE)
    assert set(threads) == {qapp.thread()}
    assert frames.stats.num_requests - before <= 201
    yaws = [answer.wanted.view.orbit.yaw for answer in answers]
    assert yaws == sorted(yaws), "never one older than the last"


def test_a_request_equal_to_the_last_is_not_made(shown, qtbot):
    frames = shown.frames
    before = frames.stats.num_requests, frames.stats.num_drawn
    for _ in range(5):
        frames.invalidate()
    qtbot.wait(250)
    assert (frames.stats.num_requests, frames.stats.num_drawn) == before


def test_many_changes_of_one_turn_are_one_request(shown, wait_for):
    before = shown.frames.stats.num_requests
    for step in range(50):
        shown.update_view(orbit=replace(shown.session.view.state.orbit, yaw=0.01 * step))
    wait_for(lambda: shown.frames.settled)
    assert shown.frames.stats.num_requests == before + 1


def test_a_renderer_that_cannot_run_gives_its_reason_and_the_one_before_stays(shown, wait_for):
    if not renderers.get("gsplat").unavailable():
        pytest.skip("gsplat runs here")
    notices = []
    shown.noticed.connect(notices.append)
    shown.frames.set_renderer("gsplat")
    wait_for(lambda: notices and shown.frames.settled)
    assert len(notices) == 1
    assert "gsplat" in notices[0].text
    assert shown.frames.renderer == "cpu"
    drawn = shown.frames.stats.num_drawn
    shown.update_view(orbit=replace(shown.session.view.state.orbit, yaw=0.5))
    wait_for(lambda: shown.frames.stats.num_drawn > drawn)


def test_an_error_is_a_value_and_drawing_goes_on_after_it(qapp, people, wait_for):
    if not renderers.get("gsplat").unavailable():
        pytest.skip("gsplat runs here")
    studio = Studio(renderer="gsplat")
    failures, answers = [], []
    studio.frames.failed.connect(failures.append)
    studio.frames.drawn.connect(answers.append)
    studio.frames.set_size(SIZE)
    studio.session.show(people)
    wait_for(lambda: failures)
    assert "gsplat" in failures[0].text
    assert not answers
    studio.frames.set_renderer("cpu")
    wait_for(lambda: answers)
    assert studio.frames.renderer == "cpu"
    studio.close()


def test_the_renderer_is_switched_while_it_runs(shown, wait_for):
    if renderers.get("opengl").unavailable():
        pytest.skip(renderers.get("opengl").unavailable())
    by_cpu = []
    connection = shown.frames.drawn.connect(by_cpu.append)
    shown.frames.invalidate()
    shown.update_view(orbit=replace(shown.session.view.state.orbit, yaw=0.25))
    wait_for(lambda: shown.frames.settled and by_cpu)
    shown.frames.drawn.disconnect(connection)
    names, by_gl = [], []
    shown.frames.renderer_changed.connect(names.append)
    shown.frames.drawn.connect(by_gl.append)
    shown.frames.set_renderer("opengl")
    wait_for(lambda: by_gl and shown.frames.settled)
    assert names == ["opengl"]
    apart = np.abs(by_gl[-1].images[0].astype(int) - by_cpu[-1].images[0].astype(int)).mean()
    assert apart < 2.0, "the same picture"


def test_a_click_finds_the_head_and_beside_it_nothing(shown, wait_for):
    found: list[Picked | None] = []
    shown.frames.pick("A", (0.5, 0.5), found.append)
    wait_for(lambda: len(found) == 1)
    picked = found[0]
    assert picked is not None
    camera = shown.session.camera("A", SIZE)
    pixel, depth = camera.project([picked.point])
    assert np.abs(pixel[0] - (40, 30)).max() < 1.5
    assert depth[0] == pytest.approx(picked.depth, rel=1e-5)
    assert abs(picked.depth - shown.session.view.state.orbit.distance) < 0.3
    shown.frames.pick("A", (0.01, 0.02), found.append)
    wait_for(lambda: len(found) == 2)
    assert found[1] is None


def test_b_alone_is_drawn_while_it_is_held(shown, wait_for):
    from mien.editing.commands import SetLook
    from mien.editing.document import Look

    answers = []
    shown.frames.drawn.connect(answers.append)
    other = shown.session.document.assets[1]
    shown.push(SetLook("B", Look.of(other.id)))
    wait_for(lambda: shown.session.library.avatar(other.id) is not None)
    shown.frames.set_slots(("B",))
    wait_for(lambda: answers and answers[-1].slots == ("B",))
    shown.frames.set_slots(None)
    wait_for(lambda: answers[-1].slots == ("A",))
    shown.update_view(compare="wipe")
    wait_for(lambda: answers[-1].slots == ("A", "B"))


def test_an_emptied_session_says_so(shown, qtbot):
    from mien.editing.commands import SetLook

    with qtbot.waitSignal(shown.frames.emptied, timeout=5000):
        shown.push(SetLook("A", None))


def test_closing_joins_the_render_thread(shown):
    shown.frames.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "render"]


def test_stats_count_what_was_shown():
    stats = FrameStats()
    for frame in range(31):
        stats.showed(10.0 + frame / 30)
    assert stats.fps(11.0) == pytest.approx(30.0)
    assert stats.fps(20.0) == 0.0
    assert stats.request_secs(0.5) == 0.0
    for milli in (1, 2, 3):
        stats.requested(milli / 1000)
    assert stats.request_secs(0.5) == pytest.approx(0.002)


def test_only_frames_of_the_source_that_were_never_seen_are_dropped():
    stats = FrameStats()
    for frame in (3, 3, 4, 4, 5):
        stats.played(frame, 1.0)
    assert stats.num_dropped == 0
    stats.played(8, 1.0)
    assert stats.num_dropped == 2
    stats.played(0, 1.0)
    assert stats.num_dropped == 2, "the loop began again"
    stats.stopped()
    stats.played(20, 1.0)
    assert stats.num_dropped == 2, "somebody went there"
    stats.played(22, 2.0)
    stats.played(21, -1.0)
    assert stats.num_dropped == 2
    stats.played(18, -1.0)
    assert stats.num_dropped == 4

from __future__ import annotations

import numpy as np
import pytest

from mien.driving.track import ExpressionTrack
from mien.editing.commands import AddAssets, SetDrive
from mien.editing.document import Drive
from mien.session.library import asset_for
from mien_studio.bridge.player import frame_at


@pytest.fixture
def player(studio, tmp_path, wait_for):
    """A player over a track of 31 frames, one second at 30 fps."""
    from mien.driving.files import write_track

    times = np.arange(31) / 30
    track = ExpressionTrack(
        times=times,
        names=("jawOpen",),
        weights=np.linspace(0, 1, 31, dtype=np.float32)[:, None],
        head_pose=np.broadcast_to(np.eye(4), (31, 4, 4)).copy(),
    )
    path = tmp_path / "track.h5"
    write_track(path, track)
    asset = asset_for(path)
    studio.push(AddAssets((asset,)))
    studio.push(SetDrive(Drive(source=asset.id)))
    wait_for(lambda: studio.session.track is not None)
    return studio.player


def view(player):
    return player._studio.session.view.state


def test_time_runs_while_it_plays_and_stands_after(player, qtbot):
    player.play()
    assert view(player).playing
    qtbot.waitUntil(lambda: view(player).time > 0.05, timeout=5000)
    player.pause()
    stood = view(player).time
    qtbot.wait(60)
    assert view(player).time == stood
    assert not view(player).playing


def test_frames_are_stepped_one_by_one_and_end_at_the_ends(player):
    assert player.frame == 0
    player.step(1)
    assert view(player).time == pytest.approx(1 / 30)
    player.step(-5)
    assert view(player).time == 0.0
    player.go_to_end()
    assert player.frame == 30
    player.step(1)
    assert player.frame == 30
    player.go_to_start()
    assert player.frame == 0


def test_j_and_l_double_the_speed_each_time_and_turn_round(player):
    player.seek(0.5)
    player.shuttle(1)
    assert view(player).speed == 1.0
    player.shuttle(1)
    player.shuttle(1)
    assert view(player).speed == 4.0
    player.shuttle(-1)
    assert view(player).speed == -1.0
    player.shuttle(-1)
    assert view(player).speed == -2.0
    player.pause()
    assert view(player).speed == 1.0


def test_in_and_out_points_bound_what_is_played(player):
    player.seek(0.2)
    player.set_in()
    player.seek(0.6)
    player.set_out()
    player.go_to_end()
    assert view(player).time == pytest.approx(0.6)
    player.go_to_start()
    assert view(player).time == pytest.approx(0.2)
    player.seek(0.1)
    player.set_out()
    assert view(player).in_time is None, "an out point before the in point clears it"
    player.clear_range()
    assert view(player).out_time is None


def test_playing_from_the_end_begins_again(player):
    player.seek(1.0)
    player.play()
    assert view(player).time < 0.9
    player.pause()


def test_played_once_it_stops_at_the_end(player, qtbot):
    player._studio.update_view(loop="once")
    player.seek(0.9)
    player.play()
    qtbot.waitUntil(lambda: not view(player).playing, timeout=5000)
    assert view(player).time == pytest.approx(1.0)


def test_there_is_nothing_to_play_without_a_source(studio):
    studio.player.play()
    assert not studio.session.view.state.playing


def test_the_frame_shown_is_the_last_that_has_begun():
    times = np.array([0.0, 0.1, 0.35])
    assert [frame_at(times, t) for t in (-1, 0, 0.05, 0.1, 0.3, 0.35, 9)] == [0, 0, 0, 1, 1, 2, 2]
    assert frame_at(np.array([]), 1.0) == 0

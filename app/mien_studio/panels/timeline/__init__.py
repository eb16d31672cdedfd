"""Timeline: what drives, when, and the curves of it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mien.editing.commands import SetKeyframes
from mien.editing.document import Asset
from mien.session.library import asset_path
from mien.session.timeline import played_span
from mien_studio.bridge.drawing import Drawn
from mien_studio.bridge.studio import Studio
from mien_studio.panels.registry import Area, panel
from mien_studio.panels.timeline.curves import CURVE_KINDS, SHOWN_FIRST, curves_of, gaps_of
from mien_studio.panels.timeline.driving import DrivingView
from mien_studio.panels.timeline.frames import CaptureFrames
from mien_studio.panels.timeline.transport import Transport
from mien_studio.theme import tokens
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.curve_lane import CurveLane
from mien_studio.widgets.film_strip import FilmStrip
from mien_studio.widgets.video_frames import VideoFrames


@panel
class TimelinePanel(QWidget):
    """Drive the avatar and move through time."""

    name: ClassVar[str] = "timeline"
    title: ClassVar[str] = "Timeline"
    area: ClassVar[Area] = "bottom"
    order: ClassVar[int] = 0

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._frames: VideoFrames | None = None
        self._frames_of = ""
        self._pictured: Asset | None = None
        self._video_times = np.zeros(0)
        self._shown_frame = -1
        self._dragged_key: float | None = None
        self._drawn_for: tuple[object, ...] = ()
        self.driving = DrivingView(studio)
        self.transport = Transport(studio)
        self.strip = FilmStrip()
        self.strip.hide()
        self.lane = CurveLane()
        self.frames = CaptureFrames(studio)
        self.chips = ChipRow(align_right=True)
        for kind in CURVE_KINDS:
            chip = self.chips.add(kind.key, Chip(kind.key, color=kind.color))
            chip.setToolTip(f"Show the curve of {', '.join(kind.names) or 'the head’s yaw'}")
        self.chips.set_on(SHOWN_FIRST)
        self._lay_out()
        self.driving.neutral_wanted.connect(self._set_neutral)
        self.chips.toggled.connect(lambda _key, _on: self._refresh())
        self.strip.scrubbed.connect(self._scrub)
        self.lane.scrubbed.connect(self._scrub)
        self.frames.scrubbed.connect(self._scrub)
        self.lane.range_changed.connect(self._set_range)
        self.lane.key_taken.connect(lambda: studio.begin_gesture("Move keyframe"))
        self.lane.key_dropped.connect(studio.end_gesture)
        self.lane.key_moved.connect(self._move_key)
        self.lane.key_removed.connect(self._remove_key)
        studio.document_changed.connect(self._refresh)
        studio.asset_changed.connect(self._refresh)
        self._shown_timing: tuple[object, ...] = ()
        studio.view_changed.connect(self._on_view)
        studio.picture_shown.connect(self._on_picture)
        studio.frames.drawn.connect(self._glimpse)
        studio.glimpses.arrived.connect(self._on_glimpse)
        self._refresh()

    def _lay_out(self) -> None:
        line = QFrame()
        line.setFixedWidth(1)
        line.setStyleSheet(f"background: {tokens.HAIRLINE};")
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_M)
        head.addWidget(self.transport)
        head.addWidget(self.chips, 1)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(tokens.SPACE_S)
        right.addLayout(head)
        right.addWidget(self.strip)
        right.addWidget(self.lane, 1)
        right.addWidget(self.frames)
        row = QHBoxLayout(self)
        margin = tokens.SPACE_M
        row.setContentsMargins(margin, tokens.SPACE_S, margin, tokens.SPACE_S)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self.driving)
        row.addWidget(line)
        row.addLayout(right, 1)

    # What is shown

    def _refresh(self, _what: object = None) -> None:
        session = self._studio.session
        document, track = session.document, session.track
        span = session.span
        self._open_video()
        self._span_strip()
        self.lane.set_span(span.start, span.end)
        self.frames.set_span(span.start, span.end)
        self.lane.set_keys([keyframe.time for keyframe in document.keyframes])
        shown = self.chips.on
        drawn_for = (track, document.drive.smoothing, shown)
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            smoothed = session.smoothed_track
            if track is None or smoothed is None:
                self.lane.set_curves([])
                self.lane.set_gaps([])
            else:
                self.lane.set_curves(curves_of(track, smoothed, shown))
                self.lane.set_gaps(gaps_of(track))
        self._show_time()

    def _on_view(self, _state: object) -> None:
        # The camera moves a hundred times a second, and nothing here follows it.
        view = self._studio.session.view.state
        timing = (view.time, view.playing, view.speed, view.loop, view.in_time, view.out_time)
        if timing != self._shown_timing:
            self._shown_timing = timing
            self._show_time()

    def _show_time(self) -> None:
        session = self._studio.session
        view = session.view.state
        self.transport.show_state(view)
        self.strip.set_time(view.time)
        self.lane.set_time(view.time)
        self.frames.set_time(view.time)
        span = played_span(view, session.span)
        self.lane.set_range(span.start, span.end)
        self._show_frame(view.time)

    def _on_picture(self, _picture: object) -> None:
        self.transport.show_dropped(self._studio.frames.stats.num_dropped)

    # The video

    def _source(self) -> Asset | None:
        document = self._studio.session.document
        source = document.drive.source
        return None if source is None else document.asset(source)

    def _open_video(self) -> None:
        asset = self._source()
        path = asset.path if asset is not None and asset.kind == "video" else ""
        if path == self._frames_of:
            if not path and asset != self._pictured:
                self._pictured = asset
                self._studio.glimpses.forget()
                self.driving.picture.set_image(None, asset.kind if asset is not None else "video")
            return
        self.close_video()
        self._frames_of, self._pictured = path, asset
        icon_name = asset.kind if asset is not None else "video"
        self.driving.picture.set_image(None, icon_name)
        self.strip.setVisible(bool(path))
        if asset is None or not path:
            return
        self._frames = VideoFrames(asset_path(asset), self)
        self._frames.opened.connect(self._on_opened)
        self._frames.shown.connect(self._on_frame)

    def _span_strip(self) -> None:
        span = self._studio.session.span
        end = span.end
        if span.length <= 0 and len(self._video_times):
            # While the video is still being tracked, its frames are there to look at already.
            end = float(self._video_times[-1])
        self.strip.set_span(span.start, end)

    def close_video(self) -> None:
        """Let go of the video's file."""
        self.strip.set_video(None, np.zeros(0))
        if self._frames is not None:
            self._frames.close()
            self._frames.deleteLater()
        self._frames, self._frames_of = None, ""
        self._video_times, self._shown_frame = np.zeros(0), -1

    def _on_opened(self, times: np.ndarray) -> None:
        self._video_times = times - times[0] if len(times) else times
        self.strip.set_video(self._frames, self._video_times)
        self._span_strip()
        self._show_frame(self._studio.session.view.state.time)

    def _show_frame(self, time: float) -> None:
        if self._frames is None or not len(self._video_times):
            return
        index = int(np.searchsorted(self._video_times, time + 1e-6, "right")) - 1
        index = min(max(index, 0), len(self._video_times) - 1)
        if index != self._shown_frame:
            self._shown_frame = index
            self._frames.show(index)

    def _on_frame(self, _index: int, image: QImage) -> None:
        self.driving.picture.set_image(image)

    # The photographs

    def _glimpse(self, drawn: Drawn) -> None:
        """Show the photograph of this instant where a capture drives."""
        asset, station = self._source(), self._studio.session.station
        if asset is not None and station is not None and asset.id == station.asset:
            self._studio.glimpses.show(station, self._studio.session.view.state.time, drawn)

    def _on_glimpse(self, image: QImage) -> None:
        asset = self._source()
        if asset is not None and asset.kind == "capture":
            self.driving.picture.set_image(image)

    # Changing it

    def _scrub(self, time: float) -> None:
        self._studio.update_view(time=time, playing=False)

    def _set_range(self, start: float, end: float) -> None:
        whole = self._studio.session.span
        near = 2 * self.lane.axis.seconds_per_pixel
        self._studio.update_view(
            in_time=start if start > whole.start + near else None,
            out_time=end if end < whole.end - near else None,
        )

    def _set_neutral(self) -> None:
        self.driving.set_neutral(self._studio.session.view.state.time)

    def _move_key(self, index: int, time: float) -> None:
        keyframes = list(self._studio.session.document.keyframes)
        taken = {k.time for place, k in enumerate(keyframes) if place != index}
        if time in taken:
            return
        moved = replace(keyframes[index], time=time)
        keyframes[index] = moved
        self._studio.push(SetKeyframes(tuple(keyframes), label="Move keyframe"))
        # Passing a neighbour changes the order: the drag goes on with the same keyframe.
        self.lane.choose_key(self._studio.session.document.keyframes.index(moved))

    def _remove_key(self, index: int) -> None:
        keyframes = self._studio.session.document.keyframes
        kept = keyframes[:index] + keyframes[index + 1 :]
        self._studio.push(SetKeyframes(kept, label="Delete keyframe"))

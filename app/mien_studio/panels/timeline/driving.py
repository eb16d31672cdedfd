"""Driving: which source moves the avatar, how, and what it shows at this instant."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mien.driving.profile import load_profile, save_profile
from mien.driving.retarget import guess_neutral
from mien.editing.commands import SetDrive
from mien.editing.document import Drive
from mien.errors import MienError, ModelMissing
from mien.session.driving import retarget_of
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.theme.icons import icon_pixmap
from mien_studio.widgets.buttons import icon_button, link_button, push_button
from mien_studio.widgets.chips import Chip, ChipRow
from mien_studio.widgets.elided_label import ElidedLabel
from mien_studio.widgets.number_kind import NumberKind
from mien_studio.widgets.progress_row import ProgressRow
from mien_studio.widgets.slider_row import SliderRow

WIDTH = 264
PICTURE = QSize(120, 68)
CHANNELS = ("expression", "pose", "eyes")
NOTHING = "No source: the sliders alone"


class VideoPicture(QWidget):
    """The frame of the source that belongs to this instant."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._icon = "video"
        self.setFixedSize(PICTURE)
        self.setAccessibleName("Source at this instant")

    @property
    def image(self) -> QImage | None:
        """What is shown, or None."""
        return self._image

    def set_image(self, image: QImage | None, icon_name: str = "video") -> None:
        """Show a frame, or an icon where there is none."""
        self._image, self._icon = image, icon_name
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, cut to the frame."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        painter.setClipPath(path)
        painter.fillRect(box, QColor(tokens.RAISED))
        if self._image is None:
            drawn = icon_pixmap(self._icon, tokens.TEXT_DISABLED, 24, self.devicePixelRatioF())
            painter.drawPixmap(self.width() // 2 - 12, self.height() // 2 - 12, drawn)
            return
        size = self._image.size()
        fitted = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        place = QRectF(0, 0, fitted.width(), fitted.height())
        place.moveCenter(box.center())
        painter.drawImage(place, self._image)


class DrivingView(QWidget):
    """Choose the source and how it is taken over.

    `neutral_wanted` is emitted when the frame at the playhead shall count as neutral.
    """

    neutral_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setFixedWidth(WIDTH)
        self.source = QComboBox()
        self.source.setAccessibleName("Driving source")
        self.source.activated.connect(self._choose)
        self.picture = VideoPicture()
        self._name, self._figures = ElidedLabel(), ElidedLabel()
        self._name.setProperty("role", "label")
        self._figures.setProperty("role", "note")
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._cancel)
        self._problem = QLabel()
        self._problem.setProperty("role", "warning")
        self._problem.setWordWrap(True)
        self.fetch = push_button("Fetch model", self.fetch_model, icon_name="download")
        self._retry = link_button("retry", self._try_again)
        self._state = QStackedWidget()
        self._state.addWidget(self._make_controls())
        self._state.addWidget(self._make_waiting())
        self._state.addWidget(self._make_failed())
        self._state.addWidget(self._make_nothing())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_S)
        column.addLayout(self._make_head())
        column.addWidget(self._state, 1)
        studio.document_changed.connect(self.refresh)
        studio.asset_changed.connect(self.refresh)
        self.refresh()

    # Making

    def _make_head(self) -> QHBoxLayout:
        self._more = icon_button("more", "Profile", self._open_menu, side=28)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_XS)
        row.addWidget(self.source, 1)
        row.addWidget(self._more)
        return row

    def _make_controls(self) -> QWidget:
        page = QWidget()
        here = link_button("set here", self.neutral_wanted.emit, tip="This frame is neutral")
        auto = link_button("auto", self.guess_neutral, tip="Find the most neutral frame")
        self._clear = link_button("clear", self._clear_neutral, tip="Take the source's own zero")
        self._neutral = ElidedLabel()
        self._neutral.setProperty("role", "label")
        words = QHBoxLayout()
        words.setSpacing(tokens.SPACE_M)
        for button in (here, auto, self._clear):
            words.addWidget(button)
        words.addStretch(1)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self._name)
        beside.addWidget(self._figures)
        beside.addStretch(1)
        beside.addWidget(self._neutral)
        beside.addLayout(words)
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_M)
        top.addWidget(self.picture)
        top.addLayout(beside, 1)
        self.channels = ChipRow()
        for name in CHANNELS:
            self.channels.add(name, Chip(name)).setToolTip(f"Take over the source's {name}")
        self.channels.toggled.connect(self._set_channel)
        self.smoothing = SliderRow("Smoothing", NumberKind(0, 1, 0.25))
        self.pose_gain = SliderRow("Pose gain", NumberKind(0, 2, 1.0, step=0.05))
        for slider, field in ((self.smoothing, "smoothing"), (self.pose_gain, "pose_gain")):
            slider.set_label_width(88)
            slider.started.connect(lambda s=slider: self._studio.begin_gesture(s.name))
            slider.finished.connect(self._studio.end_gesture)
            slider.changed.connect(
                lambda value, field=field, s=slider: self._set(s.name, **{field: value})
            )
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addLayout(top)
        column.addSpacing(tokens.SPACE_XS)
        column.addWidget(self.channels)
        column.addWidget(self.smoothing)
        column.addWidget(self.pose_gain)
        column.addStretch(1)
        return page

    def _make_waiting(self) -> QWidget:
        return _page(self.progress)

    def _make_failed(self) -> QWidget:
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self.fetch)
        row.addWidget(self._retry)
        row.addStretch(1)
        return _page(self._problem, buttons)

    def _make_nothing(self) -> QWidget:
        text = QLabel("Drop a video of a face on the window, or an ARKit or Live Link track.")
        text.setProperty("role", "note")
        text.setWordWrap(True)
        return _page(text)

    # What is shown

    @property
    def _drive(self) -> Drive:
        return self._studio.session.document.drive

    @property
    def problem(self) -> str:
        """Why the source cannot drive, or empty."""
        return self._problem.text() if self._state.currentIndex() == 2 else ""

    def refresh(self, _what: object = None) -> None:
        """Show the drive of the document and how far its source is."""
        session, drive = self._studio.session, self._drive
        self._fill_sources()
        self.channels.set_on([name for name in CHANNELS if getattr(drive, name)])
        self.smoothing.set_number(drive.smoothing)
        self.pose_gain.set_number(drive.pose_gain)
        self._clear.setEnabled(drive.neutral_time is not None)
        neutral = drive.neutral_time
        self._neutral.setText("Neutral: own" if neutral is None else f"Neutral: {neutral:.2f} s")
        if drive.source is None:
            self._state.setCurrentIndex(3)
            return
        asset, task = session.document.asset(drive.source), session.library.task(drive.source)
        error, track = session.library.error(drive.source), session.track
        if error is not None:
            self._show_problem(error)
        elif track is None:
            fraction, message = (task.fraction, task.message) if task else (None, "")
            verb = "Tracking" if asset.kind == "video" else "Reading"
            self.progress.show_progress(f"{verb} {message}".strip(), fraction)
            self._state.setCurrentIndex(1)
        else:
            seen = int(track.seen.sum())
            self._name.setText(asset.name)
            verb = "Face seen in" if asset.kind == "video" else "Known in"
            self._figures.setText(f"{seen}/{track.num_frames} · {track.rate:.4g} fps")
            self._figures.setToolTip(f"{verb} {seen} of {track.num_frames}, {track.rate:.4g} fps")
            self._state.setCurrentIndex(0)

    def _show_problem(self, error: MienError) -> None:
        missing = isinstance(error, ModelMissing)
        text = error.message if missing else str(error)
        self._problem.setText(f"{text[:1].upper()}{text[1:]}.".replace("..", "."))
        self._problem.setToolTip(str(error))
        self.fetch.setVisible(missing)
        self._state.setCurrentIndex(2)

    def _fill_sources(self) -> None:
        document = self._studio.session.document
        entries: list[tuple[str | None, str]] = [(None, NOTHING)]
        entries += [
            (asset.id, asset.name) for asset in document.assets_of("video", "track", "capture")
        ]
        held = [
            (self.source.itemData(i), self.source.itemText(i)) for i in range(self.source.count())
        ]
        if held != entries:
            self.source.clear()
            for key, name in entries:
                self.source.addItem(name, key)
        self.source.setCurrentIndex(max(self.source.findData(document.drive.source), 0))

    # Changing it

    def _set(self, label: str, **changes: object) -> None:
        self._studio.push(SetDrive(replace(self._drive, **changes), label=label))

    def _choose(self, index: int) -> None:
        self._set("Driving source", source=self.source.itemData(index))

    def _set_channel(self, name: str, on: bool) -> None:
        self._set(f"{name.capitalize()} {'on' if on else 'off'}", **{name: on})

    def set_neutral(self, time: float) -> None:
        """Let an instant of the timeline count as neutral."""
        track = self._studio.session.track
        if track is not None and track.num_frames:
            frame = track.frame_at(time + float(track.times[0]))
            self._set("Set neutral", neutral_time=float(track.times[frame]))

    def guess_neutral(self) -> None:
        """Let the frame with the least expression count as neutral."""
        track = self._studio.session.track
        found = guess_neutral(track) if track is not None else None
        if found is None:
            self._studio.notice("warning", "No frame of the source shows a face")
        else:
            self._set("Find neutral", neutral_time=found)

    def _clear_neutral(self) -> None:
        self._set("Clear neutral", neutral_time=None)

    def _cancel(self) -> None:
        source = self._drive.source
        task = self._studio.session.library.task(source) if source is not None else None
        if task is not None:
            task.cancel()

    def _try_again(self) -> None:
        source, session = self._drive.source, self._studio.session
        if source is not None:
            session.library.forget(source)
            session.library.sync(session.document)
            self.refresh()

    def fetch_model(self) -> None:
        """Fetch the face model beside everything else, then track."""
        from mien.driving.models import fetch_model

        self.fetch.setEnabled(False)

        def ended(error: Exception | None) -> None:
            self.fetch.setEnabled(True)
            if error is None:
                self._try_again()
            else:
                self._studio.report(error)

        self._studio.run(
            "Fetching the face model",
            lambda task: fetch_model(progress=task.progress),
            done=lambda _path: ended(None),
            failed=ended,
        )

    # Profiles

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction("Save profile…", self._save_profile)
        menu.addAction("Load profile…", self._load_profile)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _save_profile(self) -> None:
        path, _chosen = QFileDialog.getSaveFileName(
            self, "Save driving profile", "profile.json", "Profiles (*.json)"
        )
        if path:
            self.save_profile(path)

    def _load_profile(self) -> None:
        path, _chosen = QFileDialog.getOpenFileName(
            self, "Load driving profile", "", "Profiles (*.json)"
        )
        if path:
            self.load_profile(path)

    def save_profile(self, path: str) -> None:
        """Write gains, offsets, channels and neutral to a file."""
        try:
            save_profile(path, retarget_of(self._drive))
        except MienError as error:
            self._studio.report(error)

    def load_profile(self, path: str) -> None:
        """Take gains, offsets, channels and neutral from a file."""
        try:
            profile = load_profile(path)
        except MienError as error:
            self._studio.report(error)
            return
        names = ("neutral_time", "gains", "offsets", "expression", "pose", "eyes", "pose_gain")
        self._set("Load profile", **{name: getattr(profile, name) for name in names})


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(tokens.SPACE_S)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return page

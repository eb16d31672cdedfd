"""The figures of a review: means, curves, cameras and worst pictures, each a way to a place."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mien.evaluation.measuring import Measured
from mien.evaluation.metrics import METRICS, Metric
from mien.evaluation.result import Evaluation
from mien_studio.bridge.reviewer import Review
from mien_studio.bridge.studio import Studio
from mien_studio.theme import tokens
from mien_studio.viewport.rig import SPLIT_COLORS
from mien_studio.widgets.cards import Card, CardGrid
from mien_studio.widgets.metric_plot import MetricCurve, MetricPlot
from mien_studio.widgets.metric_tiles import MetricTiles, Tile
from mien_studio.widgets.score_table import Score, ScoreTable
from mien_studio.widgets.section import Section

WORST = 9


class Figures(QWidget):
    """Read figures; a click goes to the frame and the camera that are meant.

    Args:
        studio: Whose review.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._reviewer = studio.reviewer
        self._evaluation: Evaluation | None = None
        self._shown: tuple[object, ...] = ()
        self._place: tuple[int, str] | None = None
        self._worst: dict[str, Measured] = {}
        self._reviewer.pictures.arrived.connect(self._on_picture)
        studio.view_changed.connect(self._on_view)
        self.tiles = MetricTiles()
        self.tiles.chosen.connect(self._reviewer.set_metric)
        self.plot = MetricPlot()
        self.plot.picked.connect(self._on_picked)
        self.cameras = ScoreTable(("Camera", "Mean", "Worst", "Frames"))
        self.cameras.chosen.connect(self._stand_in)
        self.cards = CardGrid(least=100)
        self.cards.setAccessibleName("Worst pictures")
        self.cards.activated.connect(lambda key, _shift: self._go_to(self._worst[key]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.tiles)
        column.addWidget(self.plot)
        for title, content in (("Cameras", self.cameras), ("Worst", self.cards)):
            section = Section(title)
            section.content.setSpacing(tokens.SPACE_S)
            section.add(content)
            column.addWidget(section)

    # What is shown

    def show_review(self, review: Review | None) -> None:
        """Show what was found; nothing for None."""
        self.setVisible(review is not None)
        self._evaluation = found = review.evaluation if review is not None else None
        if found is None or not found.metrics:
            return
        metric = METRICS[self._reviewer.metric]
        ended = self._reviewer.task is None
        shown = (found, metric, ended)
        if shown == self._shown:
            return
        self._shown = shown
        self.tiles.set_tiles(_tiles(found), metric.name)
        curves = [] if len(found.cameras) < 2 else [
            MetricCurve(held.name, values)
            for held, values in zip(found.cameras, found.table(metric.name), strict=True)
        ]  # fmt: skip
        curves.append(MetricCurve("", found.frame_means(metric.name)))
        self.plot.set_curves(
            found.frames, found.frame_names, curves, digits=metric.digits, unit=metric.unit
        )
        self.cameras.set_scores(_scores(found, metric), digits=metric.digits)
        self._place = None
        self._show_worst(review, metric)
        self._show_place()

    def _show_worst(self, review: Review | None, metric: Metric) -> None:
        if review is None or self._evaluation is None:
            return
        found = self._evaluation
        worst = found.worst(metric.name, WORST, apart=len(found.frames) // 20)
        names = dict(zip(found.frames, found.frame_names, strict=True))
        self._worst = {f"{item.camera} {item.frame}": item for item in worst}
        self.cards.set_cards(
            [
                Card(
                    key,
                    f"{item.camera} · {names[item.frame]}",
                    corner=metric.shown(item.values[metric.name]),
                    tip=f"Camera {item.camera}, frame {names[item.frame]}: {metric.title} "
                    f"{metric.shown(item.values[metric.name])} {metric.unit}\n"
                    "Left the render, right the photograph",
                    icon="image",
                )
                for key, item in self._worst.items()
            ]
        )
        absent = [item for key, item in self._worst.items() if not self.cards.has_pixmap(key)]
        if absent and self._reviewer.task is None:
            self._reviewer.pictures.want(review.measurement, absent)

    def _on_view(self, _view: object) -> None:
        # Behind another tab it must not cost the pictures that play anything.
        if self.isVisible():
            self._show_place()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened behind another tab."""
        super().showEvent(event)
        self._show_place()

    def _show_place(self) -> None:
        station, view = self._studio.session.station, self._studio.session.view.state
        if station is None or self._evaluation is None:
            return
        stood = station.camera.name if view.standing else ""
        place = (station.frame_at(view.time), stood)
        if place == self._place:
            return
        self._place = place
        self.plot.set_frame(place[0])
        self.plot.set_chosen(stood)
        self.cameras.set_current(stood)

    def _on_picture(self, item: Measured, pixmap: QPixmap) -> None:
        self.cards.set_pixmap(f"{item.camera} {item.frame}", pixmap)

    # Going there

    def _on_picked(self, place: int, camera: str) -> None:
        if self._evaluation is not None:
            self._go(self._evaluation.frames[place], camera)

    def _go_to(self, item: Measured) -> None:
        self._go(item.frame, item.camera)

    def _stand_in(self, camera: str) -> None:
        self._go(None, camera)

    def _go(self, frame: int | None, camera: str) -> None:
        """Show a frame, and stand in a camera where one is named."""
        asset = self._reviewer.capture
        capture = self._studio.session.library.capture(asset.id) if asset is not None else None
        if asset is None or capture is None:
            return
        changes: dict[str, object] = {"playing": False}
        if frame is not None:
            changes["time"] = float(capture.times[frame] - capture.times[0])
        if camera:
            changes |= {"station_asset": asset.id, "station_camera": camera, "standing": True}
        self._studio.update_view(**changes)


def _scores(found: Evaluation, metric: Metric) -> list[Score]:
    """Return the figures of each camera."""
    worst = np.fmin.reduce if metric.better == "higher" else np.fmax.reduce
    scores: list[Score] = []
    means, table = found.camera_means(metric.name), found.table(metric.name)
    for held, mean, values in zip(found.cameras, means, table, strict=True):
        known = int(np.isfinite(values).sum())
        tip = f"Camera {held.name}, {held.split}: {known} of {len(values)} frames"
        color = SPLIT_COLORS[held.split]
        scores.append(
            Score(
                held.name,
                color,
                float(mean),
                float(worst(values)),
                known,
                f"{tip}\nClick to stand in it",
            )
        )
    return scores


def _tiles(found: Evaluation) -> list[Tile]:
    """Return the mean of each metric, and those that cannot be had with the reason."""
    tiles = [
        Tile(
            metric.name,
            metric.title,
            metric.shown(found.mean(metric.name)),
            metric.unit,
            f"{metric.title}, mean over all pictures; {metric.better} is nearer\n"
            f"{metric.described(found.recipe)}",
        )
        for metric in found.metrics
    ]
    for name, why in found.unavailable.items():
        title = METRICS[name].title
        tiles.append(Tile(name, title, "–", tip=f"{title} is not available: {why}", dimmed=True))
    return tiles

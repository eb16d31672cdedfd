"""The report as a browser would take it: complete in itself, true to the figures, safe."""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image as PilImage

from mien.capture.protocol import CaptureCamera
from mien.evaluation.flip_map import flip
from mien.evaluation.measuring import Measured, evaluate
from mien.evaluation.metrics import METRICS
from mien.evaluation.pairs import photograph, rendered
from mien.evaluation.recipe import Recipe
from mien.evaluation.report import Report, ReportNote, Stroke, compare, report_page, write_report
from mien.evaluation.report.plots import Axis, curves, histogram
from mien.evaluation.report.rig import rig_drawing
from mien.evaluation.result import Evaluation

VOID = {"meta", "img", "link", "br", "input", "path", "rect", "circle", "ellipse", "polyline"}


class Page(HTMLParser):
    """What a page holds, found as a browser finds it; complains about tags left open."""

    def __init__(self, source):
        super().__init__()
        self.texts, self.ids, self.links, self.sources, self.open = [], [], [], [], []
        self.feed(source)
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        if "id" in held:
            self.ids.append(held["id"])
        self.links += [held[name] for name in ("href", "src", "srcset", "action") if name in held]
        if tag == "img":
            self.sources.append(held["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)


@pytest.fixture(scope="module")
def report(likeness, filmed, renderer):
    recipe = Recipe(metrics=("psnr", "ssim", "flip"), crop="mask-box")
    items = list(evaluate(likeness, filmed, recipe=recipe, renderer=renderer))
    found = Evaluation.of(
        "Ada <b>&", filmed, recipe, items, unavailable={"lpips": "torchvision is not installed"}
    )
    shown, middle = compare(likeness, filmed, found, worst=2, renderer=renderer)
    notes = (
        ReportNote(0.0, 0.0, "Look </script> here", "cam_01", shown[0].render,
                   (Stroke(((0.1, 0.2), (0.5, 0.5))),)),
        ReportNote(0.04, 0.08, "Two lines\nof text"),
    )  # fmt: skip
    made = datetime(2030, 2, 3, 4, 5, tzinfo=UTC)
    return Report(found, shown, middle, notes, command="mien evaluate a b", made=made)


@pytest.fixture(scope="module")
def page(report):
    return Page(report_page(report))


def test_it_refers_to_nothing_outside(report, page):
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in page.links)
    source = report_page(report)
    assert "@import" not in source
    assert not re.search(r"url\((?!data:)", source)


def test_it_shows_the_worst_and_what_is_usual(report):
    found = report.evaluation
    assert tuple(held.measured for held in report.comparisons) == found.worst("psnr", 2)
    assert report.typical.measured == found.middle("psnr")


def test_links_within_it_lead_somewhere(page):
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_it_says_who_what_and_when(page):
    told = " ".join(page.texts)
    assert "Ada <b>& against Filmed" in told
    assert "3 February 2030" in told
    assert "10 of 12 pictures" in told
    assert "Not available: torchvision is not installed" in told
    assert "mien evaluate a b" in told
    assert "the box around the photograph's mask, with a margin of 5%" in told
    assert METRICS["ssim"].method in told


def test_its_figures_are_the_evaluations(report, page):
    found = report.evaluation
    for metric in found.metrics:
        assert metric.shown(found.mean(metric.name)) in "".join(page.texts)
        for value in found.camera_means(metric.name):
            assert metric.shown(float(value)) in page.texts
    data = json.loads(re.search(r'id="data">(.*?)</script>', report_page(report), re.S)[1])
    psnr = data["metrics"][0]
    assert psnr["mean"] == pytest.approx(found.frame_means("psnr"), abs=0.006)
    assert psnr["table"][2][1] is None


def test_its_pictures_are_the_pictures(report, page, likeness, filmed, renderer):
    assert len(page.sources) == 1 + 3 * 3
    first = report.comparisons[0]
    decoded = [
        np.asarray(PilImage.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
        for source in page.sources
    ]
    # One picture of a note, three of the one in the middle, then the worst.
    for shown, picture in zip(
        decoded[4:7], (first.photograph, first.render, first.difference), strict=True
    ):
        assert shown.shape == picture.shape
        assert np.abs(shown.astype(int) - picture).mean() < 4
    lens = next(h.camera for h in filmed.cameras if h.name == first.measured.camera)
    recipe = report.evaluation.recipe
    frame = first.measured.frame
    photo = photograph(filmed, first.measured.camera, frame, lens=lens, recipe=recipe)
    image = rendered(renderer, likeness.pose(filmed.states[frame]), photo)
    assert first.flip == pytest.approx(flip(image, photo.image), abs=1e-6)
    assert first.flip == pytest.approx(first.measured.values["flip"], abs=1e-6)


def test_a_picture_is_shown_once(report):
    twice = Report(report.evaluation, report.comparisons, report.comparisons[1])
    assert len(Page(report_page(twice)).sources) == 2 * 3


def test_notes_bring_their_picture_and_drawing(report):
    source = report_page(report)
    height, width = report.notes[0].picture.shape[:2]
    assert f'points="{0.1 * width:.1f},{0.2 * height:.1f}' in source
    assert "Look &lt;/script&gt; here" in source
    assert "<p>Two lines</p><p>of text</p>" in source
    assert "0.04 s to 0.08 s" in source


def test_it_is_written_whole(report, tmp_path):
    write_report(tmp_path / "r.html", report)
    assert (tmp_path / "r.html").read_text("utf-8") == report_page(report)
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_single_frame_has_no_curves(report, filmed):
    items = [item for item in report.evaluation.measured if item.frame == 2]
    found = Evaluation.of("x", filmed, report.evaluation.recipe, items)
    source = report_page(Report(found))
    assert 'id="curves"' not in source
    assert 'id="pictures"' not in source
    assert 'id="missing"' not in source
    Page(source)


def test_names_cannot_break_out_of_the_page(filmed, renderer):
    evil = '"><script>alert(1)</script>'
    held = CaptureCamera(evil, filmed.cameras[0].camera, "test")
    items = tuple(Measured(evil, frame, {"psnr": 30.0 + frame}) for frame in range(2))
    found = Evaluation(
        evil, evil, Recipe(metrics=("psnr",)), (held,), (0, 1), (evil, evil + "2"),
        np.array([0.0, 1.0]), items, (held,),
    )  # fmt: skip
    source = report_page(Report(found, title=evil, notes=(ReportNote(0, 1, evil, evil),)))
    Page(source)
    assert "<script>alert" not in source
    assert source.count("<script") == 2


def test_nothing_measured_at_all_makes_a_page(filmed):
    items = [Measured(held.name, frame, missing="gone") for held in filmed.cameras
             for frame in range(3)]  # fmt: skip
    found = Evaluation.of("x", filmed, Recipe(), items)
    told = "".join(Page(report_page(Report(found))).texts)
    assert "0 of 12 pictures" in told


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [(28.3, 32.2, (28, 33)), (0.913, 0.957, (0.9, 0.96)), (5, 5, (2, 8)), (0, 0, (0, 0))],
)
def test_axes_end_at_round_numbers(low, high, ends):
    axis = Axis.over(np.array([low, high, np.nan, np.inf]))
    assert axis.low <= low <= high <= axis.high
    if low < high:
        assert (axis.low, axis.high) == pytest.approx(ends)
    assert 2 <= len(axis.ticks) <= 8
    assert len({axis.label(tick) for tick in axis.ticks}) == len(axis.ticks)


def test_curves_break_where_nothing_was_measured():
    table = np.array([[30.0, 31, np.nan, 33, np.nan]])
    drawn = curves(METRICS["psnr"], table, table[0], [(1, 31.0)])
    line = re.search(r'class="mean" d="([^"]*)"', drawn)[1]
    assert line.count("M") == 2
    assert drawn.count('class="gap"') == 2
    assert drawn.count('class="dot"') == 1


def test_histograms_count_every_picture():
    values = np.random.default_rng(0).normal(30, 2, 200)
    drawn = histogram(np.append(values, np.nan), float(values.mean()))
    heights = [float(height) for height in re.findall(r' height="([\d.]+)"', drawn)]
    counts = np.histogram(values, bins=28)[0]
    assert sum(heights) == pytest.approx(100 * counts.sum() / counts.max(), rel=0.01)
    assert histogram(np.array([1.0, 1, 1]), 1.0) == ""


def test_the_rig_shows_cameras_where_they_stand(filmed):
    drawn = rig_drawing(filmed.cameras, {"cam_00": 0.0, "cam_03": 1.0})
    assert drawn.count('class="held"') == 4
    assert drawn.count('class="idle"') == 4
    above = drawn.split("</figure>")[0]
    places = re.findall(r"translate\((\S+) (\S+)\)[^<]*><title>(\S+),", above)
    x = {name: float(left) for left, _, name in places}
    # From the person's right to their left is from left to right, seen from above.
    assert x["cam_00"] < x["cam_01"] < x["cam_02"] < x["cam_03"]
    assert all(float(down) > 0 for _, down, _ in places)

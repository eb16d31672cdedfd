"""Eyes with corneas under their lids, teeth in their gums, and a mouth that can be looked into."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from mien.template.head import HeadTemplate
from mien.template.sources.mien_head import mien_head

UPPER = ("teeth_upper", "gums_upper")
LOWER = ("teeth_lower", "gums_lower", "tongue")


@pytest.fixture(scope="module")
def head() -> HeadTemplate:
    return mien_head()


def posed(head: HeadTemplate, **weights: float) -> np.ndarray:
    """Return the neutral face with expressions; a name without its side stands for both."""
    points = head.neutral.astype(np.float64)
    for name, weight in weights.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in head.expression_names:
                points = points + weight * head.expression(full)
    return points


def eye(head: HeadTemplate, side: str = "left") -> tuple[np.ndarray, np.ndarray]:
    """Return an eyeball's vertices and its centre."""
    centre = head.joint_positions[head.joint_names.index(f"eye_{side}")].astype(np.float64)
    return head.part_vertices(f"eye_{side}"), centre


def foremost(
    head: HeadTemplate, points: np.ndarray, yaw: float, pitch: float, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Look at the mouth from far away: return the part in each cell of 0.7 mm, -1 for none, and
    whether it turns its outside to the viewer."""
    lips = points[[head.landmarks[f"lip_{lip}_middle"] for lip in ("upper", "lower")]].mean(axis=0)
    turn, tilt = np.radians(yaw), np.radians(pitch)
    forward = np.array([np.sin(turn) * np.cos(tilt), np.sin(tilt), np.cos(turn) * np.cos(tilt)])
    right = np.array([np.cos(turn), 0, -np.sin(turn)])
    axes = np.stack([right, np.cross(forward, right), forward])
    cell = 0.0007
    size = int(width / cell)
    corners = ((points - lips) @ axes.T / cell + [size / 2, size / 2, 0])[head.faces]
    low, high = corners[..., :2].min(axis=1), corners[..., :2].max(axis=1)
    near = np.flatnonzero(((high > 0) & (low < size)).all(axis=1))
    depth = np.full((size, size), -np.inf)
    part, outside = np.full((size, size), -1), np.ones((size, size), bool)
    for face in near:
        (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = corners[face]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        (left, bottom), (far, top) = (
            np.clip(edge[face], 0, size - 1).astype(int) for edge in (low, high)
        )
        if area == 0:
            continue
        x, y = np.meshgrid(np.arange(left, far + 1) + 0.5, np.arange(bottom, top + 1) + 0.5)
        b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        z = z0 + b * (z1 - z0) + c * (z2 - z0)
        here = (slice(bottom, top + 1), slice(left, far + 1))
        nearer = (np.minimum(np.minimum(b, c), 1 - b - c) >= 0) & (z > depth[here])
        depth[here][nearer] = z[nearer]
        part[here][nearer] = head.face_parts[face]
        outside[here][nearer] = area > 0
    return part, outside


@pytest.mark.parametrize("side", ["left", "right"])
def test_eyes_have_a_cornea(head: HeadTemplate, side: str) -> None:
    vertices, centre = eye(head, side)
    away = head.neutral[vertices] - centre
    beside = np.hypot(away[:, 0], away[:, 1])
    cornea = away[(beside < 0.0052) & (away[:, 2] > 0)]
    assert len(cornea) > 300
    # A sphere through it by least squares: |p|^2 = 2 p.c + (r^2 - |c|^2).
    solution = np.linalg.lstsq(
        np.c_[2 * cornea, np.ones(len(cornea))], (cornea**2).sum(axis=1), rcond=None
    )[0]
    radius = np.sqrt(solution[3] + solution[:3] @ solution[:3])
    assert radius == pytest.approx(0.0079, abs=0.0004)
    distance = np.linalg.norm(away, axis=1)
    beyond = distance[(beside > 0.0062) & (beside < 0.008) & (away[:, 2] > 0)]
    assert 0.0008 < distance[beside < 0.001].max() - beyond.mean() < 0.0016


@pytest.mark.parametrize(
    "weights",
    [{}, {"eyeBlink": 0.3}, {"eyeBlink": 0.6}, {"eyeBlink": 1.0}, {"eyeLookDown": 1.0},
     {"eyeLookUp": 1.0}, {"eyeLookOut": 1.0}, {"eyeLookIn": 1.0}, {"eyeSquint": 1.0},
     {"eyeLookOut": 1.0, "eyeBlink": 0.5}, {"eyeLookDown": 1.0, "eyeBlink": 0.5}],
    ids=str,
)  # fmt: skip
def test_lids_stay_off_the_eye(head: HeadTemplate, weights: dict[str, float]) -> None:
    points = posed(head, **weights)
    vertices, centre = eye(head)
    ball = points[vertices] - centre
    reach = np.linalg.norm(ball, axis=1)
    # What lines the socket lies behind the ball and may touch it.
    skin = head.part_vertices("skin")
    lids = points[skin[head.masks["sockets"][skin] < 0.3]] - centre
    distance = np.linalg.norm(lids, axis=1)
    front = (distance < 0.02) & (lids[:, 2] > 0.003)
    toward = lids[front] / distance[front, None]
    _, near = KDTree(ball / reach[:, None]).query(toward, k=3)
    assert (distance[front] - reach[near].mean(axis=1)).min() > -0.00015


@pytest.mark.parametrize("row", ["teeth_upper", "teeth_lower"])
def test_teeth_are_single(head: HeadTemplate, row: str) -> None:
    vertices = head.part_vertices(row)
    faces = np.searchsorted(vertices, head.faces[head.part_faces(row)])
    ends = faces[:, :2].ravel(), faces[:, 1:].ravel()
    links = coo_matrix((np.ones(len(ends[0])), ends), (len(vertices), len(vertices)))
    count, tooth = connected_components(links, directed=False)
    assert count == 14
    middles = np.array([head.neutral[vertices[tooth == k]].mean(axis=0) for k in range(count)])
    widths = np.array([np.ptp(head.neutral[vertices[tooth == k], 0]) for k in range(count)])
    incisors = np.argsort(-middles[:, 2])[:2]
    assert (widths[incisors] > 0.005).all()
    assert (widths[incisors] < 0.0095).all()
    np.testing.assert_allclose(middles[incisors[0]] * [-1, 1, 1], middles[incisors[1]], atol=1e-6)


def test_rows_bite(head: HeadTemplate) -> None:
    """Upper incisors stand before and over lower ones; jaws meet nowhere else by much."""
    upper, lower = (head.neutral[head.part_vertices(f"teeth_{row}")] for row in ("upper", "lower"))
    front_up, front_low = (row[np.abs(row[:, 0]) < 0.004] for row in (upper, lower))
    overbite = front_low[:, 1].max() - front_up[:, 1].min()
    assert 0.001 < overbite < 0.004
    assert 0.001 < front_up[:, 2].max() - front_low[:, 2].max() < 0.005


def test_lower_jaw_carries_its_own(head: HeadTemplate) -> None:
    moved = head.expression("jawOpen")
    for part in UPPER:
        assert np.abs(moved[head.part_vertices(part)]).max() < 0.0003, part
    for part in ("teeth_lower", "gums_lower"):
        assert moved[head.part_vertices(part), 1].max() < -0.005, part
    jaw = head.joint_names.index("jaw")
    for part in LOWER:
        assert head.skin_weights[head.part_vertices(part), jaw].min() == 1, part


def test_tongue_comes_out_and_keeps_its_root(head: HeadTemplate) -> None:
    vertices = head.part_vertices("tongue")
    rest, moved = head.neutral[vertices], head.expression("tongueOut")[vertices]
    lip = head.neutral[head.landmarks["lip_lower_middle"], 2]
    assert rest[:, 2].max() < lip - 0.01
    assert (rest + moved)[:, 2].max() > lip + 0.012
    root = rest[:, 2] < np.quantile(rest[:, 2], 0.05)
    assert np.linalg.norm(moved[root], axis=1).max() < 0.004


@pytest.mark.parametrize(
    ("jaw_open", "yaw", "pitch"), [(0.3, 0, 0), (1.0, 35, 0), (1.0, 0, 30), (0.7, -25, -25)]
)
def test_nobody_sees_through_an_open_mouth(
    head: HeadTemplate, jaw_open: float, yaw: float, pitch: float
) -> None:
    part, outside = foremost(head, posed(head, jawOpen=jaw_open), yaw, pitch, 0.032)
    assert (part >= 0).mean() > 0.8
    assert outside.mean() > 0.998


def test_closed_lips_hide_the_teeth_and_a_smile_shows_them(head: HeadTemplate) -> None:
    rows = [head.part_names.index(part) for part in ("teeth_upper", "teeth_lower")]

    def shown(**weights: float) -> int:
        return int(np.isin(foremost(head, posed(head, **weights), 0, 0, 0.06)[0], rows).sum())

    smile = shown(mouthSmile=1.0, jawOpen=0.15)
    assert smile > 120
    assert shown() < 0.1 * smile

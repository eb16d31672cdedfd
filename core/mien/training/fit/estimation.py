"""Find the surface of a person nobody tracked: by landmarks, else by the hull of the masks."""

from __future__ import annotations

import numpy as np

from mien.avatar.state import NEUTRAL
from mien.avatar.template_rig import rig_from_template
from mien.capture.alignment import similarity
from mien.capture.protocol import Capture
from mien.driving.face_tracker import FaceTracker
from mien.driving.models import find_model
from mien.errors import FileError, ModelMissing
from mien.template.head import HeadTemplate
from mien.training.fit.hull import carve
from mien.training.fit.landmarks import Landmarks, read_landmarks
from mien.training.fit.surface import FitSurface
from mien.training.fit.views import training_photographs
from mien.transforms import Array, apply

_ROUNDS = 6
_LANDMARK_ERROR = 0.003
"""Metres: how well the tracker's points and the template's are the same places."""
_LARGEST_COEFFICIENT = 2.5
_HULL_SPACING = 0.01
_HULL_REACH = 0.35


def estimated_surface(
    capture: Capture, template: HeadTemplate, frames: tuple[int, ...]
) -> FitSurface:
    """Find the surface of an untracked person in one frame.

    Raises:
        FileError: Several frames are wanted: without a tracking nobody knows how they differ.
    """
    frame, *others = frames
    if others:
        raise FileError(
            capture.source,
            "has no tracking, so only one frame of it can be fitted",
            hint="Choose one with --frames",
        )
    found, why = _landmarks(capture, frame)
    if found is None:
        return _by_hull(capture, template, frame, why)
    known = [k for k, name in enumerate(found.names) if name in template.landmarks]
    if len(known) < 8:
        return _by_hull(capture, template, frame, "the template has too few landmarks")
    vertices = [template.landmarks[found.names[k]] for k in known]
    motion, identity = align(template, vertices, found.points[known], fixed=capture.aligned)
    note = f"by {len(known)} landmarks in {found.num_pictures} pictures"
    rig = rig_from_template(template, identity)
    return FitSurface(template, rig, {frame: NEUTRAL}, motion, note)


def align(
    template: HeadTemplate, vertices: list[int], points: Array, *, fixed: bool = False
) -> tuple[Array, np.ndarray]:
    """Return the similarity [4, 4] from landmarks to a template, and the person's identity [D].

    The two are found in turn, each by (regularised) least squares given the other.

    Args:
        template: The head template.
        vertices: Of the landmarks [L].
        points: Where they are in the capture's world [L, 3].
        fixed: Whether the head stands where templates stand already, so that only the identity is
            asked.
    """
    basis = template.identity_basis[:, vertices].reshape(template.num_identity, -1).T
    left = basis.T @ basis + _LANDMARK_ERROR**2 * np.eye(template.num_identity)
    identity = np.zeros(template.num_identity, np.float32)
    motion: Array = np.eye(4)
    for _ in range(_ROUNDS):
        shape = template.neutral[vertices] + (basis @ identity).reshape(-1, 3)
        motion = np.eye(4) if fixed else umeyama(points, shape)
        residual = apply(motion, points) - template.neutral[vertices]
        solved = np.linalg.solve(left, basis.T @ residual.ravel())
        limited = np.clip(solved, -_LARGEST_COEFFICIENT, _LARGEST_COEFFICIENT)
        identity = limited.astype(np.float32)
    return motion, identity


def umeyama(source: Array, target: Array) -> Array:
    """Return the similarity [4, 4] that moves points [L, 3] nearest to others (Umeyama 1991)."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    x, y = source - from_middle, target - to_middle
    u, values, vt = np.linalg.svd(y.T @ x)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = float((values * signs).sum() / max((x**2).sum(), 1e-12))
    return similarity(rotation, to_middle - scale * rotation @ from_middle, scale)


def _landmarks(capture: Capture, frame: int) -> tuple[Landmarks | None, str]:
    """Return the face's landmarks, or why there are none."""
    try:
        tracker = FaceTracker(find_model(), mode="image")
    except ModelMissing as error:
        return None, str(error)
    found = read_landmarks(capture, frame, tracker)
    return found, "" if found else "no two pictures show a face"


def _by_hull(capture: Capture, template: HeadTemplate, frame: int, why: str) -> FitSurface:
    """Put the average head under the crown of the masks' hull, as large and as turned as it is."""
    motion: Array = np.eye(4)
    if not capture.aligned:
        reach = np.full(3, _HULL_REACH)
        photographs = list(training_photographs(capture, (frame,)))
        hull = carve(photographs, -reach, reach, spacing=_HULL_SPACING)
        if hull is not None and hull.occupied.any():
            points, _ = hull.shell()
            top, crown = points[:, 1].max(), template.neutral[:, 1].max()
            head = points[points[:, 1] > top - 0.15]
            middle = (head.min(axis=0) + head.max(axis=0)) / 2
            upper = template.neutral[template.neutral[:, 1] > crown - 0.15]
            aim = (upper.min(axis=0) + upper.max(axis=0)) / 2
            shift = np.array([aim[0] - middle[0], crown - top, aim[2] - middle[2]])
            motion = similarity(np.eye(3), shift)
    note = f"guessed from the masks, because {why}" if not capture.aligned else f"average: {why}"
    return FitSurface(template, rig_from_template(template), {frame: NEUTRAL}, motion, note)

"""Expressions, joints and skin weights of the template; decimetres, body coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from template import tongue
from template.anatomy import Anatomy, neighbourhood
from template.bust import MILLIMETRE, Bust
from template.makehuman import MakeHuman

from mien.template.arkit import ARKIT_NAMES, mirrored_name

GAZE_DEGREES = {"Up": 22.0, "Down": 24.0, "In": 28.0, "Out": 28.0}
"""How far an eye turns at weight one of an eyeLook expression."""

LID_CLEARANCE = 0.008
"""How far the inside of a closed lid stays off the eyeball, in decimetres."""

BLINK_SHARE = 0.93
"""Of MakeHuman's blink: it goes on closing what is closed, even on the widest eyes of the demo."""

GAIN = {"browInnerUp": 1.7, "mouthPucker": 1.15}
"""Factors on MakeHuman's expressions: its inner brows rise by less than five millimetres, and a
face tracker reads that as a quarter of what ARKit means by weight one."""

NARROWING = 0.4
"""How much of mouthPress a pucker undoes, which pulls the corners apart: MakeHuman's brings them in
by four millimetres, a kiss by seven, and a face tracker hardly sees the former."""

EYE_RETREAT = 0.022
"""How far a blink draws the eyeball back, in decimetres: lids move along chords, through it."""

TONGUE_ROOT = (0.35, -65.0, -25.0)
"""How much the root of the tongue follows the jaw's expressions, and between which depths of
`template.tongue` (millimetres) that grows to all of it."""

JOINTS = ("root", "neck", "head", "jaw", "eye_left", "eye_right")
PARENTS = (-1, 0, 1, 2, 2, 2)


def expressions(body: MakeHuman, bust: Bust, anatomy: Anatomy) -> NDArray[np.float64]:
    """Return the offsets [52, V, 3] of ARKIT_NAMES, exactly mirrored between the sides."""
    offsets = np.zeros((len(ARKIT_NAMES), len(anatomy.points), 3))
    for index, name in enumerate(ARKIT_NAMES):
        offsets[index] = GAIN.get(name, 1.0) * (bust.rows @ body.face_unit(name))
        if name == "mouthPucker":
            for side in ("Left", "Right"):
                offsets[index] -= NARROWING * (bust.rows @ body.face_unit(f"mouthPress{side}"))
        elif name.startswith("eyeLook"):
            _turn_eye(offsets[index], name, bust, anatomy)
        elif name.startswith("eyeBlink"):
            ball = bust.part_vertices(f"eye_{name.removeprefix('eyeBlink').lower()}")
            offsets[index] *= BLINK_SHARE
            offsets[index, ball] = [0, 0, -EYE_RETREAT]
        _move_tongue(offsets[index], name, bust)
    flip = np.array([-1, 1, 1])
    order = [ARKIT_NAMES.index(mirrored_name(name)) for name in ARKIT_NAMES]
    # jawLeft and its like carry the side inside their name's end too, so one rule serves all.
    offsets = 0.5 * (offsets + offsets[order][:, anatomy.mirror] * flip)
    _keep_lids_off_eyes(offsets, bust, anatomy)
    return offsets


def _move_tongue(offsets: NDArray, name: str, bust: Bust) -> None:
    vertices = bust.part_vertices("tongue")
    rest = tongue.tongue().points
    if name == "tongueOut":
        offsets[vertices] = MILLIMETRE * (tongue.tongue(tongue.OUT).points - rest)
    else:
        least, root, free = TONGUE_ROOT
        share = np.clip((rest[:, 2] - root) / (free - root), 0, 1)
        offsets[vertices] *= (least + (1 - least) * share)[:, None]


def _turn_eye(offsets: NDArray, name: str, bust: Bust, anatomy: Anatomy) -> None:
    side = "left" if name.endswith("Left") else "right"
    way = name.removeprefix("eyeLook").removesuffix("Left").removesuffix("Right")
    degrees = GAZE_DEGREES[way]
    outward = 1 if side == "left" else -1
    turn = {
        "Up": ("x", -degrees),
        "Down": ("x", degrees),
        "Out": ("y", outward * degrees),
        "In": ("y", -outward * degrees),
    }[way]
    vertices = bust.part_vertices(f"eye_{side}")
    centre = anatomy.eye_centres[0 if side == "left" else 1]
    away = anatomy.points[vertices] - centre
    rotation = Rotation.from_euler(turn[0], turn[1], degrees=True)
    offsets[vertices] = rotation.apply(away) - away


def _keep_lids_off_eyes(offsets: NDArray, bust: Bust, anatomy: Anatomy) -> None:
    """Push what dips into the eyeball at weight one back out, in every expression of the eyes."""
    skin = bust.part_vertices("skin")
    for name in ("eyeBlink", "eyeSquint", "eyeLookDown", "eyeLookUp", "eyeWide", "cheekSquint"):
        for side, centre in zip(("Left", "Right"), anatomy.eye_centres, strict=True):
            moved = offsets[ARKIT_NAMES.index(name + side)]
            places = anatomy.points[skin] + moved[skin]
            before = np.linalg.norm(anatomy.points[skin] - centre, axis=1)
            after = np.linalg.norm(places - centre, axis=1)
            wanted = np.minimum(before, anatomy.eye_radius + LID_CLEARANCE)
            short = np.clip(wanted - after, 0, None)
            short[np.linalg.norm(moved[skin], axis=1) < 1e-4] = 0
            away = (places - centre) / np.maximum(after, 1e-9)[:, None]
            moved[skin] += away * short[:, None]


def joint_positions(body: MakeHuman, anatomy: Anatomy, shape: NDArray) -> NDArray[np.float64]:
    """Return where JOINTS pivot [6, 3]."""
    neck = shape[body.joint("neck")].mean(axis=0)
    head = shape[body.joint("head")].mean(axis=0)
    chest = shape[body.joint("spine-1")].mean(axis=0)
    ears = anatomy.points[anatomy.masks["ears"] > 0.5]
    # The jaw turns about an axis just before the ears' canals.
    hinge = np.array([0, np.median(ears[:, 1]), ears[:, 2].max() + 0.02])
    middle = np.array([0, 1, 1])
    return np.stack([chest * middle, neck * middle, head * middle, hinge, *anatomy.eye_centres])


def skin_weights(
    body: MakeHuman, bust: Bust, anatomy: Anatomy, jaw_open: NDArray, joints: NDArray
) -> NDArray[np.float64]:
    """Return how much each of JOINTS moves each vertex [V, 6]; rows sum to one."""
    count = len(anatomy.points)
    bones = {name: np.asarray(bust.rows @ weight) for name, weight in body.bone_weights.items()}
    trunk = ("spine", "clavicle", "shoulder", "upperarm", "lowerarm", "breast", "pelvis", "root")
    weights = np.zeros((count, len(JOINTS)))
    weights[:, 0] = sum(weight for name, weight in bones.items() if name.startswith(trunk))
    # MakeHuman's neck has three bones where this one has one: the upper ones follow the head too.
    weights[:, 1] = bones["neck01"] + 0.75 * bones["neck02"] + 0.35 * bones["neck03"]
    weights[:, 2] = np.clip(1 - weights[:, 0] - weights[:, 1], 0, 1)
    average = neighbourhood(count, bust.faces[bust.face_parts == 0])
    for _ in range(8):
        weights = average @ weights
    weights[:, 3] = _jaw_share(anatomy, jaw_open, joints[JOINTS.index("jaw")]) * weights[:, 2]
    for _ in range(3):
        weights[:, 3] = average @ weights[:, 3]
    weights[:, 2] -= weights[:, 3]
    for part in ("teeth_upper", "gums_upper", "lashes_left", "lashes_right"):
        weights[bust.part_vertices(part)] = np.eye(len(JOINTS))[2]
    carried = {"teeth_lower": 3, "gums_lower": 3, "tongue": 3, "eye_left": 4, "eye_right": 5}
    for part, joint in carried.items():
        weights[bust.part_vertices(part)] = np.eye(len(JOINTS))[joint]
    flipped = weights[anatomy.mirror][:, [0, 1, 2, 3, 5, 4]]
    weights = np.clip(0.5 * (weights + flipped), 0, 1)
    weights[weights < 0.004] = 0
    return weights / weights.sum(axis=1, keepdims=True)


def _jaw_share(anatomy: Anatomy, jaw_open: NDArray, hinge: NDArray) -> NDArray[np.float64]:
    """Return how much of a turn of the jaw each vertex follows: what jawOpen does of one."""
    turned = np.cross([1.0, 0, 0], anatomy.points - hinge)
    along = (jaw_open * turned).sum(axis=1) / np.maximum((turned**2).sum(axis=1), 1e-9)
    chin = np.linalg.norm(anatomy.points - anatomy.chin, axis=1).argsort()[:12]
    return np.clip(along / along[chin].mean(), 0, 1)

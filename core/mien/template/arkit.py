"""The 52 ARKit expression names, in the one order every AvatarState uses.

Files have other orders: always match by name (`reference/formats.md` of the design).
"""

from __future__ import annotations

ARKIT_NAMES: tuple[str, ...] = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight",
    "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft",
    "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft",
    "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

ARKIT_INDEX = {name: index for index, name in enumerate(ARKIT_NAMES)}

_LOWER = {name.lower(): name for name in ARKIT_NAMES}

FACE_GROUPS: dict[str, tuple[str, ...]] = {
    "Brows": tuple(name for name in ARKIT_NAMES if name.startswith("brow")),
    "Eyes": tuple(
        name for name in ARKIT_NAMES if name.startswith("eye") and not name.startswith("eyeLook")
    ),
    "Gaze": tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook")),
    "Cheeks and nose": tuple(name for name in ARKIT_NAMES if name.startswith(("cheek", "nose"))),
    "Jaw": tuple(name for name in ARKIT_NAMES if name.startswith("jaw")),
    "Mouth": tuple(name for name in ARKIT_NAMES if name.startswith(("mouth", "tongue"))),
}


def canonical_name(name: str) -> str | None:
    """Return the ARKit spelling of a name in any case (`JawOpen`, `jawopen`), or None."""
    return _LOWER.get(name.lower().replace("_", ""))


def mirrored_name(name: str) -> str:
    """Return the name of the other side's expression; the name itself where it has no side."""
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    if name.endswith("Right"):
        return name.removesuffix("Right") + "Left"
    return name

"""Build the head template from MakeHuman's CC0 data: `python packaging/build_template.py`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "core"))

from template import anatomy as anatomy_of  # noqa: E402
from template import rigging  # noqa: E402
from template.atlas import build_atlas  # noqa: E402
from template.bust import PARTS, Bust, build_bust  # noqa: E402
from template.landmarks import find_landmarks  # noqa: E402
from template.makehuman import METRES_PER_UNIT, MakeHuman  # noqa: E402
from template.people import (  # noqa: E402
    People,
    Phenotype,
    attribute_model,
    identity_basis,
    random_person,
)

SEED = 20
NUM_PEOPLE = 400
NUM_COMPONENTS = 40
FACE_IMPORTANCE = {"eyes": 12.0, "brows": 6.0, "nose": 9.0, "mouth": 9.0, "jaw": 4.0,
                   "cheeks": 4.0, "forehead": 2.0, "neck": 0.4}  # fmt: skip
"""How much the variance of each region counts for the identity basis; 1 for those left out."""

AFFINE_PARTS = (
    "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue", "gums_upper", "gums_lower",
)  # fmt: skip
"""What differs between people by an affine map only, and is stored as one."""

EXPRESSION_FLOOR = 5e-5
"""Offsets smaller than this, in metres, are left out of an expression."""


def build() -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Return the template's arrays (metres) and the lists of names that go with them."""
    body = MakeHuman()
    people = People(body)
    average = people.shape(Phenotype())
    bust = build_bust(body, average)
    rng = np.random.default_rng(SEED)
    skull = (body.bone_weights["head"] > 0.9) & (np.arange(len(average)) < 13380)
    shapes, sample = [], [random_person(rng) for _ in range(NUM_PEOPLE)]
    for person in sample:
        shape = people.shape(person)
        # Where a head is says how tall the body is, not who somebody is.
        shape += (average - shape)[skull].mean(axis=0)
        shapes.append(bust.vertices(shape).astype(np.float32))

    # The neutral face is the average phenotype: symmetric, which the mean of a sample is not.
    anatomy = anatomy_of.survey(body, bust, average)
    regions = anatomy_of.regions(bust, anatomy)
    importance = regions @ np.array([FACE_IMPORTANCE.get(n, 1.0) for n in anatomy_of.REGIONS])
    # Who somebody is shows on the skin; eyes and teeth go along.
    importance[bust.part_vertices("skin").max() + 1 :] = 0
    identity, coefficients = identity_basis(np.stack(shapes), NUM_COMPONENTS, importance)
    directions, residual = attribute_model(sample, coefficients)
    offsets = rigging.expressions(body, bust, anatomy)
    joints = rigging.joint_positions(body, anatomy, average)
    jaw_open = offsets[rigging.ARKIT_NAMES.index("jawOpen")]
    weights = rigging.skin_weights(body, bust, anatomy, jaw_open, joints)
    uv, uv_faces = build_atlas(bust, anatomy)
    landmarks = find_landmarks(bust, anatomy, jaw_open)

    head = regions[:, :-1].sum(axis=1) > 0.5
    low, high = anatomy.points[head].min(axis=0), anatomy.points[head].max(axis=0)
    origin = np.array([0, 0.5 * (low[1] + high[1]), 0.5 * (low[2] + high[2])])

    def metres(values: np.ndarray) -> np.ndarray:
        return values * METRES_PER_UNIT

    expressions = metres(offsets)
    which, moved = np.nonzero(np.abs(expressions).max(axis=2) > EXPRESSION_FLOOR)
    arrays = {
        "neutral": metres(anatomy.points - origin).astype(np.float32),
        "faces": bust.faces.astype(np.uint16),
        "face_parts": bust.face_parts.astype(np.uint8),
        "uv": uv.astype(np.float32),
        "uv_faces": uv_faces.astype(np.uint16),
        "expression_starts": np.searchsorted(which, np.arange(len(offsets) + 1)).astype(np.int32),
        "expression_vertices": moved.astype(np.uint16),
        "expression_offsets": (1000 * expressions[which, moved]).astype(np.float16),
        "joint_positions": metres(joints - origin).astype(np.float32),
        "joint_parents": np.array(rigging.PARENTS, np.int32),
        "skin_weights": weights.astype(np.float16),
        "regions": regions.astype(np.float16),
        "masks": np.stack([anatomy.masks[name] for name in anatomy_of.MASKS], 1).astype(np.float16),
        "landmarks": np.array(list(landmarks.values()), np.uint16),
        "mirror": anatomy.mirror.astype(np.uint16),
        "attribute_directions": directions,
        "attribute_residual": residual,
    }
    # In millimetres: half floats are coarse near a metre's millionths.
    people_mm = 1000 * metres(identity)
    maps, dense = affine_identity(people_mm, arrays["neutral"], bust)
    arrays["identity"] = people_mm[:, dense].astype(np.float16)
    arrays["identity_affine"] = maps
    names = {
        "affine_parts": AFFINE_PARTS,
        "name": "mien_head",
        "parts": PARTS,
        "expressions": rigging.ARKIT_NAMES,
        "joints": rigging.JOINTS,
        "regions": anatomy_of.REGIONS,
        "masks": anatomy_of.MASKS,
        "landmarks": list(landmarks),
        "licence": "CC0-1.0",
    }
    return arrays, names


def affine_identity(
    offsets: np.ndarray, neutral: np.ndarray, bust: Bust
) -> tuple[np.ndarray, np.ndarray]:
    """Return the affine maps [Q, D, 4, 3] of AFFINE_PARTS, and which vertices are in none [V].

    Args:
        offsets: The identity basis [D, V, 3].
        neutral: The neutral surface [V, 3].
        bust: The parts.

    Raises:
        ValueError: A part moves otherwise.
    """
    dense = np.ones(len(neutral), bool)
    maps = []
    for part in AFFINE_PARTS:
        vertices = bust.part_vertices(part)
        dense[vertices] = False
        places = np.c_[neutral[vertices], np.ones(len(vertices))].astype(np.float64)
        fitted = np.linalg.pinv(places) @ offsets[:, vertices]
        if np.abs(places @ fitted - offsets[:, vertices]).max() > 0.01:
            raise ValueError(f"people's {part} do not differ by affine maps alone")
        maps.append(fitted)
    return np.stack(maps).astype(np.float32), dense


def main() -> None:
    """Write the template where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "template")
    folder = parser.parse_args().out
    from safetensors.numpy import save_file

    arrays, names = build()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mien_head.safetensors"
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    # One entry of metadata: safetensors writes several in an order that changes from run to run.
    save_file(tensors, path, {"template": json.dumps(names)})
    print(f"{path}: {len(arrays['neutral'])} vertices, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

"""Build the demo people and their performance: `python packaging/build_demo.py`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "core"))

from demo.cast import CAST, Person  # noqa: E402
from demo.figure import paint_person  # noqa: E402
from demo.performance import perform  # noqa: E402
from demo.plan import Plan, make_plan  # noqa: E402
from demo.splats import Splats  # noqa: E402
from template.shapes import surface_of  # noqa: E402

from mien.avatar.kinds.mien_file import save_avatar  # noqa: E402
from mien.avatar.kinds.rigged import RiggedAvatar  # noqa: E402
from mien.avatar.rig import BoundGaussians, Rig, SurfaceBinding  # noqa: E402
from mien.avatar.template_rig import rig_from_template  # noqa: E402
from mien.driving.files import write_track  # noqa: E402
from mien.gaussians.cloud import from_colors  # noqa: E402
from mien.template.head import HeadTemplate  # noqa: E402
from mien.template.sources.mien_head import mien_head  # noqa: E402

DEFAULT = "Ada"
TRACK = "performance.h5"


def rig_of(person: Person, head: HeadTemplate) -> Rig:
    """Return a person's rig: the phenotype's surface with the expression they rest in."""
    surface = surface_of(person.shape, head)
    for name, weight in person.rest.items():
        surface = surface + weight * head.expression(name)
    rest = _rounded(surface, 2.0**-17)
    joints = head.joints_of(rest)
    return rig_from_template(head).replace(rest=rest, joint_positions=joints)


def avatar_of(person: Person, plan: Plan) -> RiggedAvatar:
    """Paint a person and bind the paint to their rig."""
    rig = rig_of(person, plan.head)
    splats = paint_person(person, plan, rig.rest)
    corners = plan.head.faces[splats.triangles]
    regions = np.einsum("nk,nkr->nr", splats.barycentric, plan.head.region_weights[corners])
    return RiggedAvatar(
        person.name,
        rig,
        _bind(splats, rig),
        template=plan.head.name,
        region_weights=regions.astype(np.float32),
    )


def _bind(splats: Splats, rig: Rig) -> BoundGaussians:
    """Bind Gaussians, rounded to steps nobody sees, so that their files stay small."""
    barycentric = np.floor(splats.barycentric * 256 + 0.5) / 256
    barycentric[:, 0] = 1 - barycentric[:, 1] - barycentric[:, 2]
    binding = SurfaceBinding(splats.triangles.astype(np.int32), barycentric.astype(np.float32))
    opacities = np.clip(splats.opacities, 1e-3, 0.995)
    cloud = from_colors(
        splats.means,
        _rounded(splats.quats, 2.0**-8),
        _rounded(np.log(splats.scales), 2.0**-5),
        _rounded(np.log(opacities / (1 - opacities)), 2.0**-4),
        _rounded(splats.colors, 2.0**-8),
    )
    bound = BoundGaussians.from_cloud(rig, binding, cloud)
    offsets = _rounded(bound.offsets, 2.0**-16)
    return BoundGaussians(
        binding, offsets, bound.quats, bound.log_scales, bound.logit_opacities, bound.sh
    )


def _rounded(values: np.ndarray, step: float) -> np.ndarray:
    return (np.round(np.asarray(values, np.float64) / step) * step).astype(np.float32)


def main() -> None:
    """Write the people, the track and their list where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "demo")
    parser.add_argument("--only", nargs="*", help="names of the people to build; all of them")
    arguments = parser.parse_args()
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    plan = make_plan(mien_head())
    for person in CAST:
        if arguments.only and person.name not in arguments.only:
            continue
        avatar = avatar_of(person, plan)
        path = folder / f"{person.name.lower()}.avatar"
        save_avatar(path, avatar)
        print(f"{path}: {avatar.num_gaussians} Gaussians, {path.stat().st_size / 1e6:.2f} MB")
    write_track(folder / TRACK, perform())
    listing = {
        "default": DEFAULT,
        "track": TRACK,
        "people": [
            {"name": p.name, "file": f"{p.name.lower()}.avatar", "description": p.description}
            for p in CAST
        ],
    }
    (folder / "demo.json").write_text(json.dumps(listing, indent=2) + "\n")


if __name__ == "__main__":
    main()

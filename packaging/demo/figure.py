"""Make one demo person: shape, paint, hair and light become bound Gaussians."""

from __future__ import annotations

import numpy as np
from demo import light
from demo.cast import Person
from demo.edges import neckline, smooth_loop
from demo.face_parts import brow_strands, paint_eye, paint_gums, paint_teeth, paint_tongue
from demo.garment import drape, paint_cloth
from demo.hair import NUM_SEGMENTS, STYLES, Scalp, Strands
from demo.layout import Samples, reference, turn_of_tooth
from demo.plan import Plan, normals_at, place_of
from demo.skin import paint_skin
from demo.splats import Splats, discs, join, strokes, unit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mien.capture.synthetic.paint.noise import smoothstep, value_noise
from mien.capture.synthetic.paint.places import scalp

Array = NDArray[np.float64]

COVERING = 0.72
"""Standard deviation of a surface Gaussian, in sides of its cell: closed, yet not blurred."""

CRISP = 0.6
"""The same in the mouth, where teeth should be told apart."""

SKIN_WRAP = np.array([0.38, 0.20, 0.14])
"""How far light wanders under the skin, per channel."""

TO_VIEWER = np.array([0.0, 0.05, 1.0]) / np.sqrt(1.0025)


def paint_person(person: Person, plan: Plan, surface: NDArray) -> Splats:
    """Return all Gaussians of a person whose neutral surface is `surface` [V, 3], metres."""
    studio = Studio(person, plan, np.asarray(surface, np.float64))
    return join(
        [
            studio.skin(), studio.eye(0), studio.eye(1), studio.teeth("teeth_upper"),
            studio.teeth("teeth_lower"), studio.gums("gums_upper"), studio.gums("gums_lower"),
            studio.tongue(), studio.base(), studio.lashes(),
            studio.brows(), studio.beard(), studio.hair(),
            studio.collar(), studio.rim(),
        ]
    )  # fmt: skip


class Studio:
    """One person in the studio's light."""

    def __init__(self, person: Person, plan: Plan, surface: Array) -> None:
        self.person, self.plan, self.head, self.surface = person, plan, plan.head, surface
        self.rng = np.random.default_rng(person.seed)
        self.strands = self._comb()
        opaque = self.strands.opacities.ravel()
        sizes = self.strands.sizes.reshape(-1, 3)
        solid = np.isin(
            self.head.face_parts,
            [self.head.part_names.index(p) for p in ("skin", "eye_left", "eye_right")],
        )
        # A tuft's weight: the area it covers, in cells of the grid that shadows are cast through.
        weight = 2.4 * opaque * sizes[:, 0] * sizes[:, 1] / (1000 * light.VOXEL) ** 2
        self.shadows = light.Shadows(
            surface, self.head.faces[solid].astype(np.int64),
            self.strands.centres.reshape(-1, 3) / 1000, weight,
        )  # fmt: skip

    def _comb(self) -> Strands:
        head, plan = self.head, self.plan
        neutral = 1000 * plan.roots.at(head.neutral, head.faces)
        fine = plan.covers["skin"].sites
        shape = (len(neutral), NUM_SEGMENTS, 3)
        ears = plan.roots.at(head.masks["ears"], head.faces)
        where = Scalp(
            1000 * plan.roots.at(self.surface, head.faces),
            neutral,
            normals_at(head, self.surface, plan.roots),
            scalp(neutral, ears, self.person.hair.hairline),
            (1000 * plan.tufts.at(self.surface, head.faces)).reshape(shape),
            normals_at(head, self.surface, plan.tufts).reshape(shape),
            1000 * fine.at(self.surface, head.faces),
            normals_at(head, self.surface, fine),
        )
        return STYLES[self.person.hair.style](where, self.rng)

    def skin(self) -> Splats:
        """Paint the skin, and what covers it."""
        person, head = self.person, self.head
        cover = self.plan.covers["skin"]
        place = place_of(head, cover.samples)
        cloth = drape(person.garment, place.mm)
        albedo, gloss = paint_skin(person, place)
        under = scalp(place.mm, place.mask["ears"], person.hair.hairline)
        strength = {"afro": 0.93, "tousled": 0.86}.get(person.hair.style, 0.9)
        grain = 0.86 + 0.5 * value_noise(place.mm / 1000, 650, 71)
        root = light.to_linear(person.hair.root)
        shade = np.clip(strength * under * grain, 0, 0.96)[:, None]
        albedo = albedo * (1 - shade) + shade * root * 0.8
        gloss = gloss * (1 - shade[:, 0])
        fabric = paint_cloth(person.garment, cloth, place.mm, person.seed)
        albedo = albedo * (1 - cloth.cover[:, None]) + cloth.cover[:, None] * fabric
        gloss = gloss * (1 - cloth.cover)
        color = cover.average(np.c_[albedo, gloss, cloth.cover, cloth.lift])
        means = cover.sites.at(self.surface, head.faces)
        normals = normals_at(head, self.surface, cover.sites)
        covered = color[:, 4:5]
        means = means + normals * color[:, 5:6]
        seen = self.shadows.visibility(means, normals)
        wrap = SKIN_WRAP
        lit = light.diffuse(normals, seen, wrap)
        plain = light.diffuse(normals, seen, np.array([0.12, 0.12, 0.12]))
        lit = self._open_folds(cover.sites, normals, lit)
        lit = self._scatter(means, lit)
        lit = lit * (1 - covered) + covered * plain
        sheen = light.gloss(normals, seen, np.broadcast_to(TO_VIEWER, normals.shape), 22)
        sheen = 0.034 * sheen * color[:, 3:4]
        linear = self._crisp(cover, color[:, :3]) * lit + sheen
        size = COVERING * cover.sizes * self._growth(cover)
        scales = np.stack([size, size, 0.16 * size], axis=1)
        return Splats(
            cover.sites.triangles, cover.sites.barycentric, means, discs(normals), scales,
            np.full(len(means), 0.985), light.to_display(linear),
        )  # fmt: skip

    def _open_folds(self, sites: Samples, normals: Array, lit: Array) -> Array:
        """Light what a blink unfolds as it is lit then: the open fold's dark would stay on it."""
        head = self.head
        blink = head.expression("eyeBlinkLeft") + head.expression("eyeBlinkRight")
        moved = np.linalg.norm(sites.at(blink, head.faces), axis=1)
        lids = np.flatnonzero(moved > 3e-4)
        closed = self.surface + blink
        shadows = light.Shadows(
            closed, self.shadows.faces, self.shadows.strands, self.shadows.weight
        )
        spots = sites.take(lids)
        toward = normals_at(head, closed, spots)
        seen = shadows.visibility(spots.at(closed, head.faces), toward)
        share = smoothstep(0.0004, 0.0025, moved[lids])[:, None]
        lit = lit.copy()
        lit[lids] = (1 - share) * lit[lids] + share * 0.92 * light.diffuse(toward, seen, SKIN_WRAP)
        return lit

    def _growth(self, cover) -> Array:
        """Return how much larger this person's cells are than the average person's [N]."""
        means = cover.sites.at(self.surface, self.head.faces)
        average = cover.sites.at(reference(self.head), self.head.faces)
        means = means + average - cover.sites.at(self.head.neutral, self.head.faces)
        near = cKDTree(average).query(average, k=7)[1][:, 1:]
        now = np.linalg.norm(means[near] - means[:, None], axis=2).mean(axis=1)
        then = np.linalg.norm(average[near] - average[:, None], axis=2).mean(axis=1)
        return np.clip(now / np.maximum(then, 1e-6), 0.7, 1.5)

    def _scatter(self, means: Array, lit: Array) -> Array:
        """Blur light over the skin, red farthest: what scattering below it does."""
        _, near = cKDTree(means).query(means, k=12)
        soft = lit[near].mean(axis=1)
        softer = soft[near].mean(axis=1)
        share = np.array([0.65, 0.32, 0.2])
        return lit * (1 - share) + share * (0.5 * soft + 0.5 * softer)

    def _crisp(self, cover, albedo: Array) -> Array:
        """Sharpen paint against the blur of overlapping Gaussians."""
        points = cover.sites.at(reference(self.head), self.head.faces)
        _, near = cKDTree(points).query(points, k=7)
        return np.clip(
            albedo + 0.3 * (albedo - albedo[near].mean(axis=1)), 0.4 * albedo, 1.6 * albedo
        )

    def eye(self, side: int) -> Splats:
        """Paint an eyeball."""
        part = ("eye_left", "eye_right")[side]
        cover, head = self.plan.covers[part], self.head
        centre = head.joints_of(self.surface)[head.joint_names.index(part)]
        fine = unit(cover.samples.at(self.surface, head.faces) - centre)
        albedo, window = paint_eye(self.person, fine, side)
        color = cover.average(np.c_[albedo, window])
        means = cover.sites.at(self.surface, head.faces)
        normals = unit(means - centre)
        seen = self.shadows.visibility(means, normals)
        lit = light.diffuse(normals, seen, np.array([0.45, 0.4, 0.4]))
        # A ball in a socket: the upper lid and its lashes shade its top, wet light fills the rest.
        lid = 1 - 0.42 * smoothstep(0.10, 0.34, normals[:, 1])
        linear = color[:, :3] * (0.25 + 0.85 * lit) * lid[:, None] + color[:, 3:]
        size = COVERING * cover.sizes * 1.0
        scales = np.stack([size, size, 0.12 * size], axis=1)
        return Splats(
            cover.sites.triangles, cover.sites.barycentric, means, discs(normals), scales,
            np.full(len(means), 0.99), light.to_display(linear),
        )  # fmt: skip

    def _solid(self, part: str, albedo: Array, shade: float) -> Splats:
        cover, head = self.plan.covers[part], self.head
        means = cover.sites.at(self.surface, head.faces)
        normals = normals_at(head, self.surface, cover.sites)
        seen = self.shadows.visibility(means, normals)
        lit = light.diffuse(normals, seen, np.array([0.5, 0.4, 0.4]))
        linear = cover.average(albedo) * (shade + (1 - shade) * lit)
        size = (COVERING if part == "base" else CRISP) * cover.sizes
        scales = np.stack([size, size, 0.2 * size], axis=1)
        return Splats(
            cover.sites.triangles, cover.sites.barycentric, means, discs(normals), scales,
            np.full(len(means), 0.98), light.to_display(linear),
        )  # fmt: skip

    def teeth(self, part: str) -> Splats:
        """Paint a row of teeth; the mouth is lit as if a little open."""
        samples = self.plan.covers[part].samples
        mm = 1000 * samples.at(self.head.neutral, self.head.faces)
        normals = normals_at(self.head, self.head.neutral, samples)
        turn = turn_of_tooth(self.head, part, samples)
        return self._solid(part, paint_teeth(mm, normals, turn, upper=part == "teeth_upper"), 0.8)

    def gums(self, part: str) -> Splats:
        """Paint gums with the palate or the floor of the mouth."""
        samples = self.plan.covers[part].samples
        mm = 1000 * samples.at(self.head.neutral, self.head.faces)
        normals = normals_at(self.head, self.head.neutral, samples)
        return self._solid(part, paint_gums(mm, normals), 0.7)

    def tongue(self) -> Splats:
        """Paint the tongue."""
        samples = self.plan.covers["tongue"].samples
        mm = 1000 * samples.at(self.head.neutral, self.head.faces)
        normals = normals_at(self.head, self.head.neutral, samples)
        return self._solid("tongue", paint_tongue(mm, normals), 0.7)

    def base(self) -> Splats:
        """Paint the underside of the bust in the garment's shadow."""
        cover = self.plan.covers["base"]
        dark = 0.35 * light.to_linear(self.person.garment.color) + 0.004
        return self._solid("base", np.tile(dark, (len(cover.cells), 1)), 0.5)

    def collar(self) -> Splats:
        """Lay a rope along the garment's neckline."""
        garment, cover = self.person.garment, self.plan.covers["skin"]
        mm = 1000 * cover.samples.at(self.head.neutral, self.head.faces)
        spots = neckline(garment, cover.samples, mm)
        high = 0.0034 if garment.neckline == "collar" else 0.0026
        return self._rope(spots, self.plan.neckline, high, 1.0 * light.to_linear(garment.trim))

    def rim(self) -> Splats:
        """Hem the bust where it is cut."""
        return self._rope(
            self.plan.rim, self.plan.rim, 0.0012, light.to_linear(self.person.garment.color)
        )

    def _rope(self, spots: Samples, bound: Samples, lift: float, albedo: Array) -> Splats:
        normals = unit(smooth_loop(normals_at(self.head, self.surface, spots), 6))
        means = spots.at(self.surface, self.head.faces) + lift * normals
        means = smooth_loop(means, 6)
        span = 0.5 * (np.roll(means, -1, axis=0) - np.roll(means, 1, axis=0))
        length = np.linalg.norm(span, axis=1)
        seen = self.shadows.visibility(means, normals)
        lit = light.diffuse(normals, seen, np.array([0.15, 0.15, 0.15]))
        thick = np.full(len(means), 0.0015)
        scales = np.stack([np.maximum(0.62 * length, 1e-3), thick, 0.8 * thick], axis=1)
        return Splats(
            bound.triangles, bound.barycentric, means, strokes(span, normals), scales,
            np.full(len(means), 0.96), light.to_display(albedo * lit),
        )  # fmt: skip

    def lashes(self) -> Splats:
        """Draw the lashes along their cards, fanned out and thinning to their tips."""
        parts = []
        for part, sign in (("lashes_left", 1), ("lashes_right", -1)):
            samples, head = self.plan.lashes[part], self.head
            means = samples.at(self.surface, head.faces)
            centre = self.surface[head.part_vertices(part.replace("lashes", "eye"))].mean(axis=0)
            out = unit(means - centre)
            upper = means[:, 1] - centre[1] > -0.001
            lean = np.c_[
                1.6 * (means[:, 0] - centre[0]) / 0.02, np.where(upper, 0.9, -0.9), 0.9 + 0 * upper
            ]
            tangent = unit(0.5 * out + unit(lean) + 0.12 * self.rng.normal(size=out.shape))
            outer = smoothstep(-0.010, 0.014, sign * (means[:, 0] - centre[0]))
            length = np.where(upper, 1.05, 0.5) * (0.7 + 0.5 * outer) * 1e-3
            opacity = self.person.lashes * np.where(upper, 0.50, 0.13) * (0.7 + 0.3 * outer)
            scales = np.stack([length, 0.00013 + 0 * length, 0.00009 + 0 * length], axis=1)
            ink = np.tile([0.055, 0.042, 0.038], (len(means), 1))
            parts.append(
                Splats(
                    samples.triangles, samples.barycentric, means, strokes(tangent, out), scales,
                    np.clip(opacity, 0, 0.95), ink,
                )
            )  # fmt: skip
        return join(parts)

    def brows(self) -> Splats:
        """Draw the brows hair by hair on the person's own skin."""
        person, plan = self.person, self.plan
        centre, direction, length, opacity, tone = brow_strands(
            person, plan.brow_along, plan.brow_across, self.rng
        )
        cover = plan.covers["skin"]
        neutral = 1000 * cover.samples.at(self.head.neutral, self.head.faces)
        front = np.flatnonzero((neutral[:, 2] > 50) & (neutral[:, 1] > 0) & (neutral[:, 1] < 45))
        base = light.to_linear(person.brows.color)
        parts = []
        for side, sign in (("left", 1), ("right", -1)):
            near = cKDTree(neutral[front, :2] * [sign, 1]).query(centre)[1]
            spots = cover.samples.take(front[near])
            normals = normals_at(self.head, self.surface, spots)
            means = spots.at(self.surface, self.head.faces) + 0.00045 * normals
            flat = np.c_[sign * direction[:, 0], direction[:, 1], 0 * tone]
            tangent = unit(flat - normals * (flat * normals).sum(axis=1, keepdims=True))
            seen = self.shadows.visibility(means, normals)
            lit = light.diffuse(normals, seen, np.array([0.4, 0.4, 0.4]))
            linear = base * tone[:, None] * (0.3 + 0.75 * lit)
            scales = np.stack(
                [0.30e-3 * length, 0.00030 + 0 * length, 0.00012 + 0 * length], axis=1
            )
            bound = plan.brows[side]
            parts.append(
                Splats(
                    bound.triangles, bound.barycentric, means, strokes(tangent, normals), scales,
                    opacity, light.to_display(linear),
                )
            )  # fmt: skip
        return join(parts)

    def beard(self) -> Splats:
        """Grow the beard's hairs; who has none has them at no opacity."""
        person, samples, rng = self.person, self.plan.beard, self.rng
        means = samples.at(self.surface, self.head.faces)
        normals = normals_at(self.head, self.surface, samples)
        length = person.beard.length_mm * rng.uniform(0.6, 1.1, len(means)) * 1e-3
        down = np.array([0.0, -1.0, 0.25]) + 0.28 * rng.normal(size=means.shape)
        outward = np.c_[0.5 * np.sign(means[:, 0]), np.zeros((len(means), 2))]
        flat = down + outward
        tangent = unit(
            unit(flat - normals * (flat * normals).sum(axis=1, keepdims=True)) + 0.55 * normals
        )
        mm = 1000 * samples.at(self.head.neutral, self.head.faces)
        chin = smoothstep(-72, -92, mm[:, 1]) * smoothstep(40, 20, np.abs(mm[:, 0]))
        length = length * (0.75 + 0.6 * chin)
        centres = means + normals * 0.0002 + 0.42 * tangent * length[:, None]
        seen = self.shadows.visibility(centres, normals)
        grey = (rng.random(len(means)) < person.beard.grey * (0.5 + chin))[:, None]
        albedo = light.to_linear(person.beard.color) * rng.uniform(0.7, 1.5, (len(means), 1))
        albedo = np.where(grey, 0.5 * albedo + 0.5 * light.to_linear((0.42, 0.40, 0.39)), albedo)
        linear = light.hair_light(tangent, seen, albedo, 0.35)
        shown = 0.0 if person.beard.length_mm == 0 else 0.85
        scales = np.stack(
            [np.maximum(0.40 * length, 2e-4), 0.00034 + 0.02 * length, 0.00020 + 0 * length], axis=1
        )
        return Splats(
            samples.triangles, samples.barycentric, centres, strokes(tangent, normals), scales,
            shown * rng.uniform(0.6, 1.0, len(means)), light.to_display(linear),
        )  # fmt: skip

    def hair(self) -> Splats:
        """Light and colour the strands."""
        person, strands, rng = self.person, self.strands, self.rng
        count = strands.opacities.size
        centres = strands.centres.reshape(-1, 3) / 1000
        tangents, normals = strands.tangents.reshape(-1, 3), strands.normals.reshape(-1, 3)
        along = np.tile((np.arange(NUM_SEGMENTS) + 0.5) / NUM_SEGMENTS, len(strands.opacities))
        strand = np.repeat(rng.normal(0, 1, len(strands.opacities)), NUM_SEGMENTS)
        root, tip = light.to_linear(person.hair.root), light.to_linear(person.hair.tip)
        mix = np.clip(along * 0.85 + 0.16 * strand + 0.1 * rng.normal(size=count), 0, 1)[:, None]
        albedo = root * (1 - mix) + tip * mix
        locks = 1 + 0.35 * value_noise(
            self.plan.roots.at(self.head.neutral, self.head.faces), 90, 55
        )
        albedo = albedo * (np.repeat(locks, NUM_SEGMENTS) * (1 + 0.13 * strand))[:, None]
        grey = (rng.random(count) < person.hair.grey)[:, None] * rng.uniform(0.2, 0.7, (count, 1))
        albedo = np.clip(albedo, 0.002, 1) * (1 - grey) + grey * light.to_linear((0.5, 0.48, 0.46))
        seen = self.shadows.visibility(centres, normals, hair_gain=0.55)
        # A strand on a head is lit from outside only: half of the room is behind the scalp.
        facing = np.clip(0.35 + 0.65 * (normals @ light.directions().T), 0, 1).T
        linear = light.hair_light(tangents, seen * facing, albedo, 0.55 * person.hair.shine)
        roots = self.plan.roots
        return Splats(
            np.repeat(roots.triangles, NUM_SEGMENTS),
            np.repeat(roots.barycentric, NUM_SEGMENTS, axis=0),
            centres,
            strokes(tangents, normals),
            strands.sizes.reshape(-1, 3) / 1000,
            strands.opacities.ravel(),
            light.to_display(linear),
        )

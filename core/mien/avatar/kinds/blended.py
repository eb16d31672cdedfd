"""Blend avatars that share a template, and take regions of the face from single ones.

Blending works on the rigs, not on poses: the result is an avatar of its own, so driving a blend of
five people costs what driving one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.avatar.kinds.rigged import RiggedAvatar
from mien.avatar.kinds.static import StaticAvatar
from mien.avatar.protocol import DEFAULT_SOFTNESS, REGIONS, Avatar, Mixable, Riggable
from mien.avatar.regions import owned_masks, soft_masks, to_gaussians
from mien.avatar.rig import BoundGaussians, Float32, Rig, SurfaceBinding
from mien.avatar.tone import apply_changes, tone_changes
from mien.errors import IncompatibleAvatars
from mien.gaussians.blending import blend_clouds, blend_weights, mean_quats, mix, padded_harmonics


def blend(
    avatars: Sequence[Avatar],
    weights: ArrayLike,
    *,
    regions: Mapping[str, int] | None = None,
    softness: float = DEFAULT_SOFTNESS,
    match_tone: bool = True,
    name: str | None = None,
) -> Avatar:
    """Blend avatars into a new one.

    With the whole weight on one of them, the result is that avatar itself.

    Args:
        avatars: A of them, all on one template.
        weights: How much of each [A], not negative; scaled to sum to one.
        regions: Which avatar (an index) a region of REGIONS is taken from instead.
        softness: Width of the borders between regions, metres.
        match_tone: Whether the skin of a region takes the tone of the skin around it.
        name: What to call the result.

    Raises:
        IncompatibleAvatars: Their Gaussians do not correspond, or their regions are unknown.
        ValueError: The weights or regions are not as they must be.
    """
    taken = dict(regions or {})
    _check_regions(taken, len(avatars))
    shares = blend_weights(weights, len(avatars), 1)[:, 0]
    # A region taken from the one that everything else is taken from changes nothing.
    whole = int(np.argmax(shares))
    if shares[whole] == 1 and all(index == whole for index in taken.values()):
        return avatars[whole]
    label = name or " + ".join(
        dict.fromkeys(avatar.name for i, avatar in enumerate(avatars) if i in _used(shares, taken))
    )
    mixed = _mixed(avatars, shares, taken, (softness, match_tone), label)
    if mixed is not None:
        return mixed
    avatars = [each.rigged if isinstance(each, Riggable) else each for each in avatars]
    _check_compatible(avatars)
    kept = _used(shares, taken)
    taken = {region: kept.index(index) for region, index in taken.items()}
    avatars, shares = [avatars[i] for i in kept], shares[kept]
    if all(isinstance(avatar, RiggedAvatar) for avatar in avatars):
        rigged = [avatar for avatar in avatars if isinstance(avatar, RiggedAvatar)]
        return _blend_rigged(rigged, shares, taken, (softness, match_tone), label)
    static = [avatar for avatar in avatars if isinstance(avatar, StaticAvatar)]
    return _blend_static(static, shares, taken, label)


def _used(shares: Float32, regions: Mapping[str, int]) -> list[int]:
    """Return which avatars take part."""
    return [i for i in range(len(shares)) if shares[i] > 0 or i in regions.values()]


def _mixed(
    avatars: Sequence[Avatar],
    shares: Float32,
    regions: Mapping[str, int],
    borders: tuple[float, bool],
    name: str,
) -> Avatar | None:
    """Return the blend of what avatars are made of, where one of them can make that."""
    kept = _used(shares, regions)
    those = [avatars[i] for i in kept]
    mixer = next((avatar for avatar in those if isinstance(avatar, Mixable)), None)
    if mixer is None:
        return None
    taken = {region: kept.index(index) for region, index in regions.items()}
    softness, match_tone = borders
    return mixer.mixed(
        those, shares[kept], regions=taken, softness=softness, match_tone=match_tone, name=name
    )


def _check_regions(regions: Mapping[str, int], num_avatars: int) -> None:
    for region, index in regions.items():
        if region not in REGIONS:
            raise ValueError(f"no region {region!r}; there are {', '.join(REGIONS)}")
        if not 0 <= index < num_avatars:
            raise ValueError(f"{region} is taken from avatar {index} of {num_avatars}")


def _check_compatible(avatars: Sequence[Avatar]) -> None:
    first = avatars[0]
    for other in avatars[1:]:
        pair = f"{first.name} and {other.name} cannot be blended"
        if first.template is None or other.template is None:
            lacking = first if first.template is None else other
            raise IncompatibleAvatars(
                f"{pair}: {lacking.name} is not built on a shared template",
                hint="Only avatars whose Gaussians correspond one to one can be blended",
            )
        if first.template != other.template:
            raise IncompatibleAvatars(
                f"{pair}: one is built on {first.template}, the other on {other.template}"
            )
        if first.num_gaussians != other.num_gaussians:
            raise IncompatibleAvatars(
                f"{pair}: {first.num_gaussians} Gaussians against {other.num_gaussians}"
            )
        if type(first) is not type(other) or not isinstance(other, RiggedAvatar | StaticAvatar):
            raise IncompatibleAvatars(f"{pair}: one is {first.kind}, the other {other.kind}")
        if isinstance(first, RiggedAvatar) and isinstance(other, RiggedAvatar):
            fault = _rig_fault(first, other)
            if fault:
                raise IncompatibleAvatars(f"{pair}: {fault}")


def _rig_fault(first: RiggedAvatar, other: RiggedAvatar) -> str:
    a, b = first.rig, other.rig
    if not _same(a.faces, b.faces) or a.num_vertices != b.num_vertices:
        return "their surfaces have different triangles"
    if a.joint_names != b.joint_names or not _same(a.joint_parents, b.joint_parents):
        return "their skeletons have different joints"
    if not _same(a.skin_joints, b.skin_joints):
        return "their surfaces hang on different joints"
    if not _same(first.gaussians.binding.triangles, other.gaussians.binding.triangles):
        return "their Gaussians are bound to different triangles"
    return ""


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a is b or np.array_equal(a, b)


def _region_shares(shares: Float32, masks: Float32, regions: Mapping[str, int]) -> Float32:
    """Return weights [A, P] of places with masks [P, R]: the regions' owners before the blend."""
    result = np.repeat(shares[:, None], len(masks), axis=1).astype(np.float32)
    for region, index in regions.items():
        mask = masks[:, REGIONS.index(region)]
        owner = np.zeros((len(shares), 1), np.float32)
        owner[index] = 1
        result += (owner - shares[:, None]) * mask
    result = np.clip(result, 0, 1)
    return result / result.sum(axis=0)


def _unknown_regions(avatar: Avatar) -> IncompatibleAvatars:
    return IncompatibleAvatars(
        f"the face regions of {avatar.name} are not known, so none can be taken"
    )


def _blend_static(
    avatars: Sequence[StaticAvatar], shares: Float32, regions: Mapping[str, int], name: str
) -> StaticAvatar:
    first = avatars[0]
    weights = shares
    if regions:
        if first.region_weights is None:
            raise _unknown_regions(first)
        weights = _region_shares(shares, first.region_weights, regions)
    cloud = blend_clouds([avatar.cloud for avatar in avatars], weights)
    return StaticAvatar(name, cloud, first.template, first.region_weights)


def _blend_rigged(
    avatars: Sequence[RiggedAvatar],
    shares: Float32,
    regions: Mapping[str, int],
    borders: tuple[float, bool],
    name: str,
) -> RiggedAvatar:
    first = avatars[0]
    bound = [avatar.gaussians for avatar in avatars]
    softness, match_tone = borders
    masks = _masks(first, softness) if regions else None
    of_vertices, of_gaussians = _shares(first, shares, regions, masks)
    barycentric = bound[0].binding.barycentric
    if not all(_same(barycentric, each.binding.barycentric) for each in bound):
        barycentric = mix([each.binding.barycentric for each in bound], of_gaussians)
    sh = mix(padded_harmonics([each.sh for each in bound]), of_gaussians)
    if masks is not None and match_tone:
        sh = _toned(sh, avatars, shares, regions, masks)
    gaussians = BoundGaussians(
        SurfaceBinding(bound[0].binding.triangles, barycentric),
        mix([each.offsets for each in bound], of_gaussians),
        mean_quats([each.quats for each in bound], of_gaussians),
        mix([each.log_scales for each in bound], of_gaussians),
        mix([each.logit_opacities for each in bound], of_gaussians),
        sh,
    )
    return RiggedAvatar(
        name,
        _blend_rigs([avatar.rig for avatar in avatars], of_vertices),
        gaussians,
        template=first.template,
        region_weights=first.region_weights,
        sibling=first.deformer,
    )


def _masks(avatar: RiggedAvatar, softness: float) -> Float32:
    distances = avatar.region_distances
    if distances is None:
        raise _unknown_regions(avatar)
    return soft_masks(distances, softness)


def _shares(
    avatar: RiggedAvatar, shares: Float32, regions: Mapping[str, int], masks: Float32 | None
) -> tuple[Float32, Float32]:
    """Return the weights of the avatars at each vertex [A, V] and each Gaussian [A, N]."""
    if masks is None:
        of_vertices = blend_weights(shares, len(shares), avatar.rig.num_vertices)
        return of_vertices, blend_weights(shares, len(shares), avatar.num_gaussians)
    of_vertices = _region_shares(shares, masks, regions)
    of_gaussians = to_gaussians(of_vertices.T, avatar.gaussians.binding, avatar.rig.faces).T
    return np.ascontiguousarray(of_vertices), np.ascontiguousarray(of_gaussians)


def _toned(
    sh: Float32,
    avatars: Sequence[RiggedAvatar],
    shares: Float32,
    regions: Mapping[str, int],
    masks: Float32,
) -> Float32:
    """Return harmonics [N, K, 3] with the regions' skin in the tone of what is around them."""
    first = avatars[0]
    around = np.zeros_like(first.tone)
    for share, avatar in zip(shares, avatars, strict=True):
        around += share * avatar.tone if share > 0 else 0
    changes = np.zeros_like(around)
    for owner, mask in owned_masks(regions, masks).items():
        changes += tone_changes(around, avatars[owner].tone, mask, first.deformer.frames.topology)
    return apply_changes(sh, to_gaussians(changes, first.gaussians.binding, first.rig.faces))


def _blend_rigs(rigs: Sequence[Rig], of_vertices: Float32) -> Rig:
    first = rigs[0]
    changes: dict[str, object] = {"rest": mix([rig.rest for rig in rigs], of_vertices)}
    if not all(_same(first.skin_weights, rig.skin_weights) for rig in rigs):
        changes["skin_weights"] = mix([rig.skin_weights for rig in rigs], of_vertices)
    changes["joint_positions"] = mix(
        [rig.joint_positions for rig in rigs], _of_joints(first, of_vertices)
    )
    if not all(_same_shapes(first, rig) for rig in rigs):
        changes |= _blend_shapes(rigs, of_vertices)
    return first.replace(**changes)


def _of_joints(rig: Rig, of_vertices: Float32) -> Float32:
    """Return the weights of the avatars at each joint [A, J]: those of what it carries."""
    shares = np.empty((len(of_vertices), len(rig.joint_names)), np.float32)
    for joint in range(len(rig.joint_names)):
        carried = (rig.skin_weights * (rig.skin_joints == joint)).sum(axis=1)
        if carried.sum() <= 0:
            carried = np.ones(rig.num_vertices, np.float32)
        # Sums and not a matrix product, whose threads would fight the kernels' for the cores.
        shares[:, joint] = (of_vertices * carried).sum(axis=1) / carried.sum()
    return shares / shares.sum(axis=0)


def _same_shapes(a: Rig, b: Rig) -> bool:
    return (
        a.expression_names == b.expression_names
        and _same(a.shape_starts, b.shape_starts)
        and _same(a.shape_vertices, b.shape_vertices)
        and _same(a.shape_deltas, b.shape_deltas)
    )


def _blend_shapes(rigs: Sequence[Rig], of_vertices: Float32) -> dict[str, object]:
    """Blend morph targets that differ: an expression that one avatar lacks is zero there."""
    names = tuple(dict.fromkeys(name for rig in rigs for name in rig.expression_names))
    v = rigs[0].num_vertices
    keys = [_entry_keys(rig, names) for rig in rigs]
    union = np.unique(np.concatenate(keys))
    deltas = np.zeros((len(union), 3), np.float32)
    for rig, own, shares in zip(rigs, keys, of_vertices, strict=True):
        deltas[np.searchsorted(union, own)] += shares[own % v, None] * rig.shape_deltas
    return {
        "expression_names": names,
        "shape_starts": np.searchsorted(union, np.arange(len(names) + 1) * v),
        "shape_vertices": union % v,
        "shape_deltas": deltas,
    }


def _entry_keys(rig: Rig, names: Sequence[str]) -> NDArray[np.int64]:
    places = np.array([names.index(name) for name in rig.expression_names], np.int64)
    shapes = np.repeat(places, np.diff(rig.shape_starts))
    return shapes * rig.num_vertices + rig.shape_vertices

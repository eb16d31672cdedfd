"""Blend corresponding clouds, Gaussian by Gaussian: rotations on the sphere, the rest linearly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from mien.gaussians.cloud import Float32, GaussianCloud
from mien.threads import kernel_turn


def blend_weights(weights: ArrayLike, num_blended: int, num_gaussians: int) -> Float32:
    """Return weights [A, N] that sum to one over A, from weights [A] or [A, N].

    Raises:
        ValueError: They have another shape, or are negative, not finite or all zero somewhere.
    """
    given = np.asarray(weights, np.float64)
    if given.ndim == 1:
        given = given[:, None]
    if given.ndim != 2 or len(given) != num_blended or given.shape[1] not in (1, num_gaussians):
        raise ValueError(f"{num_blended} weights expected, each one number or one a Gaussian")
    totals = given.sum(axis=0)
    if not np.isfinite(given).all() or (given < 0).any() or (totals <= 0).any():
        raise ValueError("weights must be finite, not negative and not all zero")
    shares = (given / totals).astype(np.float32)
    return np.ascontiguousarray(np.broadcast_to(shares, (num_blended, num_gaussians)))


def blend_clouds(clouds: Sequence[GaussianCloud], weights: ArrayLike) -> GaussianCloud:
    """Blend clouds whose Gaussians correspond.

    Means, log scales, logit opacities and spherical harmonics are averaged linearly, rotations by
    `mean_quats`. Gaussians with the whole weight on one cloud are that cloud's, bit for bit. The
    binding is kept where all agree on it; extras are not.

    Args:
        clouds: A of them with N Gaussians each; lower SH degrees count as zeros.
        weights: [A] or [A, N], not negative; they are scaled to sum to one.

    Raises:
        ValueError: The clouds differ in number of Gaussians, or the weights are not as they must.
    """
    first = clouds[0]
    n = first.num_gaussians
    if any(cloud.num_gaussians != n for cloud in clouds):
        raise ValueError(f"clouds to blend must have as many Gaussians as each other, here {n}")
    shares = blend_weights(weights, len(clouds), n)
    agreed = first.binding is not None and all(
        c.binding is not None and np.array_equal(c.binding, first.binding) for c in clouds
    )
    return GaussianCloud(
        mix([cloud.means for cloud in clouds], shares),
        mean_quats([cloud.quats for cloud in clouds], shares),
        mix([cloud.log_scales for cloud in clouds], shares),
        mix([cloud.logit_opacities for cloud in clouds], shares),
        mix(padded_harmonics([cloud.sh for cloud in clouds]), shares),
        first.binding if agreed else None,
    )


def padded_harmonics(arrays: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Return harmonics [N, K, 3] of the highest degree among those given, filled with zeros."""
    k = max(sh.shape[1] for sh in arrays)
    return [
        sh if sh.shape[1] == k else np.pad(sh, ((0, 0), (0, k - sh.shape[1]), (0, 0)))
        for sh in arrays
    ]


def mix(arrays: Sequence[NDArray[np.float32]], shares: Float32) -> Float32:
    """Return the weighted sum of A arrays [N, ...] with shares [A, N]; a share of one copies."""
    if all(array is arrays[0] for array in arrays):
        return arrays[0]
    # Not -1: the columns of an array without rows cannot be worked out.
    width = math.prod(arrays[0].shape[1:])
    flat = np.stack([array.reshape(len(array), width) for array in arrays])
    out = np.empty_like(flat[0])
    with kernel_turn():
        _mix(flat, shares, out)
    return out.reshape(arrays[0].shape)


def mean_quats(quats: Sequence[NDArray[np.float32]], shares: Float32) -> Float32:
    """Return the mean rotations [N, 4] of A arrays of quaternions [N, 4] with shares [A, N].

    The mean maximises the weighted sum of squared cosines to the given quaternions, so their signs
    do not matter: the principal eigenvector of the sum of their outer products (Markley et al.
    2007, equation 12). It has unit length and the sign of the heaviest one; a share of one copies.
    """
    if all(array is quats[0] for array in quats):
        return quats[0]
    stacked = np.stack(quats)
    out = np.empty_like(stacked[0])
    with kernel_turn():
        _mean_quats(stacked, shares, out)
    return out


@njit(cache=True, nogil=True, parallel=True)
def _mix(arrays: Any, shares: Any, out: Any) -> None:
    for n in prange(out.shape[0]):
        for c in range(out.shape[1]):
            total = np.float32(0)
            for a in range(arrays.shape[0]):
                share = shares[a, n]
                if share == 1:
                    # Not total + 1 * x, which would turn a negative zero into a positive one.
                    total = arrays[a, n, c]
                elif share > 0:
                    total += share * arrays[a, n, c]
            out[n, c] = total


_SQUARINGS = 7
"""Powers of the matrix up to 128 leave only the principal eigenvector, ties excepted."""


@njit(cache=True, nogil=True, parallel=True)
def _mean_quats(quats: Any, shares: Any, out: Any) -> None:
    for n in prange(out.shape[0]):
        heaviest = 0
        for a in range(1, quats.shape[0]):
            if shares[a, n] > shares[heaviest, n]:
                heaviest = a
        if shares[heaviest, n] == 1:
            for i in range(4):
                out[n, i] = quats[heaviest, n, i]
            continue
        outer, squared, mean = np.zeros((4, 4)), np.zeros((4, 4)), np.zeros(4)
        for a in range(quats.shape[0]):
            norm, along = 0.0, 0.0
            for i in range(4):
                norm += quats[a, n, i] * quats[a, n, i]
                along += quats[a, n, i] * quats[heaviest, n, i]
            if norm < 1e-24 or shares[a, n] == 0:
                continue
            share = shares[a, n] / norm
            aligned = shares[a, n] / math.sqrt(norm) * (1.0 if along >= 0 else -1.0)
            for i in range(4):
                mean[i] += aligned * quats[a, n, i]
                for j in range(4):
                    outer[i, j] += share * quats[a, n, i] * quats[a, n, j]
        for _ in range(_SQUARINGS):
            trace = outer[0, 0] + outer[1, 1] + outer[2, 2] + outer[3, 3]
            scale = 1 / max(trace, 1e-300)
            for i in range(4):
                for j in range(i, 4):
                    total = 0.0
                    for m in range(4):
                        total += outer[i, m] * outer[j, m]
                    squared[i, j] = total * scale * scale
                    squared[j, i] = squared[i, j]
            outer, squared = squared, outer
        norm, along = 0.0, 0.0
        for i in range(4):
            value = 0.0
            for j in range(4):
                value += outer[i, j] * mean[j]
            out[n, i] = value
            norm += value * value
        if norm <= 0:
            # Nothing but zero quaternions, or a sum that cancels: the heaviest stands for all.
            for i in range(4):
                out[n, i] = quats[heaviest, n, i]
            continue
        for i in range(4):
            along += out[n, i] * quats[heaviest, n, i]
        scale = (1.0 if along >= 0 else -1.0) / math.sqrt(norm)
        for i in range(4):
            out[n, i] = out[n, i] * scale

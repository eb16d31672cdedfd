"""Strands moved with the triangles they grow on, or with a share of the head's motion."""

from __future__ import annotations

import math
from typing import Any

from numba import prange

from mien.avatar.posing.quaternions import rotate
from mien.rendering.cpu.compiling import device, kernel, serial_kernel, stage

_ROOT_REACH = 0.010
"""How far up a hair the motion of its own root carries, metres."""

_CHUNK = 256


@device
def _axes(surface: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a triangle's axes: along its first edge, across it, and its normal."""
    ux, uy, uz = (
        surface[b, 0] - surface[a, 0],
        surface[b, 1] - surface[a, 1],
        surface[b, 2] - surface[a, 2],
    )
    vx, vy, vz = (
        surface[c, 0] - surface[a, 0],
        surface[c, 1] - surface[a, 1],
        surface[c, 2] - surface[a, 2],
    )
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = 1 / (math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-20)
    nx, ny, nz = nx * size, ny * size, nz * size
    size = 1 / (math.sqrt(ux * ux + uy * uy + uz * uz) + 1e-20)
    ux, uy, uz = ux * size, uy * size, uz * size
    return ux, uy, uz, ny * uz - nz * uy, nz * ux - nx * uz, nx * uy - ny * ux, nx, ny, nz


@serial_kernel
def measure_frames(surface: Any, corners: Any, frames: Any) -> None:
    """Write the axes of every strand's triangle."""
    for s in range(len(corners)):
        axes = _axes(surface, corners[s, 0], corners[s, 1], corners[s, 2])
        for k in range(9):
            frames[s, k // 3, k % 3] = axes[k]


@device
def _on_triangle(surface: Any, corners: Any, barycentric: Any, s: Any) -> Any:
    """Return the place on a triangle that a strand grows from."""
    a, b, c = corners[s, 0], corners[s, 1], corners[s, 2]
    u, v, w = barycentric[s, 0], barycentric[s, 1], barycentric[s, 2]
    return (
        u * surface[a, 0] + v * surface[b, 0] + w * surface[c, 0],
        u * surface[a, 1] + v * surface[b, 1] + w * surface[c, 1],
        u * surface[a, 2] + v * surface[b, 2] + w * surface[c, 2],
    )


@stage
def _turn_some(
    first: int, last: int, surface: Any, corners: Any, barycentric: Any, roots: Any, rest: Any,
    frames: Any, posed: Any,
) -> None:  # fmt: skip
    for s in range(first, last):
        axes = _axes(surface, corners[s, 0], corners[s, 1], corners[s, 2])
        root = _on_triangle(surface, corners, barycentric, s)
        for k in range(rest.shape[1]):
            x, y, z = rest[s, k, 0] - roots[s, 0], rest[s, k, 1] - roots[s, 1], rest[s, k, 2]
            z -= roots[s, 2]
            u = frames[s, 0, 0] * x + frames[s, 0, 1] * y + frames[s, 0, 2] * z
            v = frames[s, 1, 0] * x + frames[s, 1, 1] * y + frames[s, 1, 2] * z
            w = frames[s, 2, 0] * x + frames[s, 2, 1] * y + frames[s, 2, 2] * z
            posed[s, k, 0] = root[0] + u * axes[0] + v * axes[3] + w * axes[6]
            posed[s, k, 1] = root[1] + u * axes[1] + v * axes[4] + w * axes[7]
            posed[s, k, 2] = root[2] + u * axes[2] + v * axes[5] + w * axes[8]


@kernel
def turn_strands(
    surface: Any, corners: Any, barycentric: Any, roots: Any, rest: Any, frames: Any, posed: Any
) -> None:
    """Write strands turned with their triangles."""
    for chunk in prange((len(rest) + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        last = min(first + _CHUNK, len(rest))
        _turn_some(first, last, surface, corners, barycentric, roots, rest, frames, posed)


@device
def _moved(motion: Any, share: Any, x: Any, y: Any, z: Any) -> Any:
    """Return where a share of a motion takes a point: dual quaternions blended with rest."""
    w, a, b, c = (
        1 - share + share * motion[0],
        share * motion[1],
        share * motion[2],
        (share * motion[3]),
    )
    dw, da, db, dc = share * motion[4], share * motion[5], share * motion[6], share * motion[7]
    size = 1 / math.sqrt(w * w + a * a + b * b + c * c)
    w, a, b, c, dw, da, db, dc = (
        w * size, a * size, b * size, c * size, dw * size, da * size, db * size, dc * size
    )  # fmt: skip
    px, py, pz = rotate(w, a, b, c, x, y, z)
    return (
        px + 2 * (-dw * a + da * w - db * c + dc * b),
        py + 2 * (-dw * b + da * c + db * w - dc * a),
        pz + 2 * (-dw * c - da * b + db * a + dc * w),
    )


@stage
def _sway_some(
    first: int, last: int, surface: Any, corners: Any, barycentric: Any, roots: Any, rest: Any,
    head_shares: Any, neck_shares: Any, neck: Any, motion: Any, posed: Any,
) -> None:  # fmt: skip
    for s in range(first, last):
        root = _on_triangle(surface, corners, barycentric, s)
        share = head_shares[s, 0] + neck * neck_shares[s, 0]
        x, y, z = _moved(motion, share, roots[s, 0], roots[s, 1], roots[s, 2])
        ox, oy, oz = root[0] - x, root[1] - y, root[2] - z
        arc = 0.0
        lx, ly, lz = rest[s, 0, 0], rest[s, 0, 1], rest[s, 0, 2]
        for k in range(rest.shape[1]):
            px, py, pz = rest[s, k, 0], rest[s, k, 1], rest[s, k, 2]
            share = head_shares[s, k] + neck * neck_shares[s, k]
            x, y, z = _moved(motion, share, px, py, pz)
            length = math.sqrt((px - lx) ** 2 + (py - ly) ** 2 + (pz - lz) ** 2)
            arc += length
            if arc < 6 * _ROOT_REACH:
                fade = math.exp(-arc / _ROOT_REACH)
                x, y, z = x + fade * ox, y + fade * oy, z + fade * oz
            if k > 0:
                # Blended motions stretch what spans them: every segment takes its length again.
                dx, dy, dz = x - posed[s, k - 1, 0], y - posed[s, k - 1, 1], z - posed[s, k - 1, 2]
                fit = length / (math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9)
                x = posed[s, k - 1, 0] + fit * dx
                y = posed[s, k - 1, 1] + fit * dy
                z = posed[s, k - 1, 2] + fit * dz
            posed[s, k, 0], posed[s, k, 1], posed[s, k, 2] = x, y, z
            lx, ly, lz = px, py, pz


@kernel
def sway_strands(
    surface: Any, corners: Any, barycentric: Any, roots: Any, rest: Any, head_shares: Any,
    neck_shares: Any, neck: Any, motion: Any, posed: Any,
) -> None:  # fmt: skip
    """Write strands moved by their share of the head's motion, at their own lengths."""
    for chunk in prange((len(rest) + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        last = min(first + _CHUNK, len(rest))
        _sway_some(
            first, last, surface, corners, barycentric, roots, rest, head_shares, neck_shares,
            neck, motion, posed,
        )  # fmt: skip

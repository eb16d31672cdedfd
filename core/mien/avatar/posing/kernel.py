"""The whole pose as one kernel: displace, deform, carry, without the interpreter."""

from __future__ import annotations

from typing import Any

from numba import prange

from mien.avatar.posing.carrying import carry_rows, gather_surface, write_gaussians
from mien.avatar.posing.chunks import CHUNK
from mien.avatar.posing.deforming import (
    gather_gradients,
    skin_chunk,
    split_gradients,
    write_records,
)
from mien.avatar.posing.displacing import displace_chunk
from mien.rendering.cpu.compiling import kernel, stage
from mien.rendering.cpu.teamwork import open_phase, take_ticket, wait_for_phase, was_last

_DISPLACE, _DEFORM, _CARRY = 0, 1, 2


@stage
def _work(
    control: Any,
    entry_starts: Any,
    entry_shapes: Any,
    entry_deltas: Any,
    weights: Any,
    ring_starts: Any,
    ring_vertices: Any,
    ring_gradients: Any,
    rest: Any,
    tangents: Any,
    skin_weights: Any,
    motions: Any,
    corners: Any,
    shares: Any,
    offsets: Any,
    rest_quats: Any,
    rest_log_scales: Any,
    rows: Any,
    displacements: Any,
    surface: Any,
    means: Any,
    quats: Any,
    log_scales: Any,
) -> None:
    """Do one thread's share of a pose: whatever tickets it gets hold of, phase by phase."""
    chunks = rest.shape[0]
    chunk = take_ticket(control, _DISPLACE)
    while chunk < chunks:
        displace_chunk(chunk, entry_starts, entry_shapes, entry_deltas, weights, displacements)
        if was_last(control, _DISPLACE, chunks):
            open_phase(control, _DEFORM)
        chunk = take_ticket(control, _DISPLACE)
    wait_for_phase(control, _DEFORM)

    chunk = take_ticket(control, _DEFORM)
    while chunk < chunks:
        gather_gradients(
            chunk, displacements, ring_starts, ring_vertices, ring_gradients, rest[chunk], rows
        )
        split_gradients(tangents[chunk], rows)
        if motions.shape[0] > 0:
            skin_chunk(skin_weights[chunk], motions, rows)
        write_records(chunk, rows, surface)
        if was_last(control, _DEFORM, chunks):
            open_phase(control, _CARRY)
        chunk = take_ticket(control, _DEFORM)
    wait_for_phase(control, _CARRY)

    chunks = (corners.shape[0] + CHUNK - 1) // CHUNK
    chunk = take_ticket(control, _CARRY)
    while chunk < chunks:
        gather_surface(chunk, corners, shares, surface, offsets, rest_quats, rest_log_scales, rows)
        carry_rows(rows)
        write_gaussians(chunk, rows, means, quats, log_scales)
        chunk = take_ticket(control, _CARRY)


@kernel
def pose(
    control: Any,
    entry_starts: Any,
    entry_shapes: Any,
    entry_deltas: Any,
    weights: Any,
    ring_starts: Any,
    ring_vertices: Any,
    ring_gradients: Any,
    rest: Any,
    tangents: Any,
    skin_weights: Any,
    motions: Any,
    corners: Any,
    shares: Any,
    offsets: Any,
    rest_quats: Any,
    rest_log_scales: Any,
    rows: Any,
    displacements: Any,
    surface: Any,
    means: Any,
    quats: Any,
    log_scales: Any,
) -> None:
    """Pose a surface and the Gaussians bound to it.

    Args:
        control: Zeros [CONTROL_SIZE].
        entry_starts: Where the morph entries of each vertex begin [V + 1].
        entry_shapes: The shape of each [M], uint8.
        entry_deltas: [M, 3].
        weights: Of the shapes [S].
        ring_starts: [V + 1]; with the next two, of a SurfaceFrames.
        ring_vertices: [R].
        ring_gradients: [R, 2].
        rest: In C chunks of 3 rows, as the next two.
        tangents: 6 rows.
        skin_weights: J rows.
        motions: Unit dual quaternions [J, 8], or none [0, 8] where all joints rest.
        corners: Vertices around each Gaussian [N, 3]; N may be 0.
        shares: Their barycentric weights [N, 3], the largest first.
        offsets: At rest [N, 3].
        rest_quats: [N, 4].
        rest_log_scales: [N, 3].
        rows: Scratch of each thread [T, NUM_ROWS * CHUNK].
        displacements: Scratch [C * CHUNK, 4].
        surface: Written: a record [C * CHUNK, RECORD] for each vertex.
        means: Written [N, 3].
        quats: Written [N, 4].
        log_scales: Written [N, 3].
    """
    for worker in prange(rows.shape[0]):
        _work(
            control,
            entry_starts,
            entry_shapes,
            entry_deltas,
            weights,
            ring_starts,
            ring_vertices,
            ring_gradients,
            rest,
            tangents,
            skin_weights,
            motions,
            corners,
            shares,
            offsets,
            rest_quats,
            rest_log_scales,
            rows[worker],
            displacements,
            surface,
            means,
            quats,
            log_scales,
        )

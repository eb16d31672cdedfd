"""How threads share a frame's work without waiting for one that is late.

A frame is a chain of phases, each a number of tickets. Whoever is there takes the next ticket;
whoever finishes a phase's last one does the few serial steps after it and opens the next phase. A
thread the system has not scheduled yet holds nobody up: the others take all the tickets. So a
frame forks and joins once, where fork-join loops would cost a barrier for every phase, each as
long as a time slice when something else wants the cores.
"""

from __future__ import annotations

import sys
from typing import Any

from llvmlite import ir
from numba import types

from mien.rendering.cpu.compiling import device
from mien.rendering.cpu.intrinsics import Context, data_pointer, operation

_LINE = 8
"""Numbers of a cache line: counters that several threads write do not share one."""

_OPENED = 0
_NUM_COUNTERS = 32
CONTROL_SIZE = _LINE * _NUM_COUNTERS
"""Length of the array `control` that a team works by: zeros before the fork."""

_SPINS = 64
"""How often to look before letting another thread have the core."""


@operation
def _add_one(typing: Context, counters: Any, index: Any) -> Any:
    """Return `counters[index]` and add one to it, atomically."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.gep(data_pointer(context, builder, counters, args[0]), [args[1]])
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "acq_rel")

    return types.int64(counters, types.int64), generate


@operation
def _read(typing: Context, counters: Any, index: Any) -> Any:
    """Return `counters[index]` as others have left it."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.gep(data_pointer(context, builder, counters, args[0]), [args[1]])
        return builder.load_atomic(place, ordering="acquire", align=8)

    return types.int64(counters, types.int64), generate


@operation
def _write(typing: Context, counters: Any, index: Any, value: Any) -> Any:
    """Set `counters[index]`, after everything written before."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.gep(data_pointer(context, builder, counters, args[0]), [args[1]])
        builder.store_atomic(args[2], place, ordering="release", align=8)
        return context.get_dummy_value()

    return types.void(counters, types.int64, types.int64), generate


@operation
def _let_others_run(typing: Context) -> Any:
    """Give the core up for a moment."""

    def generate(context: Context, builder: Any, signature: Any, args: Any) -> Any:
        name = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
        kind = ir.FunctionType(ir.IntType(32), [])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        builder.call(function, [])
        return context.get_dummy_value()

    return types.void(), generate


@device
def take_ticket(control: Any, phase: int) -> int:
    """Return the next ticket of a phase; there are none left where it reaches their number."""
    return _add_one(control, _LINE * (1 + 2 * phase))


@device
def was_last(control: Any, phase: int, tickets: int) -> bool:
    """Report a ticket as done; return whether all of the phase's now are."""
    return _add_one(control, _LINE * (2 + 2 * phase)) == tickets - 1


@device
def open_phase(control: Any, phase: int) -> None:
    """Let everybody into a phase; those before it are over."""
    _write(control, _LINE * _OPENED, phase)


@device
def wait_for_phase(control: Any, phase: int) -> None:
    """Wait until a phase, or one after it, is open."""
    looks = 0
    while _read(control, _LINE * _OPENED) < phase:
        looks += 1
        if looks % _SPINS == 0:
            _let_others_run()

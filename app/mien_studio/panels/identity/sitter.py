"""Sitter: whom the sliders are about, and where in their latent space a look has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mien.avatar.protocol import Avatar
from mien.editing.document import Look
from mien.session.people import coefficients_in, identity_at, own_coefficients

Float32 = NDArray[np.float32]


class Sitter:
    """The avatar that a panel shapes, by way of the look that it edits.

    Args:
        look: Gives the look that is edited, as it is at this instant.
        edit: Changes it; takes the new one and what the undo menu says.
    """

    def __init__(self, look: Callable[[], Look], edit: Callable[[Look, str], None]) -> None:
        self._look = look
        self._edit = edit
        self.avatar: Avatar | None = None

    @property
    def identity(self) -> tuple[float, ...]:
        """How far the look moves them from themselves."""
        return self._look().identity

    @property
    def coefficients(self) -> Float32:
        """Where they stand [K]; empty of nobody."""
        if self.avatar is None:
            return np.zeros(0, np.float32)
        return coefficients_in(self.avatar, self.identity)

    def move(self, coefficients: Float32, label: str) -> None:
        """Let them stand somewhere else."""
        if self.avatar is not None:
            moved = identity_at(self.avatar, coefficients)
            self._edit(replace(self._look(), identity=moved), label)

    def go_home(self, label: str) -> None:
        """Let them be themselves."""
        if self.avatar is not None:
            self.move(own_coefficients(self.avatar), label)

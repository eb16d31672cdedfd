"""From latents to avatars: the surface becomes a rig, the texels' Gaussians ride on it."""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mien.avatar.deformer import Bound
from mien.avatar.kinds.rigged import Fitting, RiggedAvatar
from mien.avatar.regions import template_regions
from mien.avatar.rig import BoundGaussians, Float32, Int32, Rig, SurfaceBinding
from mien.avatar.template_rig import reshaped, rig_from_template
from mien.models.headsup.canvas import Canvas
from mien.models.headsup.gaussians import Head
from mien.models.headsup.network import HeadsUp
from mien.rendering.differentiable import GaussianTensors

_BALLS = ("eye_left", "eye_right")


class HeadDecoder:
    """A trained network made ready to turn latents into avatars. Safe from any thread.

    Args:
        network: Taken over: put in order for decoding, and not to be trained on.
    """

    def __init__(self, network: HeadsUp) -> None:
        self.network = network.eval().requires_grad_(False)
        self.network.decoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.canvas: Canvas = network.canvas

    @cached_property
    def model_id(self) -> str:
        """What tells networks apart that give different heads: a digest of the decoder."""
        digest = hashlib.blake2b(digest_size=6)
        for name, values in sorted(self.network.decoder.state_dict().items()):
            digest.update(name.encode())
            # In half floats, as weights are stored: the id survives being saved.
            digest.update(values.half().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """D, g and g."""
        config = self.network.config
        return config.latent_dim, config.latent_grid, config.latent_grid

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    @property
    def template(self) -> str:
        """What all avatars share that this network makes."""
        return f"headsup/{self.model_id}"

    @torch.inference_mode()
    def head(self, latent: ArrayLike, expression: NDArray[np.float32] | None = None) -> Head:
        """Return the head of a latent [D, g, g].

        Args:
            latent: Of a neutral face where an expression is given.
            expression: ARKit weights [52] that move the latent, by the learned rig.

        Raises:
            ValueError: The latent is of another network.
        """
        given = np.array(latent, np.float32)
        if given.shape != self.latent_shape:
            raise ValueError(f"a latent of this network is {self.latent_shape}, got {given.shape}")
        held = torch.from_numpy(given)[None].to(self.device)
        if expression is not None:
            weights = torch.from_numpy(np.array(expression, np.float32))[None].to(self.device)
            held = self.network.express(held, weights)
        return self.network.decode(held)

    def avatar(
        self, latent: ArrayLike, name: str, *, fitting: Fitting | None = None
    ) -> RiggedAvatar:
        """Return somebody as an avatar that obeys the template's expressions and joints."""
        head = self.head(latent)
        surface = head.surface[0].cpu().numpy()
        rig = reshaped(self.average.rig, self.canvas.template, self.rest(surface))
        made = Fitting(np.eye(4), self.canvas.template.name) if fitting is None else fitting
        return RiggedAvatar(
            name,
            rig,
            self.bound(head, rig),
            self.template,
            self._regions,
            sibling=self.average.deformer,
            fitting=made,
        )

    def rest(self, surface: Float32) -> Float32:
        """Return the template's vertices [V, 3] moved as texels on a person's surface are [P, 3].

        Eyes move as a whole: balls that were bent would not turn in their sockets.
        """
        template = self.canvas.template
        near, shares = self.canvas.of_vertices
        step = surface - self.canvas.points
        moved = np.einsum("vk,vkc->vc", shares, step[near], dtype=np.float32)
        for ball in _BALLS:
            if ball in template.part_names:
                vertices, texels = self._balls[ball]
                shift = step[texels].mean(axis=0) if len(texels) else moved[vertices].mean(axis=0)
                moved[vertices] = shift
        return template.neutral + moved

    def bound(self, head: Head, rig: Rig) -> BoundGaussians:
        """Return the Gaussians of a head of one person, held by the texels' places on a rig."""
        binding = self._layered
        means, *values = (each.cpu().numpy() for each in head.gaussians(0))
        return BoundGaussians(binding, means - binding.points(rig.rest, rig.faces), *values)

    @cached_property
    @torch.inference_mode()
    def template_gaussians(self) -> GaussianTensors:
        """Nobody's face: a Gaussian on every texel of the template's average surface."""
        side = self.network.config.texels
        return self.network.head(
            torch.zeros(1, self.network.head.channels, side, side, device=self.device)
        ).gaussians(0)

    @cached_property
    def bound_corners(self) -> Bound:
        """The average person's Gaussians as the posing kernel reads them."""
        return Bound.of(self.average.gaussians, self.average.rig.faces)

    @cached_property
    def _layered(self) -> SurfaceBinding:
        one, layers = self.canvas.binding, self.network.config.layers
        if layers == 1:
            return one
        return SurfaceBinding(np.tile(one.triangles, layers), np.tile(one.barycentric, (layers, 1)))

    @cached_property
    def average(self) -> RiggedAvatar:
        """The template's own person: whoever comes shares their tables."""
        rig = rig_from_template(self.canvas.template)
        d, g, _ = self.latent_shape
        bound = self.bound(self.head(np.zeros((d, g, g))), rig)
        return RiggedAvatar("average", rig, bound, self.template, self._regions)

    @cached_property
    def _balls(self) -> dict[str, tuple[Int32, NDArray[np.int64]]]:
        template, parts = self.canvas.template, self.canvas.parts
        return {
            name: (
                template.part_vertices(name),
                np.flatnonzero(parts == template.part_names.index(name)),
            )
            for name in _BALLS
            if name in template.part_names
        }

    @cached_property
    def _regions(self) -> Float32:
        """How much each Gaussian belongs to each of REGIONS [N, R]."""
        return template_regions(self.canvas.template, self._layered)

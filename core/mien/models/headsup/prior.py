"""People who never lived: what to draw coefficients of the latent space from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.errors import MienError
from mien.models.headsup.flow import Flow, FlowConfig

Float32 = NDArray[np.float32]

_STEPS = 24
_LAYER = re.compile(r"flow\.layers\.\d+\.0\.weight")


def gaussian_people(
    rng: np.random.Generator, count: int, size: int, *, truncation: float = 1.0
) -> Float32:
    """Draw coefficients [count, size] from the Gaussian that people's have.

    Args:
        rng: What to draw from.
        count: How many people.
        size: Coefficients of each.
        truncation: Standard deviation: below 1 people are nearer to the mean, and safer.
    """
    return (truncation * rng.standard_normal((count, size))).astype(np.float32)


@dataclass(frozen=True, eq=False)
class FlowPrior:
    """A trained flow: draws coefficients of people, also of those with attributes that are wanted.

    Args:
        flow: The network.
        config: What it was made with.
        names: Of the attributes [A].
        means: Of the attributes over people [A].
        spreads: Their standard deviations [A].
    """

    flow: Flow
    config: FlowConfig
    names: tuple[str, ...]
    means: Float32
    spreads: Float32

    @torch.inference_mode()
    def people(
        self,
        rng: np.random.Generator,
        count: int,
        *,
        attributes: Mapping[str, float] | None = None,
        guidance: float = 2.0,
        truncation: float = 1.0,
    ) -> Float32:
        """Draw coefficients [count, K].

        Args:
            rng: What to draw from.
            count: How many people.
            attributes: What they are to have, by name; whatever is left out is drawn, too.
            guidance: How strongly attributes count: 1 as in people, more makes them plainer.
            truncation: Of the noise that people are made of.

        Raises:
            MienError: There is no such attribute.
        """
        noise = gaussian_people(rng, count, self.flow.size, truncation=truncation)
        places = torch.from_numpy(noise)
        asked = torch.from_numpy(self._asked(attributes or {})).expand(count, -1)
        nothing = torch.full_like(asked, torch.nan)
        step = 1 / _STEPS

        def velocity(places: Tensor, time: float) -> Tensor:
            times = torch.full((count,), time)
            free = self.flow(places, times, nothing)
            if not attributes or guidance == 0:
                return free
            return free + guidance * (self.flow(places, times, asked) - free)

        # Heun's method: the ways are nearly straight, so few steps do.
        for index in range(_STEPS):
            first = velocity(places, index * step)
            second = velocity(places + step * first, (index + 1) * step)
            places = places + step / 2 * (first + second)
        return places.numpy().copy()

    def _asked(self, attributes: Mapping[str, float]) -> Float32:
        asked = np.full((1, len(self.names)), np.nan, np.float32)
        for name, value in attributes.items():
            if name not in self.names:
                raise MienError(
                    f"no attribute {name!r} can be asked for",
                    hint=f"There are {', '.join(self.names)}" if self.names else "",
                )
            index = self.names.index(name)
            asked[0, index] = (value - self.means[index]) / self.spreads[index]
        return asked

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return all numbers by name, for a file."""
        held = {
            f"flow.{name}": value.cpu().numpy() for name, value in self.flow.state_dict().items()
        }
        return {**held, "attribute_means": self.means, "attribute_spreads": self.spreads}

    def header(self) -> dict[str, object]:
        """Return what JSON says of it."""
        return {"config": asdict(self.config), "names": list(self.names), "size": self.flow.size}

    @staticmethod
    def of_tensors(
        header: Mapping[str, object], tensors: Mapping[str, NDArray[np.float32]]
    ) -> FlowPrior:
        """Return a prior that was stored.

        Raises:
            KeyError: Something is missing.
            ValueError: The numbers do not fit the header.
        """
        config = FlowConfig(**header["config"])  # pyright: ignore[reportCallIssue]
        held = header["names"]
        names = tuple(str(name) for name in held) if isinstance(held, Sequence) else ()
        size = int(str(header["size"]))
        if not _fits(config, size, len(names), tensors):
            raise ValueError("the flow's numbers do not fit its sizes")
        flow = Flow(size, len(names), config)
        own = {
            name.removeprefix("flow."): torch.from_numpy(np.array(value, np.float32))
            for name, value in tensors.items()
            if name.startswith("flow.")
        }
        try:
            flow.load_state_dict(own)
        except RuntimeError as error:
            raise ValueError(str(error).splitlines()[0]) from error
        means, spreads = tensors["attribute_means"], tensors["attribute_spreads"]
        if means.shape != (len(names),) or spreads.shape != (len(names),):
            raise ValueError("the flow's attributes do not fit their names")
        if not (spreads > 0).all():
            raise ValueError("the flow knows attributes that everybody has alike")
        return FlowPrior(flow.eval(), config, names, np.array(means), np.array(spreads))


def _fits(
    config: FlowConfig, size: int, num_attributes: int, tensors: Mapping[str, NDArray[np.float32]]
) -> bool:
    """Say before a flow is made whether numbers can be its own: a header may claim any size."""
    width = config.width
    layers = [held.shape for name, held in tensors.items() if _LAYER.fullmatch(name)]
    return (
        min(width, size) > 0
        and len(layers) == config.depth
        and set(layers) <= {(2 * width, width)}
        and tensors["flow.enter.weight"].shape == (width, size)
        and tensors["flow.condition.0.weight"].shape == (width, 12 + 2 * num_attributes)
    )

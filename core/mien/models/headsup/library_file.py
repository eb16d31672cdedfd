"""Files of identity libraries: safetensors, with everything that is no number in the header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien.errors import FileError
from mien.models.headsup.attributes import Attribute
from mien.models.headsup.directions import AttributeDirections
from mien.models.headsup.library import Identity, IdentityLibrary
from mien.models.headsup.space import PrincipalSpace
from mien.tensor_files import read_tensors, write_tensors

if TYPE_CHECKING:
    from mien.models.headsup.prior import FlowPrior

Float32 = NDArray[np.float32]
_Real = TypeVar("_Real", np.float16, np.float32)

_KEY = "mien-identities"
_VERSION, _COMPACT = 1, 2
_STEPS = ".steps"
"""Ends the name of the steps of a tensor that is kept in bytes."""
_SHOWN = 40
"""Of a name in an error, at most."""
_DIRECTIONS = ("gradients", "offsets", "directions", "ranges", "certainties")


def save_library(path: str | Path, library: IdentityLibrary, *, compact: bool = False) -> None:
    """Write a library atomically: safetensors, the space and whole latents in half floats.

    Args:
        path: Where.
        library: The people.
        compact: Whether directions and whole latents are kept in bytes, in half the room, and off
            by a hundredth of themselves.

    Raises:
        FileError: It cannot be written.
    """
    space = library.space
    tensors: dict[str, NDArray[Any]] = {
        "space.mean": space.mean.astype(np.float16),
        **_stored("space.axes", space.axes, compact=compact),
        "space.scales": space.scales,
        "space.shares": space.shares,
        "known": library.known,
        "people": np.array([each.coefficients for each in library.people], np.float32).reshape(
            len(library.people), space.num_axes
        ),
    }
    for index, person in enumerate(library.people):
        if person.thumbnail:
            tensors[f"thumbnail.{index}"] = np.frombuffer(person.thumbnail, np.uint8)
        if person.latent is not None:
            tensors |= _stored(f"latent.{index}", person.latent, compact=compact)
    header: dict[str, Any] = {
        "version": _COMPACT if compact else _VERSION,
        "model": library.model,
        "network": library.network,
        "known": list(library.known_names),
        "people": [
            {"name": p.name, "attributes": dict(p.attributes), "training": p.training}
            for p in library.people
        ],
    }
    if library.directions is not None:
        header["attributes"] = list(library.directions.names)
        for name in _DIRECTIONS:
            tensors[f"directions.{name}"] = getattr(library.directions, name)
    if library.prior is not None:
        header["prior"] = library.prior.header()
        tensors |= {
            f"prior.{key}": value.astype(np.float16)
            for key, value in library.prior.tensors().items()
        }
    write_tensors(path, _KEY, tensors, header)


def load_library(path: str | Path) -> IdentityLibrary:
    """Read a library.

    Raises:
        FileError: It is missing, damaged or something else.
    """
    place = Path(path)
    tensors, header = read_tensors(place, _KEY, "library of identities")
    try:
        return _library(place, header, tensors)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileError(place, f"a damaged library ({error})") from error


def _library(
    place: Path, header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> IdentityLibrary:
    if header["version"] not in (_VERSION, _COMPACT):
        raise FileError(
            place, f"of version {header['version']}; this Mien reads {_VERSION} and {_COMPACT}"
        )
    mean, scales, shares = (
        _real(tensors, f"space.{name}") for name in ("mean", "scales", "shares")
    )
    space = PrincipalSpace(mean, _real(tensors, "space.axes"), scales, shares)
    if space.mean.ndim != 3 or not (space.scales > 0).all():
        raise ValueError("its space is none of latents")
    k = space.num_axes
    known, coefficients = _real(tensors, "known"), _real(tensors, "people")
    names = tuple(str(name) for name in header["known"])
    told: Sequence[Mapping[str, Any]] = header["people"]
    if known.shape != (len(names), k) or coefficients.shape != (len(told), k):
        raise ValueError("its people do not fit its space")
    people = tuple(
        _identity(index, each, coefficients[index], tensors, space)
        for index, each in enumerate(told)
    )
    return IdentityLibrary(
        str(header["model"]),
        str(header["network"]),
        space,
        people,
        known,
        names,
        _directions(header, tensors, k),
        _prior(header, tensors, k),
        place,
    )


def _identity(
    index: int,
    told: Mapping[str, Any],
    coefficients: Float32,
    tensors: Mapping[str, NDArray[Any]],
    space: PrincipalSpace,
) -> Identity:
    name = str(told["name"])
    picture, latent = tensors.get(f"thumbnail.{index}"), f"latent.{index}"
    if latent in tensors and tensors[latent].shape != space.mean.shape:
        raise ValueError(f"the latent of {name[:_SHOWN]} does not fit the space")
    if picture is not None and picture.dtype != np.uint8:
        raise ValueError(f"the picture of {name[:_SHOWN]} is none")
    return Identity(
        name,
        coefficients,
        {str(key): _attribute(value) for key, value in dict(told["attributes"]).items()},
        bool(told["training"]),
        b"" if picture is None else picture.tobytes(),
        _real(tensors, latent, np.float16) if latent in tensors else None,
    )


def _attribute(value: object) -> Attribute:
    if isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise ValueError("an attribute is neither a word nor a number")


def _directions(
    header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]], size: int
) -> AttributeDirections | None:
    if "attributes" not in header:
        return None
    names = tuple(str(name) for name in header["attributes"])
    held = {name: _real(tensors, f"directions.{name}") for name in _DIRECTIONS}
    a = len(names)
    shapes = [(a, size), (a,), (a, size), (a, 2), (a,)]
    if [held[name].shape for name in _DIRECTIONS] != shapes:
        raise ValueError("its attributes do not fit its space")
    return AttributeDirections(names, **held)


def _prior(
    header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]], size: int
) -> FlowPrior | None:
    if "prior" not in header:
        return None
    from mien.models.headsup.prior import FlowPrior

    own = {
        name.removeprefix("prior."): _real(tensors, name)
        for name in tensors
        if name.startswith("prior.")
    }
    prior = FlowPrior.of_tensors(header["prior"], own)
    if prior.flow.size != size:
        raise ValueError("its prior does not fit its space")
    return prior


def _stored(name: str, values: NDArray[np.floating], *, compact: bool) -> dict[str, NDArray[Any]]:
    """Return maps [..., g, g] as half floats; or as bytes, with a step for each map [...]."""
    if not compact:
        return {name: values.astype(np.float16)}
    held = values.astype(np.float32)
    steps = np.maximum(np.abs(held).max(axis=(-2, -1)) / 127, np.float32(1e-12))
    return {
        name: np.rint(held / steps[..., None, None]).astype(np.int8),
        f"{name}{_STEPS}": steps.astype(np.float32),
    }


def _of_bytes(tensors: Mapping[str, NDArray[Any]], name: str) -> Float32:
    held, steps = tensors[name], _real(tensors, f"{name}{_STEPS}")
    if held.dtype != np.int8 or steps.shape != held.shape[:-2]:
        raise ValueError(f"its {name} do not fit their steps")
    with np.errstate(over="ignore"):
        return held.astype(np.float32) * steps[..., None, None]


def _real(
    tensors: Mapping[str, NDArray[Any]], name: str, dtype: type[_Real] = np.float32
) -> NDArray[_Real]:
    values = _of_bytes(tensors, name) if f"{name}{_STEPS}" in tensors else tensors[name]
    if values.dtype.kind != "f":
        raise ValueError(f"its {name} are not all numbers")
    # Some are numbers no more in fewer bits.
    with np.errstate(over="ignore"):
        return _finite(values.astype(dtype), name)


def _finite(values: NDArray[_Real], name: str) -> NDArray[_Real]:
    if not np.isfinite(values).all():
        raise ValueError(f"its {name} are not all numbers")
    return values

"""Gather a trained network's people into a library: to look at, to blend, to draw others from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.avatar.framing import default_orbit
from mien.avatar.protocol import Avatar
from mien.capture.opening import open_capture
from mien.capture.protocol import Attribute, Capture
from mien.errors import FileError, MienError
from mien.models.headsup.attributes import AttributeTable
from mien.models.headsup.decoding import HeadDecoder
from mien.models.headsup.flow import FlowConfig
from mien.models.headsup.library import IdentityLibrary
from mien.models.headsup.prior_training import train_flow
from mien.rendering.protocol import Renderer, RenderOptions
from mien.training.reconstruction.one_pass import reconstruct
from mien.training.variety import attribute_places, most_varied

Progress = Callable[[float | None, str], None]

_BEHIND = (0.145, 0.152, 0.165)
"""The colour behind a thumbnail: a dark stage's."""
_QUALITY = 88
_CERTAIN = 0.1
"""Certainty from which an attribute can be asked for."""


@dataclass(frozen=True)
class LibraryConfig:
    """What is asked of a library.

    Args:
        views: Of each person that go in.
        num_axes: Directions of the latent space, at most.
        shown: People who can be looked at; half of them held out, as far as there are.
        thumbnail: Pixels along a side.
        prior: How the prior is trained; None for the Gaussian alone.
        always: File stems of those who can be looked at in any case.
    """

    views: int = 8
    num_axes: int = 48
    shown: int = 24
    thumbnail: int = 192
    prior: FlowConfig | None = FlowConfig()
    always: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class _Somebody:
    name: str
    latent: NDArray[np.float32]
    attributes: Mapping[str, Attribute]


def gather(
    decoder: HeadDecoder,
    network: str,
    captures: Sequence[Path],
    renderer: Renderer,
    config: LibraryConfig | None = None,
    *,
    held_out: Collection[str] = (),
    progress: Progress = lambda fraction, message: None,
) -> tuple[IdentityLibrary, list[str]]:
    """Reconstruct people, and return their library and why some could not be had.

    The latent space, the attributes and the prior are of training people alone; those held out
    keep all of their latents, because the space does not know them.

    Args:
        decoder: The network.
        network: Name of its file, which belongs beside the library's.
        captures: Files of the people.
        renderer: Draws the thumbnails.
        config: What is asked.
        held_out: File stems of those the network did not learn from.
        progress: Told how far it is; may raise to stop.

    Raises:
        MienError: Fewer than two training people can be reconstructed.
    """
    asked = config or LibraryConfig()
    training: list[_Somebody] = []
    strangers: list[_Somebody] = []
    problems: list[str] = []
    for index, path in enumerate(captures):
        progress(0.8 * index / len(captures), path.stem)
        try:
            somebody = _somebody(decoder, path, asked.views)
        except FileError as error:
            problems.append(str(error))
            continue
        (strangers if path.stem in held_out else training).append(somebody)
    if len(training) < 2:
        told = f" ({problems[0]})" if problems else ""
        raise MienError(f"a library takes two training people, and there are {len(training)}{told}")
    library = IdentityLibrary.of(
        decoder.model_id,
        network,
        [each.latent for each in training],
        [each.name for each in training],
        attributes=[each.attributes for each in training],
        num_axes=asked.num_axes,
    )
    if asked.prior is not None:
        library = _with_prior(library, training, asked.prior, progress)

    def pictured(somebody: _Somebody) -> bytes:
        avatar = decoder.avatar(somebody.latent, somebody.name)
        return _thumbnail(avatar, renderer, asked.thumbnail)

    unlike = min(len(strangers), asked.shown // 2)
    places = library.known * library.space.scales
    for somebody in _different(training, places, asked.shown - unlike, asked.always):
        library = _with(library, somebody, training=True, picture=pictured(somebody))
    theirs = library.space.coefficients(
        np.array([each.latent for each in strangers]).reshape(-1, *library.space.mean.shape)
    )
    for somebody in _different(strangers, theirs * library.space.scales, unlike, asked.always):
        library = _with(library, somebody, training=False, picture=pictured(somebody))
    return library, problems


def _somebody(decoder: HeadDecoder, path: Path, views: int) -> _Somebody:
    with open_capture(path) as capture:
        made = reconstruct(decoder, capture, frame=_calmest(capture), views=views)
        return _Somebody(path.stem, made.latent, dict(capture.attributes))


def _calmest(capture: Capture) -> int:
    """Return the frame with the least expression."""
    tracking = capture.tracking
    if tracking is None:
        return 0
    effort = np.abs(tracking.expression).sum(axis=1)
    return int(np.argmin(effort + np.linalg.norm(tracking.jaw_rotation, axis=1)))


def _with_prior(
    library: IdentityLibrary,
    training: Sequence[_Somebody],
    config: FlowConfig,
    progress: Progress,
) -> IdentityLibrary:
    table = AttributeTable.of([each.attributes for each in training])
    known = () if library.directions is None else library.directions.certain(_CERTAIN).names
    prior = train_flow(
        library.known,
        table.chosen(known),
        config,
        progress=lambda fraction, message: progress(
            0.8 + 0.2 * (fraction or 0), f"the prior, {message}"
        ),
    )
    return replace(library, prior=prior)


def _different(
    people: Sequence[_Somebody],
    places: NDArray[np.floating],
    count: int,
    always: Collection[str],
) -> list[_Somebody]:
    """Return people who are as different from each other as there are, the most usual one first.

    By what is known of them; where that is nothing, by their places in the latent space. Those who
    are wanted in any case come before the others.
    """
    known = attribute_places([each.attributes for each in people])
    order = most_varied(places if known is None else known, count)
    wanted = [each for each in people if each.name in always]
    others = [people[index] for index in order if people[index].name not in always]
    return [*wanted, *others][:count]


def _with(
    library: IdentityLibrary, somebody: _Somebody, *, training: bool, picture: bytes
) -> IdentityLibrary:
    return library.with_person(
        somebody.name,
        somebody.latent,
        attributes=somebody.attributes,
        training=training,
        thumbnail=picture,
        whole=not training,
    )


def _thumbnail(avatar: Avatar, renderer: Renderer, side: int) -> bytes:
    """Return a JPEG of somebody from a little aside."""
    from PIL import Image

    orbit = replace(default_orbit(avatar), yaw=0.3)
    options = RenderOptions(background=_BEHIND, depth=False)
    drawn = renderer.render(avatar.pose(), orbit.camera((side, side)), options)
    data = BytesIO()
    Image.fromarray(drawn.rgb8).save(data, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return data.getvalue()

"""Bad libraries of identities, written anew for each run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from damage import TRILLION, Entries, everyday


def identities(place: Path) -> Entries:
    """Write libraries of identities with every damage they can take."""
    path = place / "sound.identities"
    write_people(path)
    sound = path.read_bytes()
    path.unlink()
    yield from everyday("identities", ".identities", sound)
    start = 8 + int.from_bytes(sound[:8], "little")
    header: dict[str, Any] = json.loads(sound[8:start])
    said: dict[str, Any] = json.loads(header["__metadata__"]["mien-identities"])

    def claiming(**changes: object) -> bytes:
        """The same numbers under another header of safetensors'."""
        told = json.dumps(header | changes).encode()
        return len(told).to_bytes(8, "little") + told + sound[start:]

    def saying(text: str) -> bytes:
        return claiming(__metadata__={"mien-identities": text})

    def describing(**changes: object) -> bytes:
        """The same numbers, described otherwise."""
        return saying(json.dumps(said | changes))

    def flowing(**changes: int) -> bytes:
        """The same numbers, with a prior of other sizes."""
        config = said["prior"]["config"] | changes
        return describing(prior=said["prior"] | {"config": config})

    def holding(name: str, values: np.ndarray) -> bytes:
        """The same description of other numbers."""
        from safetensors.numpy import load, save

        return save(load(sound) | {name: values}, metadata=header["__metadata__"])

    def case(label: str, content: bytes) -> tuple[str, str, bytes]:
        return f"identities/{label}", ".identities", content

    axes, people = header["space.axes"], said["people"]
    nested = [person | {"attributes": {"hair": [[]]}} for person in people]
    far = [0, TRILLION]
    yield case("header-beyond", b"\xff" * 7 + b"\x0f" + sound[8:])
    yield case("lying", claiming(**{"space.axes": axes | {"shape": [TRILLION, 2, 4, 4]}}))
    yield case("lying-twice", claiming(**{"space.axes": axes | {"data_offsets": far}}))
    yield case("slightly-lying", claiming(**{"space.axes": axes | {"shape": [4, 2, 4, 4]}}))
    yield case("foreign-metadata", claiming(__metadata__={"format": "np"}))
    yield case("no-json", saying("people"))
    yield case("deep", saying("[" * 200_000))
    yield case("list", saying("[1, 2, 3]"))
    yield case("future", describing(version=99))
    yield case("crowd", describing(people=people * 3))
    yield case("nameless", describing(known=said["known"][:-1]))
    yield case("words", describing(people="Ada and Noor"))
    yield case("nested", describing(people=nested))
    yield case("wide-prior", flowing(width=TRILLION))
    yield case("deep-prior", flowing(depth=TRILLION))
    yield case("large-prior", describing(prior=said["prior"] | {"size": TRILLION}))
    yield case("empty-prior", holding("prior.flow.enter.weight", np.zeros((0, TRILLION), "f2")))
    yield case("other-people", holding("people", np.zeros((2, 5), "f4")))
    yield case("other-space", holding("space.scales", np.ones(7, "f4")))
    yield case("other-latent", holding("latent.1", np.zeros((2, 8, 8), "f2")))
    yield case("whole-numbers", holding("known", np.zeros((6, 3), "i4")))
    yield case("nan", holding("space.mean", np.full((2, 4, 4), np.nan, "f2")))
    yield case("nan-latent", holding("latent.1", np.full((2, 4, 4), np.nan, "f2")))
    yield case("inf", holding("people", np.full((2, 3), np.inf, "f4")))
    yield case("too-large", holding("latent.1", np.full((2, 4, 4), 1e9, "f4")))
    yield case("flat", holding("space.scales", np.zeros(3, "f4")))


def write_people(path: Path) -> None:
    """Write a small sound library with everything that one can hold."""
    from mien.models.headsup.flow import Flow, FlowConfig
    from mien.models.headsup.library import IdentityLibrary
    from mien.models.headsup.library_file import save_library
    from mien.models.headsup.prior import FlowPrior

    rng = np.random.default_rng(0)
    latents = rng.normal(size=(6, 2, 4, 4)).astype(np.float32)
    told = [{"age_years": 30.0 + k, "hair": "bob" if k % 2 else "bald"} for k in range(6)]
    names = [f"person {k}" for k in range(6)]
    made = IdentityLibrary.of("abc", "n.safetensors", latents, names, attributes=told, num_axes=3)
    made = made.with_person("Ada", latents[0], attributes=told[0], thumbnail=b"\xff\xd8")
    made = made.with_person("Noor", latents[1], attributes=told[1], whole=True)
    config = FlowConfig(width=8, depth=1)
    nothing = np.zeros(0, np.float32)
    prior = FlowPrior(Flow(3, 0, config), config, (), nothing, nothing)
    save_library(path, replace(made, prior=prior))

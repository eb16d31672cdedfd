"""A figure: a synthetic person ready for the stage, as painted surfaces and strands on a rig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.avatar.rig import Rig
from mien.capture.synthetic.person import Person
from mien.image import Image8

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

Material = Literal["skin", "eye", "teeth", "wet", "cloth"]
StrandKind = Literal["hair", "brow", "lash", "beard"]


@dataclass(frozen=True, eq=False)
class Paint:
    """What covers a surface. Textures have their first row at the top (v = 1).

    Args:
        albedo: Colour without light [S, S, 3], sRGB bytes.
        surface: Roughness, specular strength, scattering under the surface, cavity (how much of
            the light around reaches the texel) [S, S, 4], bytes for 0..1.
        normals: Tangent-space normals [S, S, 3], bytes for -1..1: x along u, y along v upward, z
            out of the surface; None where it is smooth.
    """

    albedo: Image8
    surface: Image8
    normals: Image8 | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of the template's surface with its paint.

    Args:
        name: One of the template's part names, or `band`: the edge of the garment.
        material: How it answers light.
        faces: Its triangles [F, 3] into the rig's vertices.
        corner_uv: Their texture coordinates [F, 3, 2] in its paint.
        paint: What covers it.
    """

    name: str
    material: Material
    faces: Int32
    corner_uv: Float32
    paint: Paint


@dataclass(frozen=True, eq=False)
class Strands:
    """Hair of one kind: polylines that grow from the surface.

    Args:
        kind: Which.
        triangles: The triangle of the rig each grows from [S].
        barycentric: The place in it [S, 3].
        points: From root to tip [S, K, 3], metres, on the person at rest.
        widths: Diameters [S, K], metres.
        colors: Linear albedo [S, K, 3].
        shine: Factor on the highlights.
        softness: How much light passes through, 0..1: sparse hair is brighter.
    """

    kind: StrandKind
    triangles: Int32
    barycentric: Float32
    points: Float32
    widths: Float32
    colors: Float32
    shine: float = 1.0
    softness: float = 0.5


@dataclass(frozen=True, eq=False)
class Figure:
    """A person on the template's rig.

    Args:
        person: Who.
        template: Name of the head template.
        rig: Its surface at rest is the person's; the template's expressions and joints move it.
            Its vertices begin with the template's; what is sewn on comes after them.
        parts: Everything with a surface.
        strands: Everything that grows.
    """

    person: Person
    template: str
    rig: Rig
    parts: tuple[Part, ...]
    strands: tuple[Strands, ...]

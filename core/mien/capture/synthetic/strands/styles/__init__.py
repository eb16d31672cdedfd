"""Styles of head hair, one module a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from mien.capture.synthetic.person import Hair
from mien.capture.synthetic.strands.scalp import Combing, Scalp
from mien.capture.synthetic.strands.styles import cropped, curled, tied
from mien.capture.synthetic.strands.styles.fallen import Fall, fall
from mien.errors import MienError

Style = Callable[[Scalp, Hair], Combing]

STYLES: Mapping[str, Style | None] = MappingProxyType(
    {
        "bald": None,
        "buzz": cropped.buzz,
        "crop": cropped.crop,
        "side_part": cropped.side_part,
        "tousled": cropped.tousled,
        "bob": partial(fall, look=Fall(inward=0.55)),
        "fringe": partial(fall, look=Fall(inward=0.35, fringe=True)),
        "long_straight": partial(fall, look=Fall(behind=0.3)),
        "long_waves": partial(fall, look=Fall(layering=0.15, behind=0.2, waves=0.5)),
        "curls": curled.curls,
        "afro": curled.afro,
        "bun": tied.bun,
        "ponytail": tied.ponytail,
        "braid": tied.braid,
    }
)
"""How each of `person.Hair`'s styles is combed; None grows nothing."""


def style_named(name: str) -> Style | None:
    """Return how a style is combed, or None where it grows nothing.

    Raises:
        MienError: There is no such style.
    """
    if name not in STYLES:
        raise MienError(f"no hair style {name!r}", hint=f"Choose one of {', '.join(STYLES)}")
    return STYLES[name]

"""Plain values from a file: are they of the kinds that a dataclass of ours expects?

Dataclasses do not ask, so a wrong one would come up wherever it is used first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def sound(values: Mapping[str, Any], like: Any) -> dict[str, Any]:
    """Return values by field name if each is of the kind that an example has.

    Where the example is a number or text and the dataclass's own default is None, None will do;
    lists become tuples where the example has one, whole numbers floats.

    Args:
        values: As JSON gives them.
        like: An instance of the dataclass, or a mapping, with an example of each value; an empty
            mapping is an example of numbers by name.

    Raises:
        ValueError: A value is of another kind, or a number is not finite.
        KeyError: There is a value that the example lacks.
    """
    if is_dataclass(like):
        examples = {field.name: getattr(like, field.name) for field in fields(like)}
        optional = {field.name for field in fields(like) if field.default is None}
    else:
        examples, optional = dict(like), set[str]()
    return {
        name: None if value is None and name in optional else _sound(name, value, examples[name])
        for name, value in values.items()
    }


def _sound(name: str, value: Any, example: Any) -> Any:
    if isinstance(example, Mapping):
        one: Any = next(iter(example.values()), 0.0)  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, dict):
            return {key: _sound(f"{name} of {key}", item, one) for key, item in value.items()}
    elif isinstance(example, tuple):
        if isinstance(value, list) and len(value) == len(example):
            return tuple(_sound(name, *pair) for pair in zip(value, example, strict=True))
    elif isinstance(example, bool | str):
        if type(value) is type(example):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        if isinstance(example, float):
            return float(value)
        if isinstance(value, int):
            return value
    raise ValueError(f"its {name} is {str(value)[:40]!r}")

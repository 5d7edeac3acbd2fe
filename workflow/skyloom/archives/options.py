"""Options of a command from the fields of a settings model."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from skyloom.settings.base import Settings


def add_options(parser: argparse.ArgumentParser, model: type[Settings]) -> None:
    """Add one option per field of `model`: `--field-name`, its description as help."""
    for name, field in model.model_fields.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            required=field.is_required(),
            default=argparse.SUPPRESS,
            metavar="A,B,..." if _takes_several(field.annotation) else "VALUE",
            help=_help(field),
        )


def given_options(model: type[Settings], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given for the fields of `model`, lists split at their commas."""
    return {
        name: _split(given[name]) if _takes_several(field.annotation) else given[name]
        for name, field in model.model_fields.items()
        if name in given
    }


def _help(field: FieldInfo) -> str:
    text = (field.description or "").replace("%", "%%")
    if field.is_required():
        return f"{text} (required)"
    default = field.get_default(call_default_factory=True)
    return text if default is None else f"{text} (default: {_as_text(default)})"


def _as_text(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text.replace("%", "%%")


def _takes_several(annotation: Any) -> bool:
    """Whether a type is a sequence, or one of its alternatives is."""
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type):
        return issubclass(origin, Sequence | set | frozenset) and origin not in (str, bytes)
    return any(_takes_several(inner) for inner in get_args(annotation))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]

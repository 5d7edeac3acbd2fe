"""The closed model that all settings share, and its error messages."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from skyloom.errors import SkyloomError


class ConfigError(SkyloomError):
    """The configuration holds something that it must not, said in words."""


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], values: Mapping[str, Any], where: str) -> Model:
    """Validate `values` as `model`; raise `ConfigError` naming key, value found and fix."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        lines = [_explain(found, model, where) for found in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def first_fault(error: ValidationError) -> str:
    """Return in words what is wrong first: the key, where it is one, and the message."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{key + ': ' if key else ''}{first['msg']}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?`, or the list of known names when none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else f" Known here: {', '.join(names)}."


def _explain(found: Any, model: type[BaseModel], where: str) -> str:
    path = [where, *(str(part) for part in found["loc"])]
    key = ".".join(part for part in path if part)
    if found["type"] == "extra_forbidden":
        known = _fields_at(model, found["loc"][:-1])
        return f"{key}: unknown key.{nearest(str(found['loc'][-1]), known)}"
    if found["type"] == "missing":
        return f"{key}: this key is required and was not given."
    return f"{key}: {found['msg']}, found {found['input']!r}."


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys of the model that `path` leads to inside `model`.

    Where one of several models is told by its `kind`, pydantic's path names the kind.
    """
    found = [model]
    for part in path:
        told = [each for each in found if part in _kinds_of(each)]
        fields = [each.model_fields[str(part)] for each in found if part in each.model_fields]
        if told:
            found = told
        elif fields:
            found = [inner for field in fields for inner in models_in(field.annotation)]
    return sorted({name for each in found for name in each.model_fields})


def _kinds_of(model: type[BaseModel]) -> tuple[Any, ...]:
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the settings models inside an annotation such as `dict[str, X]` or `X | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]

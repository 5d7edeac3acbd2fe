"""Every key of the config, misspelt once: refused, and the right one is offered."""

import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from skyloom.config import Study, load_config, section_model
from skyloom.settings.base import ConfigError

SURVEYS = ("aurora", "mars", "sun", "galaxies")
Path = tuple[str, ...]


def misspelt(key: str) -> str:
    """Return a key with two neighbouring letters exchanged, or one too many."""
    for place in range(len(key) - 2, -1, -1):
        swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
        if swapped != key:
            return swapped
    return key + "e"


def models_in(annotation: Any) -> Iterator[tuple[Path, type[BaseModel]]]:
    """Yield the models inside an annotation, with the steps that lead to each.

    A step `kind=x` chooses among models and leads no deeper.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = annotation.model_fields.get("kind")
        told = kind is not None and typing.get_origin(kind.annotation) is typing.Literal
        choices = typing.get_args(kind.annotation) if kind is not None and told else ()
        yield ((f"kind={choices[0]}",) if len(choices) == 1 else ()), annotation
        return
    named = ("one",) if typing.get_origin(annotation) is dict else ()
    for inner in typing.get_args(annotation):
        for steps, model in models_in(inner):
            yield (*named, *steps), model


def keys_of(model: type[BaseModel], path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every key below a model: the way to it, and its name."""
    for name, field in model.model_fields.items():
        if name != "kind":
            yield path, name
        if typing.get_origin(field.annotation) is tuple:
            continue  # lists of sections are told apart by their place, not by a name
        for steps, inner in models_in(field.annotation):
            yield from keys_of(inner, (*path, name, *steps))


def all_keys() -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = [((), name) for name in Study.model_fields]
    for survey in SURVEYS:
        found += keys_of(section_model(survey), (survey,))
    return sorted(set(found))


@pytest.mark.parametrize(("path", "key"), all_keys(), ids=str)
def test_a_misspelt_key_is_refused_and_mended(path: Path, key: str) -> None:
    survey = path[0] if path else "mars"
    values: dict[str, Any] = {
        "surveys": [survey],
        survey: {"shards": "s.tsv", "encoders": {"a": {}}},
    }
    place = values
    for step in path:
        name, _, kind = step.partition("=")
        if kind:
            place[name] = kind
        else:
            place = place.setdefault(step, {})
    place[misspelt(key)] = None
    with pytest.raises(ConfigError) as caught:
        load_config(values)
    said = str(caught.value)
    assert f"{misspelt(key)}: unknown key" in said
    assert f"Did you mean '{key}'?" in said

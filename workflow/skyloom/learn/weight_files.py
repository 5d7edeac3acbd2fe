"""Weights out of files that any program wrote."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from skyloom.learn.encoders import EncoderError


def read_weights(path: Path) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of a file by their dotted names, and remarks on what else is in it.

    Dictionaries inside dictionaries, such as `state_dict` beside `epoch`, are taken apart: their
    keys become the first part of the names.

    Args:
        path: a file of safetensors if its name ends so, otherwise one that `torch.save` wrote.

    Raises:
        EncoderError: the file cannot be read, or holds objects that would have to be unpickled.
    """
    if path.suffix == ".safetensors":
        return _from_safetensors(path), []
    tensors: dict[str, Tensor] = {}
    others: list[str] = []
    for name, value in _leaves(_from_torch(path), ""):
        if isinstance(value, Tensor):
            tensors[name] = value
        else:
            others.append(name)
    if others:
        return tensors, [f"ignored, since they are no tensors: {some(others)}"]
    return tensors, []


def some(names: Iterable[str]) -> str:
    """Return the first names of many."""
    listed = list(names)
    return ", ".join(listed[:3]) + (", ..." if len(listed) > 3 else "")


def counted(names: Iterable[str]) -> str:
    """Return how many tensors the names are of."""
    count = len(list(names))
    return f"{count} tensor{'' if count == 1 else 's'}"


def _leaves(saved: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield all that is no dictionary, with the keys that lead to it joined by dots."""
    if not isinstance(saved, Mapping):
        yield name or type(saved).__name__, saved
        return
    for key, value in saved.items():
        yield from _leaves(value, f"{name}.{key}" if name else str(key))


def _from_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise EncoderError(
            f"{path} cannot be read as safetensors ({error}). Was it copied or downloaded whole?"
        ) from None


def _from_torch(path: Path) -> Any:
    """Return what torch saved, as long as it is tensors, numbers, text and containers of them."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # on bytes of another format, torch raises errors of any kind
        pickled = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
        if pickled is None:
            raise EncoderError(
                f"{path} cannot be read as a file of torch ({type(error).__name__}). Was it copied "
                "or downloaded whole?"
            ) from None
        raise EncoderError(
            f"{path} holds a pickled {pickled[1]}. Unpickling can run any code, so only tensors, "
            "numbers and text are read: save the state_dict alone, best as .safetensors, where "
            "the file comes from."
        ) from None

"""Which tensors of a file are which tensors of a network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from skyloom.learn.weight_files import counted, some


@dataclass(frozen=True)
class Renaming:
    """Names in a file, without the prefix `taken` and with the prefix `added`, are the network's.

    Attributes:
        taken: what programs put before the names of their encoder, such as `module.encoder_q.`.
        added: what the network here has before all its names; empty or ends with a dot.
    """

    taken: str
    added: str

    def fitting(self, weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> int:
        """Return how many tensors of the network the file has in name and shape."""
        sources = (weights.get(self.taken + name.removeprefix(self.added)) for name in wanted)
        return sum(
            source is not None and source.shape == target.shape
            for source, target in zip(sources, wanted.values(), strict=True)
        )

    def applied(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights under `taken` by the network's names."""
        return {
            self.added + name.removeprefix(self.taken): value
            for name, value in weights.items()
            if name.startswith(self.taken)
        }


def mapped_weights(
    weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Return the weights under the names that the network uses, and remarks.

    Of all prefixes in the file, the one is taken off under which most tensors fit in name and
    shape. Of equals it is the shortest, and MoCo's `encoder_q`, which was trained, rather than its
    `encoder_k`, which followed; then the first in the file.
    """
    found = {
        renaming: renaming.fitting(weights, wanted) for renaming in _renamings(weights, wanted)
    }
    most = max(found.values())
    equals = [renaming for renaming, count in found.items() if count == most]
    best = min(equals, key=_reluctance)
    others = [other.taken for other in equals if other.added == best.added and other != best]
    return best.applied(weights), list(_remarks(best, others if most else [], weights))


def _renamings(weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Iterator[Renaming]:
    taken = dict.fromkeys(["", *(prefix for name in weights for prefix in _prefixes(name))])
    first = next(iter(wanted), "")
    common = [
        prefix for prefix in _prefixes(first) if all(name.startswith(prefix) for name in wanted)
    ]
    yield from (Renaming(prefix, added) for added in ["", *common] for prefix in taken)


def _prefixes(name: str) -> list[str]:
    """Return the dotted beginnings of a name, the shortest first."""
    return [name[: place + 1] for place, letter in enumerate(name) if letter == "."]


def _reluctance(renaming: Renaming) -> tuple[int, bool]:
    return len(renaming.taken) + len(renaming.added), "encoder_k." in renaming.taken


def _remarks(renaming: Renaming, others: list[str], weights: Mapping[str, Tensor]) -> Iterator[str]:
    if renaming.added:
        yield f"names taken with the prefix '{renaming.added}'"
    if renaming.taken:
        yield f"names taken without their prefix '{renaming.taken}'"
    if others:
        yield f"as many tensors fit under {some(repr(other) for other in others)}; not used"
    outside = [name for name in weights if not name.startswith(renaming.taken)]
    if outside:
        yield f"{counted(outside)} outside '{renaming.taken}' not used: {some(outside)}"


def fit_weights(
    weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Match tensors by name and shape; adapt a first convolution to another number of bands.

    As timm does, the kernel is summed to one band or repeated cyclically, and scaled by old over
    new bands so that the response keeps its size.
    """
    fitted: dict[str, Tensor] = {}
    remarks: list[str] = []
    first = next((name for name, target in wanted.items() if target.ndim == 4), None)
    for name in [name for name in wanted if name in weights]:
        source, target = weights[name], wanted[name]
        if source.shape == target.shape:
            fitted[name] = source
        elif name == first and _differs_in_bands_only(source, target):
            fitted[name] = adapt_bands(source, target.shape[1])
            remarks.append(f"{name}: {source.shape[1]} bands adapted to {target.shape[1]}")
        else:
            remarks.append(
                f"{name}: shape {tuple(source.shape)} is not {tuple(target.shape)}, kept as drawn"
            )
    missing = [name for name in wanted if name not in weights]
    unused = [name for name in weights if name not in wanted]
    if missing:
        remarks.append(f"{counted(missing)} not in the weights, kept as drawn: {some(missing)}")
    if unused:
        remarks.append(f"{counted(unused)} not used: {some(unused)}")
    return fitted, remarks


def adapt_bands(kernel: Tensor, bands: int) -> Tensor:
    """Return a convolution kernel (O, I, h, w) for `bands` inputs, its response to grey unchanged.

    One band takes the sum over the old ones; several take them in turn, scaled, which is exact
    for multiples of the old number.
    """
    old = kernel.shape[1]
    if bands == 1:
        return kernel.sum(dim=1, keepdim=True)
    repeated = kernel.repeat(1, -(-bands // old), 1, 1)[:, :bands]
    return repeated * (old / bands)


def _differs_in_bands_only(source: Tensor, target: Tensor) -> bool:
    same_kernel = source.shape[2:] == target.shape[2:]
    return source.ndim == 4 and source.shape[0] == target.shape[0] and same_kernel

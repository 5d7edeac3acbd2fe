"""The stages of a network, from its input up, and training only the upper ones."""

import re
from collections.abc import Iterator

from torch import nn

from skyloom.learn.encoders import EncoderError

SEQUENCES = ("blocks", "_blocks", "stages", "layers")
"""Names under which networks keep a sequence of like parts, each a stage of its own."""


def stages_of(network: nn.Module) -> list[list[nn.Module]]:
    """Return the modules of each stage, from the input up: all that hold weights or statistics.

    What comes before a network's sequence of like parts is the first stage, each part is one, and
    what comes after is the last: a ResNet has five, its stem and four layers; a vision transformer
    of twelve blocks has fourteen, the first its patches and the last its norm. A network without
    such a sequence is one stage.
    """
    stages: list[list[nn.Module]] = [[]]
    after_part = False
    for is_part, module in _pieces(network):
        if not module.state_dict():
            continue
        if stages[-1] and (is_part or after_part):
            stages.append([])
        stages[-1].append(module)
        after_part = is_part
    return stages


def stage_parameters(network: nn.Module) -> list[list[nn.Parameter]]:
    """Return the parameters of each stage; each parameter is in exactly one.

    Those that the network holds outside of its modules, such as a transformer's class token and
    embedding of positions, act on its input and belong to the first.
    """
    stages = stages_of(network)
    places: dict[nn.Parameter, int] = {}
    for place, stage in enumerate(stages):
        for parameter in (parameter for module in stage for parameter in module.parameters()):
            places.setdefault(parameter, place)
    grouped: list[list[nn.Parameter]] = [[] for _ in stages]
    for parameter in network.parameters():
        grouped[places.get(parameter, 0)].append(parameter)
    return grouped


def _pieces(network: nn.Module) -> Iterator[tuple[bool, nn.Module]]:
    """Yield the modules in order, and whether each is a part of a sequence.

    A wrapper around a single network is taken off first.
    """
    children = list(network.named_children())
    if len(children) == 1 and children[0][0] not in SEQUENCES:
        children = list(children[0][1].named_children()) or children
    for name, child in children:
        if name in SEQUENCES:
            yield from ((True, part) for part in child.children())
        else:
            yield re.fullmatch(r"layer\d+", name) is not None, child


def train_above(whole: nn.Module, network: nn.Module, frozen: int) -> None:
    """Put `whole` into training mode, but for the lowest `frozen` stages of the `network` in it.

    Those act as in evaluation: their parameters get no gradient, their batch norms keep their
    statistics, and nothing in them is dropped at random.

    Raises:
        EncoderError: the network has no stage above the frozen ones.
    """
    stages = stages_of(network)
    if frozen >= len(stages):
        raise EncoderError(
            f"frozen_stages is {frozen}, but the network has {len(stages)} stages; expected less"
        )
    whole.train()
    for module in (module for stage in stages[:frozen] for module in stage):
        module.eval()
    for stage in stage_parameters(network)[:frozen]:
        for parameter in stage:
            parameter.requires_grad_(False)

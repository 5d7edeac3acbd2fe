"""Optimisers, and the learning rate of each stage at each moment."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from skyloom.learn.depth import stage_parameters
from skyloom.settings.pretrain import TrainingSettings

MILESTONES = (0.6, 0.9)
"""Shares of the epochs after which `schedule: steps` takes a tenth of the rate; those of the public
code of Hayat et al. 2021 (60 and 90 of 100 epochs)."""


class Lars(torch.optim.Optimizer):
    """SGD with momentum whose rate is scaled for each tensor (You et al. 2017, arXiv:1708.03888).

    For weights w with gradient g, decay b, momentum m and trust eta, algorithm 1 with g + b w in
    the denominator of equation 6, as SimCLR's code has it:

        d = g + b w
        v <- m v + rate * (eta |w| / |d|) * d
        w <- w - v

    The factor in brackets is 1 where |w| or |d| is 0, and in groups with `adapt` false. The rate is
    inside the momentum, so that a change of rate does not change the steps already in it.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        momentum: float,
        weight_decay: float,
        trust: float = 0.001,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust}
        super().__init__(parameters, defaults | {"adapt": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step; return the loss of `closure`, which is called before, if given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group)
        return loss

    def _move(self, weight: Tensor, group: Mapping[str, Any]) -> None:
        change = weight.grad.add(weight, alpha=group["weight_decay"])  # type: ignore[union-attr]
        if group["adapt"]:
            change.mul_(_trust(weight, change, group["trust"]))
        state = self.state[weight]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(weight)
        state["velocity"].mul_(group["momentum"]).add_(change, alpha=group["lr"])
        weight.sub_(state["velocity"])


def _trust(weight: Tensor, change: Tensor, trust: float) -> Tensor:
    """Return eta |w| / |change|, or 1 where one of them is zero; a scalar on the same device."""
    weight_norm, change_norm = weight.norm(), change.norm()
    ratio = trust * weight_norm / change_norm
    return torch.where((weight_norm > 0) & (change_norm > 0), ratio, torch.ones_like(ratio))


def parameter_groups(
    network: nn.Module, head: nn.Module, settings: TrainingSettings
) -> list[dict[str, Any]]:
    """Return groups of parameters with `scale`, their learning rate relative to the head's.

    Stage k of K has backbone_rate * layer_decay ** (K - 1 - k); frozen stages are left out. Biases
    and norms (one dimension or none) have no weight decay, and LARS does not adapt their rate.
    """
    scaled = [(1.0, parameter) for parameter in head.parameters()]
    stages = stage_parameters(network)
    for above, stage in enumerate(reversed(stages[settings.frozen_stages :])):
        scale = settings.backbone_rate * settings.layer_decay**above
        scaled += [(scale, parameter) for parameter in stage]
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for scale, parameter in scaled:
        groups.setdefault((scale, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "scale": scale,
            "weight_decay": settings.weight_decay if adapt else 0.0,
            "adapt": adapt,
        }
        for (scale, adapt), parameters in groups.items()
    ]


def make_optimizer(
    network: nn.Module, head: nn.Module, settings: TrainingSettings
) -> torch.optim.Optimizer:
    """Return the optimiser of `settings` over a network and the head on top of it."""
    groups = parameter_groups(network, head, settings)
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "lars":
        return Lars(groups, lr=rate, momentum=settings.momentum, weight_decay=decay)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            groups, lr=rate, momentum=settings.momentum, weight_decay=decay, fused=True
        )
    return torch.optim.AdamW(groups, lr=rate, weight_decay=decay, fused=True)


def learning_rate(settings: TrainingSettings, epoch: float) -> float:
    """Return the rate at a fractional epoch: linear warm-up, then the schedule of the settings."""
    warmup = min(settings.warmup_epochs, settings.epochs / 2)
    if epoch < warmup:
        return settings.learning_rate * (epoch + 0.1) / (warmup + 0.1)
    if settings.schedule == "steps":
        passed = sum(epoch >= share * settings.epochs for share in MILESTONES)
        return settings.learning_rate * 0.1**passed
    progress = (epoch - warmup) / (settings.epochs - warmup)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give each group its share of `rate`."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]

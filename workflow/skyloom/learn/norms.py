"""Batch norm over several domains and over several ranks."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


class DomainNorm(nn.Module):
    """One batch norm for each domain; `choose_domain` says which acts."""

    def __init__(self, norm: _BatchNorm, domains: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(copy.deepcopy(norm) for _ in range(domains))
        self.domain = 0

    def forward(self, inputs: Tensor) -> Tensor:
        """Return `inputs` normalised as images of the chosen domain."""
        normalised: Tensor = self.norms[self.domain](inputs)
        return normalised


def separate_norms(network: nn.Module, domains: int) -> None:
    """Give each domain its own batch norms, which start alike."""
    _replace(network, _BatchNorm, lambda norm: DomainNorm(norm, domains))


def choose_domain(network: nn.Module, domain: int) -> None:
    """Let the batch norms of `domain` act; a network without separate ones stays as it is."""
    for module in network.modules():
        if isinstance(module, DomainNorm):
            module.domain = domain


def keep_domain(network: nn.Module, domain: int) -> None:
    """Keep the batch norms of one domain alone: the network has its original form again."""
    _replace(network, DomainNorm, lambda norm: norm.norms[domain])


class _SumOfRanks(torch.autograd.Function):
    """The sum of a tensor over ranks; its gradient is the sum over ranks too."""

    @staticmethod
    def forward(context: Any, mine: Tensor) -> Tensor:
        """Return the sum of every rank's `mine`."""
        total = mine.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        """Return the sum of every rank's gradient: each rank's loss depends on every `mine`."""
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


class SyncedNorm(_BatchNorm):
    """Batch norm with the statistics of all ranks' batches, for processors without NCCL.

    torch's own SyncBatchNorm needs a GPU.
    """

    def _check_input_dim(self, inputs: Tensor) -> None:
        pass

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs (N, C, ...) normalised; in training, statistics are of all ranks."""
        if not self.training:
            return super().forward(inputs)
        axes = [0, *range(2, inputs.ndim)]
        shape = [1, -1, *[1] * (inputs.ndim - 2)]
        values = inputs.float()
        size = torch.tensor(values.numel() / values.shape[1])
        sums = _summed(torch.cat([values.sum(dim=axes), size[None]]))  # (C + 1,)
        count, mean = sums[-1], sums[:-1] / sums[-1]
        centred = values - mean.view(shape)
        variance = _summed(centred.pow(2).sum(dim=axes)) / count  # (C,)
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        scaled = centred * torch.rsqrt(variance + self.eps).view(shape)
        return (scaled * self.weight.view(shape) + self.bias.view(shape)).to(inputs.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics, as torch's batch norm does."""
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            return
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)


def _summed(mine: Tensor) -> Tensor:
    total: Tensor = _SumOfRanks.apply(mine)
    return total


def synchronise_norms(network: nn.Module, device: torch.device) -> None:
    """Let every batch norm use the statistics of all ranks."""
    cuda = device.type == "cuda"
    _replace(network, _BatchNorm, _cuda_synced if cuda else _synced)


def _cuda_synced(norm: nn.Module) -> nn.Module:
    converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(norm)  # type: ignore[no-untyped-call]
    return converted


def _synced(norm: _BatchNorm) -> SyncedNorm:
    synced = SyncedNorm(norm.num_features, norm.eps, norm.momentum, norm.affine)
    synced.load_state_dict(norm.state_dict())
    return synced.train(norm.training)


def _replace(network: nn.Module, kind: type[nn.Module], make: Callable[[Any], nn.Module]) -> None:
    """Replace each child module of a kind, at any depth, by what `make` makes of it."""
    for name, child in list(network.named_children()):
        if isinstance(child, kind):
            setattr(network, name, make(child))
        else:
            _replace(child, kind, make)

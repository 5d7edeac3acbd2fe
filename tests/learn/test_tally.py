import torch

from skyloom.learn.tally import Tally
from skyloom.learn.tower import Outcome


def outcome(device):
    first, second = torch.randn(2, 4, 3, device=device)
    losses = torch.rand(4, device=device)
    rows = torch.arange(4, device=device)
    return Outcome(losses.mean(), losses, rows, torch.randn(4, 5, device=device), first, second)


def test_a_restored_tally_lies_where_the_next_steps_compute():
    """A state is read into memory; sums, losses and features go to the device of the training."""
    tally = Tally(2)
    tally.add(outcome("cpu"), torch.tensor([0, 0, 1, 1]))
    elsewhere = torch.device("meta")
    restored = Tally(2)
    restored.restore(tally.state(), elsewhere)
    kept = [*restored.losses, restored.false_negatives, restored.by_domain]
    kept += [*restored.recent.features, *restored.recent.first, *restored.recent.second]
    assert {tensor.device for tensor in kept} == {elsewhere}
    assert torch.stack([*restored.losses, outcome(elsewhere).loss]).device == elsewhere

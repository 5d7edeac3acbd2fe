import pytest
import torch
from torch import nn

from skyloom.learn.momentum import queue_pairs
from skyloom.learn.queue import KeyQueue, follow


@pytest.mark.parametrize("size", [1, 7, 10, 64])
@pytest.mark.parametrize("batch", [1, 3, 10, 23])
def test_queue_against_a_list(size, batch):
    """Sizes that do not divide: the queue holds the last keys, each at the place of its number."""
    queue, put = KeyQueue(size, 2), []
    for step in range(6):
        rows = torch.arange(batch) + step * batch
        queue.enqueue(rows[:, None].float().repeat(1, 2), rows)
        put += rows.tolist()
        expected = [-1] * size
        for number, row in enumerate(put):
            expected[number % size] = row
        assert queue.rows.tolist() == expected
        filled = queue.rows >= 0
        assert torch.equal(queue.keys[filled][:, 0], queue.rows[filled].float())
        assert int(queue.place) == len(put) % size


def test_queue_is_part_of_the_state():
    first, second = KeyQueue(5, 3), KeyQueue(5, 3)
    first.enqueue(torch.randn(7, 3), torch.arange(7))
    second.load_state_dict(first.state_dict())
    keys = torch.randn(2, 3)
    for queue in (first, second):
        queue.enqueue(keys, torch.tensor([8, 9]))
    assert torch.equal(first.keys, second.keys)
    assert torch.equal(first.rows, second.rows)
    assert not list(first.parameters())


def test_a_query_meets_its_key_and_older_keys_of_other_images():
    pairs = queue_pairs(torch.tensor([4, 9]), torch.tensor([9, -1, 3]))
    assert pairs.positive.tolist() == [
        [True, False, False, False, False],
        [False, True, False, False, False],
    ]
    assert pairs.negative.tolist() == [
        [False, False, True, False, True],
        [False, False, False, False, True],
    ]


def test_the_follower_moves_by_its_share_and_keeps_its_statistics():
    leader, follower = (nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)) for _ in range(2))
    leader(torch.randn(8, 3))
    before = [parameter.clone() for parameter in follower.parameters()]
    mean = follower[1].running_mean.clone()
    follow(follower, leader, 0.9)
    for old, new, target in zip(before, follower.parameters(), leader.parameters(), strict=True):
        assert torch.allclose(new, 0.9 * old + 0.1 * target, atol=1e-7)
    assert torch.equal(follower[1].running_mean, mean)

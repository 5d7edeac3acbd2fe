import math

import pytest
import torch

from skyloom.learn import health


def test_collapse_is_seen():
    torch.manual_seed(0)
    alive, line = torch.randn(400, 32), torch.randn(400, 1) @ torch.randn(1, 32)
    constant = torch.ones(400, 32)
    assert health.feature_std(alive) == pytest.approx(1, abs=0.05)
    assert health.feature_std(constant) == pytest.approx(0, abs=1e-6)
    assert health.rankme(alive) > 29
    assert health.rankme(line) == pytest.approx(1, abs=0.05)


def test_rankme_of_known_singular_values():
    values = torch.tensor([3.0, 1.0])
    expected = math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert health.rankme(torch.diag(values)) == pytest.approx(expected, rel=1e-4)


def test_alignment_and_uniformity_against_the_definition():
    first, second = torch.randn(2, 30, 5)
    unit = torch.nn.functional.normalize
    expected = (unit(first) - unit(second)).norm(dim=1).pow(2).mean()
    assert health.alignment(first, second) == pytest.approx(float(expected), rel=1e-5)
    total, pairs = 0.0, 0
    points = unit(first)
    for i in range(30):
        for j in range(i):
            total += math.exp(-2 * float((points[i] - points[j]).norm()) ** 2)
            pairs += 1
    assert health.uniformity(first) == pytest.approx(math.log(total / pairs), rel=1e-4)

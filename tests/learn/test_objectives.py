import numpy as np
import pytest
import torch

from skyloom.learn.objectives import OBJECTIVES, decoupled, nt_xent


def slow(first, second, temperature, decouple):
    """Both losses in float64, pair by pair, as the papers write them."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    count, total = len(first), 0.0
    for i in range(2 * count):
        j = (i + count) % (2 * count)
        positive = np.exp(z[i] @ z[j] / temperature)
        others = [k for k in range(2 * count) if k != i and not (decouple and k == j)]
        total -= np.log(positive / sum(np.exp(z[i] @ z[k] / temperature) for k in others))
    return total / (2 * count)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
@pytest.mark.parametrize(("count", "width"), [(2, 3), (5, 8), (17, 4)])
@pytest.mark.parametrize(("name", "decouple"), [("simclr", False), ("dcl", True)])
def test_against_the_slow_reference(name, decouple, count, width, temperature):
    rng = np.random.default_rng(count)
    first, second = rng.standard_normal((2, count, width))
    loss = OBJECTIVES[name](torch.from_numpy(first), torch.from_numpy(second), temperature)
    assert float(loss) == pytest.approx(slow(first, second, temperature, decouple), rel=2e-5)


@pytest.mark.parametrize("objective", [nt_xent, decoupled])
def test_gradient_by_finite_differences(objective):
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 3, dtype=torch.float32)
    first.requires_grad_()
    objective(first, second, 0.5).backward()
    step = 1e-3
    for place in [(0, 0), (2, 1), (3, 2)]:
        moved = [first.detach().clone() for _ in range(2)]
        moved[0][place] += step
        moved[1][place] -= step
        values = [slow(m.numpy(), second.numpy(), 0.5, objective is decoupled) for m in moved]
        expected = (values[0] - values[1]) / (2 * step)
        assert float(first.grad[place]) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("objective", [nt_xent, decoupled])
def test_identical_and_huge_inputs_stay_finite(objective):
    ones = torch.ones(8, 4)
    assert torch.isfinite(objective(ones, ones, 0.01))
    assert torch.isfinite(objective(1e20 * torch.randn(8, 4), 1e20 * torch.randn(8, 4), 0.01))


def test_bfloat16_is_computed_in_float32():
    first, second = torch.randn(2, 16, 8).to(torch.bfloat16)
    exact = nt_xent(first.float(), second.float(), 0.1)
    assert nt_xent(first, second, 0.1).dtype == torch.float32
    assert torch.equal(nt_xent(first, second, 0.1), exact)


def test_collapsed_projections_cost_the_logarithm_of_the_negatives():
    ones = torch.ones(8, 4)
    assert float(nt_xent(ones, ones, 0.1)) == pytest.approx(np.log(15), rel=1e-5)
    assert float(decoupled(ones, ones, 0.1)) == pytest.approx(np.log(14), rel=1e-5)

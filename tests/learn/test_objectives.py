import numpy as np
import pytest
import torch

from skyloom.learn.objectives import (
    Pairs,
    attracted,
    barlow_twins,
    decoupled,
    eliminated,
    info_nce,
    similarities,
    view_pairs,
)
from skyloom.learn.relations import same_group

CONTRASTS = {"info_nce": info_nce, "decoupled": decoupled}
CORRECTIONS = {"none": None, "eliminate": eliminated, "attract": attracted}


def slow(first, second, temperature, contrast, correction="none", groups=None):
    """All losses in float64, pair by pair, as the papers write them."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    count, losses = len(first), []
    groups = range(count) if groups is None else groups
    for i in range(2 * count):
        j = (i + count) % (2 * count)
        alike = [
            k
            for k in range(2 * count)
            if k not in (i, j) and groups[k % count] == groups[i % count] != -1
        ]
        positives = [j, *alike] if correction == "attract" else [j]
        away = {i, j, *alike} if correction != "none" else {i, j}
        negatives = [k for k in range(2 * count) if k not in away]
        below = negatives if contrast == "decoupled" else [*positives, *negatives]
        if not negatives and contrast == "decoupled":
            losses.append(0.0)
            continue
        total = sum(np.exp(z[i] @ z[k] / temperature) for k in below)
        terms = [np.log(np.exp(z[i] @ z[p] / temperature) / total) for p in positives]
        losses.append(-np.mean(terms))
    return np.array(losses)


def fast(first, second, temperature, contrast, correction="none", groups=None):
    pairs = view_pairs(len(first))
    if correction != "none":
        codes = torch.as_tensor(groups).repeat(2)
        pairs = CORRECTIONS[correction](pairs, same_group(codes, codes))
    both = torch.cat([first, second])
    return CONTRASTS[contrast](similarities(both, both, temperature), pairs)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
@pytest.mark.parametrize(("count", "width"), [(2, 3), (5, 8), (17, 4)])
@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("contrast", CONTRASTS)
def test_against_the_slow_reference(contrast, correction, count, width, temperature):
    rng = np.random.default_rng(count)
    first, second = torch.from_numpy(rng.standard_normal((2, count, width)))
    groups = rng.integers(-1, 3, count)
    found = fast(first, second, temperature, contrast, correction, groups)
    expected = slow(first, second, temperature, contrast, correction, groups)
    assert found.numpy() == pytest.approx(expected, rel=2e-5, abs=2e-5)


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("contrast", CONTRASTS)
def test_gradient_by_finite_differences(contrast, correction):
    torch.manual_seed(0)
    first, second = torch.randn(2, 5, 3)
    groups = np.array([0, 1, 0, -1, -1])
    first.requires_grad_()
    fast(first, second, 0.5, contrast, correction, groups).mean().backward()
    step = 1e-3
    for place in [(0, 0), (2, 1), (4, 2)]:
        moved = [first.detach().clone() for _ in range(2)]
        moved[0][place] += step
        moved[1][place] -= step
        values = [slow(m, second, 0.5, contrast, correction, groups).mean() for m in moved]
        expected = (values[0] - values[1]) / (2 * step)
        assert float(first.grad[place]) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("correction", ["eliminate", "attract"])
@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_group_for_each_image_changes_nothing(contrast, correction):
    first, second = torch.randn(2, 9, 6)
    plain = fast(first, second, 0.1, contrast)
    for groups in (np.arange(9), np.full(9, -1)):
        assert torch.equal(plain, fast(first, second, 0.1, contrast, correction, groups))


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_one_group_for_all_images_stays_finite(contrast):
    first, second = torch.randn(2, 6, 4)
    first.requires_grad_()
    pairs = eliminated(view_pairs(6), torch.ones(12, 12, dtype=torch.bool))
    assert torch.equal(pairs.positive, view_pairs(6).positive), "the positive is never masked"
    assert not pairs.negative.any()
    both = torch.cat([first, second])
    loss = CONTRASTS[contrast](similarities(both, both, 0.1), pairs).mean()
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(first.grad).all()


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_identical_and_huge_inputs_stay_finite(contrast):
    ones = torch.ones(8, 4)
    assert torch.isfinite(fast(ones, ones, 0.01, contrast)).all()
    huge = 1e20 * torch.randn(2, 8, 4)
    assert torch.isfinite(fast(huge[0], huge[1], 0.01, contrast)).all()


def test_bfloat16_is_computed_in_float32():
    first, second = torch.randn(2, 16, 8).to(torch.bfloat16)
    exact = fast(first.float(), second.float(), 0.1, "info_nce")
    found = fast(first, second, 0.1, "info_nce")
    assert found.dtype == torch.float32
    assert torch.equal(found, exact)


def test_collapsed_projections_cost_the_logarithm_of_the_negatives():
    ones = torch.ones(8, 4)
    assert float(fast(ones, ones, 0.1, "info_nce").mean()) == pytest.approx(np.log(15), rel=1e-5)
    assert float(fast(ones, ones, 0.1, "decoupled").mean()) == pytest.approx(np.log(14), rel=1e-5)


def slow_barlow(first, second, redundancy):
    a, b = (z.astype(np.float64) for z in (first, second))
    a, b = ((z - z.mean(axis=0)) / (z.std(axis=0) + 1e-5) for z in (a, b))
    total = 0.0
    for i in range(a.shape[1]):
        for j in range(a.shape[1]):
            c = np.mean(a[:, i] * b[:, j])
            total += (1 - c) ** 2 if i == j else redundancy * c**2
    return total / a.shape[1]


def test_barlow_twins_against_the_slow_reference_and_by_finite_differences():
    torch.manual_seed(0)
    first, second = torch.randn(2, 12, 4)
    first.requires_grad_()
    loss = barlow_twins(first, second, 0.1)
    loss.backward()
    expected = slow_barlow(first.detach().numpy(), second.numpy(), 0.1)
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-5)
    step = 1e-3
    moved = [first.detach().numpy().copy() for _ in range(2)]
    moved[0][3, 1] += step
    moved[1][3, 1] -= step
    values = [slow_barlow(m, second.numpy(), 0.1) for m in moved]
    assert float(first.grad[3, 1]) == pytest.approx((values[0] - values[1]) / (2 * step), abs=2e-4)


class TestAgainstLightly:
    @pytest.fixture
    def views(self):
        torch.manual_seed(1)
        return torch.randn(2, 24, 16)

    def test_nt_xent(self, views):
        from lightly.loss import NTXentLoss

        expected = NTXentLoss(temperature=0.2)(*views)
        assert float(fast(*views, 0.2, "info_nce").mean()) == pytest.approx(float(expected))

    def test_decoupled(self, views):
        from lightly.loss import DCLLoss

        expected = DCLLoss(temperature=0.2)(*views)
        assert float(fast(*views, 0.2, "decoupled").mean()) == pytest.approx(float(expected))

    def test_queue(self, views):
        from lightly.loss import NTXentLoss

        theirs = NTXentLoss(temperature=0.2, memory_bank_size=(40, 16))
        theirs(*torch.randn(2, 24, 16))  # draws the bank
        bank = theirs.memory_bank.bank.clone()
        bank = bank if bank.shape[0] == 40 else bank.T
        positive = torch.eye(24, 64, dtype=torch.bool)
        negative = torch.zeros_like(positive)
        negative[:, 24:] = True
        candidates = torch.cat([views[1], bank])
        found = info_nce(similarities(views[0], candidates, 0.2), Pairs(positive, negative))
        assert float(found.mean()) == pytest.approx(float(theirs(*views)), rel=1e-5)

    def test_barlow_twins(self, views):
        from lightly.loss import BarlowTwinsLoss

        expected = BarlowTwinsLoss(lambda_param=0.005)(*views) / 16
        assert float(barlow_twins(*views)) == pytest.approx(float(expected), rel=1e-3)

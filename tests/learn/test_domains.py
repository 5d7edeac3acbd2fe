from dataclasses import replace

import numpy as np
import pytest
import torch
from made_training import made_domain, made_encoder

from skyloom.learn.domains import Mixture, as_own, band_matrix
from skyloom.learn.encoders import standardise
from skyloom.learn.ranks import Ranks
from skyloom.settings.views import ViewSettings

STILL = ViewSettings(
    crop_area=(1, 1), crop_aspect=(1, 1), horizontal_flip=0, jitter=0, grey=0, blur=0
)
CPU = torch.device("cpu")


def mixture(rank=0, count=1, views=2):
    domains = [made_domain(24, 8), made_domain(10, 4, bands=1, name="o", first_class=3)]
    return Mixture(domains, made_encoder().card, 3, Ranks(rank, count, CPU), views)


def test_an_epoch_sees_each_own_image_once_and_others_in_their_share():
    seen = [batch.rows.tolist() for batch in mixture().batches(0, 6)]
    own = [row for rows in seen for row in rows if row < 24]
    other = [row - 24 for rows in seen for row in rows if row >= 24]
    assert sorted(own[:24]) == sorted(own[24:]) == list(range(24))
    assert own[:24] != own[24:], "another order in the next epoch"
    assert len(other) == 24
    for start in range(0, 24, 8):  # two steps of four make a pass over ten, two are left over
        assert len(set(other[start : start + 8])) == 8
    assert set(other) == set(range(10))


def test_a_batch_follows_from_its_number_alone():
    first = list(mixture().batches(0, 5))[4]
    (again,) = mixture().batches(4, 5)
    assert torch.equal(first.rows, again.rows)
    for mine, theirs in zip(
        [*first.first, *first.second], [*again.first, *again.second], strict=True
    ):
        assert torch.equal(mine, theirs)


def test_ranks_share_a_batch():
    (whole,) = mixture().batches(2, 3)
    parts = [next(mixture(rank, 2).batches(2, 3)) for rank in (0, 1)]
    assert [len(view) for view in parts[0].first] == [4, 2]
    together = sorted(torch.cat([part.rows for part in parts]).tolist())
    assert together == sorted(whole.rows.tolist())
    place = {
        row: view
        for part in parts
        for row, view in zip(part.rows.tolist(), [*part.first[0], *part.first[1]], strict=True)
    }
    for row, view in zip(whole.rows.tolist(), [*whole.first[0], *whole.first[1]], strict=True):
        assert torch.allclose(place[row], view, atol=1e-5)


def test_one_view_where_one_is_wanted():
    (batch,) = mixture(views=1).batches(0, 1)
    assert batch.second == []


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (1, 3, [[1], [1], [1]]),
        (3, 1, [[1 / 3, 1 / 3, 1 / 3]]),
        (3, 3, np.eye(3)),
        (5, 3, [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]),
        (2, 3, [[1, 0], [0.5, 0.5], [0, 1]]),
    ],
)
def test_bands_are_resampled_from_first_to_last(given, wanted, expected):
    assert np.allclose(band_matrix(given, wanted).numpy(), expected)


def test_another_domain_looks_standardised_to_the_encoder():
    card = made_encoder().card
    domain = made_domain(30, bands=5, name="o", first_class=1)
    object.__setattr__(domain, "mean", torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    object.__setattr__(domain, "std", torch.tensor([1.0, 2.0, 1.0, 2.0, 3.0]))
    images = domain.mean[:, None, None] + domain.std[:, None, None] * torch.randn(200, 5, 8, 8)
    seen = standardise(
        as_own(images, domain, card), torch.tensor(card.mean), torch.tensor(card.std)
    )
    assert seen.shape == (200, 3, 8, 8)
    assert seen.mean(dim=(0, 2, 3)).abs().max() < 0.05
    assert (seen.std(dim=(0, 2, 3)) - 1).abs().max() < 0.05


def test_the_surveys_own_images_are_left_as_they_are():
    images = torch.randn(2, 3, 8, 8)
    assert as_own(images, made_domain(), made_encoder().card) is images


def test_own_statistics_need_not_be_exact_in_float32():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    card = replace(made_encoder().card, mean=mean, std=std)
    domain = replace(made_domain(), mean=torch.tensor(mean), std=torch.tensor(std))
    images = torch.randn(2, 3, 8, 8)
    assert as_own(images, domain, card) is images
    assert as_own(images, replace(domain, std=torch.ones(3)), card) is not images

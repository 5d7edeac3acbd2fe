import numpy as np
import torch

from skyloom.learn.objectives import view_pairs
from skyloom.learn.relations import Relations


def relations(correction="none", within=False, groups=(0, 0, 1, -1, -1)):
    return Relations(
        labels=torch.tensor([0, 0, 1, 1, -1]),
        domains=torch.tensor([0, 0, 0, 1, 1]),
        groups=torch.tensor(groups),
        correction=correction,
        within=within,
    )


def slow_counts(negative, labels):
    false = known = 0
    for i, row in enumerate(negative.numpy()):
        for k in np.flatnonzero(row):
            if labels[i] >= 0 and labels[k] >= 0:
                known += 1
                false += labels[i] == labels[k]
    return [false, known]


def corrected(**how):
    told, rows = relations(**how), torch.arange(5).repeat(2)
    pairs, counts = told.corrected(view_pairs(5), rows, rows)
    labels = told.labels[rows].numpy()
    assert counts.before.tolist() == slow_counts(view_pairs(5).negative, labels)
    assert counts.after.tolist() == slow_counts(pairs.negative, labels)
    return pairs, counts


def test_without_correction_nothing_changes():
    pairs, counts = corrected()
    assert torch.equal(pairs.negative, view_pairs(5).negative)
    # Of 8 anchors with a label, each meets 6 labelled negatives, 2 of them with its label.
    assert counts.before.tolist() == [16, 48]


def test_elimination_takes_the_group_out_and_lowers_the_rate():
    pairs, counts = corrected(correction="eliminate")
    assert not pairs.negative[0, [1, 6]].any()
    assert pairs.negative[0, [2, 3, 4]].all()
    assert torch.equal(pairs.positive, view_pairs(5).positive)
    assert counts.after.tolist() == [8, 40]


def test_attraction_makes_positives_of_the_group():
    pairs, _ = corrected(correction="attract")
    assert torch.nonzero(pairs.positive[0]).flatten().tolist() == [1, 5, 6]
    assert torch.nonzero(pairs.positive[3]).flatten().tolist() == [8], "-1 is like none"
    assert not (pairs.positive & pairs.negative).any()


def test_negatives_within_a_domain_only():
    pairs, _ = corrected(within=True)
    assert torch.nonzero(pairs.negative[0]).flatten().tolist() == [1, 2, 6, 7]
    assert torch.nonzero(pairs.negative[3]).flatten().tolist() == [4, 9]

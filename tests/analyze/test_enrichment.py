import numpy as np
import pytest

from skyloom.analyze.covariates import Look
from skyloom.analyze.enrichment import ENRICHMENT_COLUMNS, enrichment


def looked(clusters, groups, numbers, permutations=300, seed=0, value=""):
    columns = [Look("x", value, np.asarray(numbers, dtype=float))]
    return enrichment("k-means", clusters, groups, columns, permutations, seed)


def clumped(rng, groups=20, size=15):
    """Clusters and a covariate that both live in groups, and have nothing to do with each other."""
    group = np.repeat(np.arange(groups), size)
    home = rng.integers(0, 3, size=groups)[group]
    cluster = np.where(rng.uniform(size=len(group)) < 0.85, home, rng.integers(0, 3, len(group)))
    return cluster, group.astype(str), rng.normal(size=groups)[group]


def test_images_of_a_group_are_not_taken_for_independent():
    rejected, naive = 0, 0
    for seed in range(60):
        cluster, group, x = clumped(np.random.default_rng(seed))
        table = looked(cluster, group, x, permutations=100)
        rejected += (table["q_value"] <= 0.05).any()
        alone = np.arange(len(cluster)).astype(str)
        naive += (looked(cluster, alone, x, permutations=100)["q_value"] <= 0.05).any()
    assert rejected <= 8  # 3 of 60 are expected; more than 8 come in under 0.5 % of trials
    assert naive > 30


def test_many_looks_are_corrected():
    families = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        cluster, group = rng.integers(0, 6, 200), rng.integers(0, 40, 200).astype(str)
        columns = [Look(f"x{place}", "", rng.normal(size=200)) for place in range(10)]
        table = enrichment("k-means", cluster, group, columns, 200, seed)
        families += (table["q_value"] <= 0.05).any()
        assert (table["p_value"] <= 0.05).mean() < 0.2
        assert (table["q_value"] >= table["p_value"] - 1e-9).all()
    assert families <= 6


def test_what_was_planted_is_found_in_its_cluster_and_nowhere_else():
    rng = np.random.default_rng(0)
    cluster, group = rng.integers(0, 4, 400), rng.integers(0, 50, 400).astype(str)
    x = rng.normal(size=400) + 1.0 * (cluster == 2)
    table = looked(cluster, group, x).set_index("cluster")
    assert table.loc[2, "q_value"] <= 8 / 301
    assert table.loc[2, "effect"] > 0.4
    assert table.loc[2, "mean_in"] == pytest.approx(x[cluster == 2].mean())
    assert table.loc[2, "mean_all"] == pytest.approx(x.mean())


def test_effect_of_an_indicator_is_a_ratio_of_shares():
    cluster, is_red = np.repeat([0, 1], 100), np.r_[np.ones(80), np.zeros(20), np.zeros(100)]
    table = looked(cluster, np.arange(200).astype(str), is_red, value="red").set_index("cluster")
    expected = np.log2((80.5 / 101) / (80.5 / 201))
    assert table.loc[0, "effect"] == pytest.approx(expected)
    assert table.loc[0, "mean_in"] == pytest.approx(0.8)
    assert np.isfinite(table.loc[1, "effect"])


@pytest.mark.parametrize("groups", ["one", "each its own", "some"])
def test_p_values_against_a_slow_reference(groups):
    rng = np.random.default_rng(3)
    count = 60
    cluster = rng.integers(0, 2, count)
    x = rng.normal(size=count) + 0.5 * cluster
    group = {"one": np.zeros(count, int), "each its own": np.arange(count)}.get(
        groups, np.sort(rng.integers(0, 8, count))
    )
    p = looked(cluster, group.astype(str), x, permutations=6000).set_index("cluster")["p_value"]
    z = (x - x.mean()) / x.std()
    names = np.unique(group.astype(str))
    means = {name: z[group.astype(str) == name].mean() for name in names}
    sums = []
    for _ in range(6000):
        shuffled = dict(zip(names, rng.permutation(list(means.values())), strict=True))
        drawn = np.empty(count)
        for name in names:
            mine = group.astype(str) == name
            drawn[mine] = shuffled[name] + rng.permutation(z[mine] - means[name])
        sums.append(drawn[cluster == 1].sum())
    observed = z[cluster == 1].sum()
    slow = 2 * min(np.mean(sums >= observed), np.mean(sums <= observed))
    assert p[1] == pytest.approx(slow, abs=0.03)


def test_unknown_values_are_left_out():
    x = np.r_[np.full(50, np.nan), np.arange(150.0)]
    cluster = np.repeat([0, 1], 100)
    table = looked(cluster, np.arange(200).astype(str), x).set_index("cluster")
    assert list(table["images"].sort_index()) == [50, 100]
    assert table.loc[0, "mean_in"] == pytest.approx(np.arange(50).mean())


@pytest.mark.parametrize("case", ["no clusters", "no looks", "one cluster", "constant"])
def test_where_there_is_nothing_to_find(case):
    cluster = np.full(30, -1 if case == "no clusters" else 0)
    columns = [] if case == "no looks" else [Look("x", "", np.arange(30.0))]
    if case == "constant":
        columns, cluster = [Look("x", "", np.ones(30))], np.arange(30) % 2
    table = enrichment("HDBSCAN", cluster, np.array(["a"] * 30), columns, 100, 0)
    assert list(table.columns) == list(ENRICHMENT_COLUMNS)
    assert (table["p_value"] == 1).all()

import numpy as np

from skyloom.analyze.cluster import Clustering, hdbscan_clusters
from skyloom.analyze.condensed_tree import TREE_COLUMNS, tree_table
from skyloom.settings.cluster import ClusterSettings


def clustered():
    rng = np.random.default_rng(0)
    centres = (0.0, 1.0, 1.5, 4.0)
    points = np.concatenate([rng.normal(centre, 0.1, size=(60, 8)) for centre in centres])
    settings = ClusterSettings(min_cluster_size=10, min_samples=5)
    return hdbscan_clusters(points.astype(np.float32), settings)


def test_the_tree_splits_as_the_points_lie():
    found = clustered()
    table = tree_table(found.tree, found.labels)
    assert list(table["parent"]) == [-1, 0, 0, 1, 1, 3, 3]
    assert list(table["images"]) == [240, 180, 60, 120, 60, 60, 60]
    assert (table["birth"].to_numpy()[1:] >= table["birth"].to_numpy()[table["parent"][1:]]).all()
    chosen = table[table["cluster"] >= 0]
    assert sorted(chosen["cluster"]) == [0, 1, 2, 3]
    assert list(chosen["images"]) == [60] * 4


def test_every_image_leaves_one_node_and_later_than_it_came():
    found = clustered()
    table = tree_table(found.tree, found.labels)
    assert table["own"].sum() == len(found.labels)
    below = table.groupby("parent")["images"].sum().reindex(table["node"], fill_value=0)
    assert (table["own"].to_numpy() + below.to_numpy() == table["images"].to_numpy()).all()
    for row in table[table["own"] > 0].itertuples():
        assert (np.diff(row.departures) >= 0).all()
        assert row.departures[0] >= row.birth


def test_chosen_nodes_hold_the_images_of_their_cluster():
    found = clustered()
    renumbered = np.where(found.labels < 0, -1, found.labels + 40)
    table = tree_table(found.tree, renumbered).set_index("cluster")
    sizes = {number: int((renumbered == number).sum()) for number in range(40, 44)}
    assert {number: table.loc[number, "images"] for number in sizes} == sizes


def test_without_a_tree_the_table_is_empty():
    nothing = Clustering(np.full(3, -1), np.zeros(3))
    table = tree_table(nothing.tree, nothing.labels)
    assert list(table.columns) == list(TREE_COLUMNS)
    assert table.empty

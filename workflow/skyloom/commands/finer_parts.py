"""What a cluster on the explorer's pages may fall into."""

from typing import TYPE_CHECKING

from skyloom.tables import read_table
from skyloom.web.explore.catalogue import Catalogue
from skyloom.web.explore.cluster_centres import unit_vectors
from skyloom.web.explore.cluster_tables import ClusterTables

if TYPE_CHECKING:
    from skyloom.analyze.finer import Finer


def finer_parts(catalogue: Catalogue, table: ClusterTables, number: int) -> "Finer | None":
    """Return parts of a cluster: of HDBSCAN the branches of its tree, else those of k-means.

    None where it has no branches and no vectors, or too few images.

    Args:
        catalogue: the images.
        table: the clustering.
        number: of the cluster.
    """
    from skyloom.analyze.finer import finer_by_kmeans, finer_by_tree  # here: it imports sklearn

    members = table.members(number)
    tree = catalogue.places.table(table.encoder, "clusters", "tree.parquet")
    if table.algorithm == "hdbscan" and tree is not None:
        found = read_table(table.path)
        if "node" in found.columns:
            nodes = found.set_index("image_id")["node"].loc[catalogue.names[members]].to_numpy()
            if (parts := finer_by_tree(read_table(tree), nodes, number)) is not None:
                return parts
    vectors = unit_vectors(catalogue, table.encoder)
    return None if vectors is None else finer_by_kmeans(vectors.at(members), seed=0)

"""Which images the names that people gave to clusters stand for, in the present clusterings."""

import pandas as pd

from skyloom.analyze.cluster_numbers import ALGORITHMS
from skyloom.digest import sha256_of_file
from skyloom.relabel.cluster_events import clusters_in, read_membership
from skyloom.relabel.cluster_names import named_images, standing_names
from skyloom.relabel.sealed_names import of_algorithm, read_sealed_names
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table

COLUMNS = ("image_id", "algorithm", "cluster", "name")


def names(job: Job) -> None:
    """Write a row per image of a named cluster, by each algorithm."""
    rows = [row for path in job.paths("sealed") for row in read_sealed_names(path)]
    kept = {path.stem: path for path in job.paths("memberships")}
    tables = [pd.DataFrame(columns=COLUMNS)]
    for algorithm, title in ALGORITHMS.items():
        path = job.path(algorithm)
        clusters = clusters_in(path)
        said = of_algorithm(rows, algorithm)
        found = standing_names(
            said, clusters, sha256_of_file(path), lambda sha256: read_membership(kept[sha256])
        )
        table = named_images(found, clusters).assign(algorithm=title)
        lost = sorted({str(one.event.name or one.event.act) for one in found.lost})
        print(f"{title}: {len(table)} images named; lost: {', '.join(lost) or 'nothing'}")
        tables.append(table)
        job.facts[f"{algorithm}_named"] = len(table)
        job.facts[f"{algorithm}_lost"] = lost
    joined = pd.concat(tables, ignore_index=True)
    write_table(job.path("names"), joined.astype({"cluster": "int64"})[list(COLUMNS)])


if __name__ == "__main__":
    run_stage(
        "names",
        names,
        inputs=["sealed", "memberships", "kmeans", "hdbscan"],
        outputs=["names"],
    )

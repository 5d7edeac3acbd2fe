"""Make the features of one encoder searchable, and measure how well a search finds."""

import numpy as np
import pandas as pd

from skyloom.analyze.approximate import build_index, is_worth_it, read_index, write_index
from skyloom.analyze.features import encoder_of
from skyloom.analyze.recall import RECALL_COLUMNS, measure_recall
from skyloom.analyze.searchable import Searchable, write_unit_vectors
from skyloom.settings.search import SearchSettings
from skyloom.stages.job import Job, run_stage
from skyloom.tables import write_table


def search(job: Job) -> None:
    """Write unit vectors, their images, an index if there are many, and the recall."""
    settings = SearchSettings.model_validate(job.settings["search"])
    seed = job.settings["seed"]
    encoder = encoder_of(job.paths("features"))
    names = write_unit_vectors(job.path("vectors"), job.paths("features"), job.paths("index"))
    write_table(job.path("ids"), pd.DataFrame({"image_id": names}), {"encoder_sha256": encoder})
    vectors = np.load(job.path("vectors"), mmap_mode="r")
    many = is_worth_it(len(vectors), settings)
    write_index(job.path("approximate"), build_index(vectors, settings, seed) if many else None)
    recall = pd.DataFrame(columns=RECALL_COLUMNS)
    if len(vectors) > 1:
        index = pd.DataFrame({"image_id": names})
        approximate = read_index(job.path("approximate"))
        recall = measure_recall(Searchable(vectors, index, approximate, settings), seed)
    write_table(job.path("recall"), recall)
    print(recall.round(4).to_string(index=False))
    job.facts |= {"seed": seed, "images": len(vectors), "exact": not many}


if __name__ == "__main__":
    run_stage(
        "search",
        search,
        inputs=["features", "index"],
        outputs=["vectors", "ids", "approximate", "recall"],
    )

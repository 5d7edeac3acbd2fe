"""`skyloom keep-clusters`: let the present clusters keep their numbers from now on."""

from pathlib import Path

import pandas as pd

from skyloom.analyze.cluster_numbers import ALGORITHMS
from skyloom.analyze.identity import KEPT_COLUMNS
from skyloom.commands.study_config import read_plan
from skyloom.errors import SkyloomError
from skyloom.plan import kept_clusters_file
from skyloom.settings.base import nearest
from skyloom.tables import read_table, write_table


class KeepError(SkyloomError):
    """There are no clusters to keep."""


def keep_clusters(config: Path, survey: str, encoder: str | None) -> Path:
    """Write the clusters of an encoder to the folder of what people decided; return the file.

    Clusters kept before are replaced: those that went on have their old numbers in the new file.

    Args:
        config: the study's config file.
        survey: the survey.
        encoder: the encoder; None takes the study's main one.

    Raises:
        KeepError: the study has no such encoder, or it has not been clustered.
    """
    plan = read_plan(config, survey)
    known = plan.trained_encoders(survey)
    name = encoder or known[0]
    if name not in known:
        raise KeepError(f"survey {survey} has no encoder '{name}'.{nearest(name, known)}")
    folder = Path(plan.results) / survey / name / "clusters"
    tables = []
    for file, algorithm in ALGORITHMS.items():
        path = folder / f"{file}.parquet"
        if not path.exists():
            raise KeepError(f"{path} is not there. Run: snakemake clusters")
        tables.append(read_table(path, ["image_id", "cluster"]).assign(algorithm=algorithm))
    kept = kept_clusters_file(plan.config.reviews, survey, name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_table(kept, pd.concat(tables, ignore_index=True)[list(KEPT_COLUMNS)])
    return kept

"""Names that people gave to clusters, as the plan of the workflow knows them.

Pure functions of the plan, as `skyloom.plan` has them for all other stages.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from skyloom.relabel.sealed_names import memberships_of, sealed_names
from skyloom.settings.base import ConfigError, nearest

if TYPE_CHECKING:
    from skyloom.plan import Plan


def sealed_names_of(plan: "Plan", survey: str, encoder: str) -> list[str]:
    """Return the last sealed names of an encoder's clusters, if there are any."""
    path = sealed_names(plan.reviews(survey), encoder)
    return [] if path is None else [path.as_posix()]


def named_memberships(plan: "Plan", survey: str, encoder: str) -> list[str]:
    """Return the tables of images that the sealed names of an encoder's clusters speak of."""
    sealed = sealed_names_of(plan, survey, encoder)
    return [path.as_posix() for one in sealed for path in memberships_of(Path(one))]


def naming_encoder(plan: "Plan", survey: str) -> str | None:
    """Return the encoder whose clusters' names are a survey's crude labels; None for others.

    Raises:
        ConfigError: there is no such encoder.
    """
    settings = plan.config[survey].relabel
    if settings is None or settings.names is None:
        return None
    known = plan.trained_encoders(survey)
    name = settings.names.encoder or known[0]
    if name not in known:
        raise ConfigError(
            f"{survey}.relabel.names.encoder: there is no encoder '{name}'.{nearest(name, known)}"
        )
    return name


def waits_for_names(plan: "Plan", survey: str) -> bool:
    """Whether a survey's labels are names of clusters, and none were sealed yet."""
    encoder = naming_encoder(plan, survey)
    return encoder is not None and not sealed_names_of(plan, survey, encoder)


def names_as_labels(plan: "Plan", survey: str) -> list[str]:
    """Return the names of clusters that are a survey's crude labels, if they are."""
    encoder = naming_encoder(plan, survey)
    folder = f"{plan.results}/{survey}/{encoder}/clusters"
    return [] if encoder is None else [f"{folder}/names.parquet"]


def clusters_to_name(plan: "Plan", survey: str) -> list[str]:
    """Return what a person looks at to name the clusters that are to be crude labels."""
    home = f"{plan.results}/{survey}"
    folder = f"{home}/{naming_encoder(plan, survey)}/clusters"
    tables = [f"{folder}/{name}.parquet" for name in ("members", "enrichment")]
    return [*tables, *(f"{home}/thumbnails/{shard}.arrow" for shard in plan.shards(survey))]

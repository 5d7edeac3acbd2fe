"""What the jobs of photometric redshifts are: models, draws, and what each reads.

Pure functions of the plan, as `skyloom.plan` has them for all other stages.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from skyloom.label_draws import Draw
from skyloom.settings.base import ConfigError, nearest
from skyloom.settings.redshift import Model, NetworkModel, RedshiftSettings

if TYPE_CHECKING:
    from skyloom.plan import Plan


def redshift_of(plan: "Plan", survey: str) -> RedshiftSettings:
    """Return the settings of a survey's redshifts.

    Raises:
        ConfigError: the survey has none.
    """
    settings = plan.config[survey].redshift
    if settings is None:
        raise ConfigError(f"{survey}.redshift: null; give it models to tell redshifts.")
    return settings


def surveys_with_redshifts(plan: "Plan") -> list[str]:
    """Return the surveys whose redshifts are told."""
    return [survey for survey in plan.surveys if plan.config[survey].redshift is not None]


def draw_names(settings: RedshiftSettings) -> list[str]:
    """Return the names of all draws of the labels."""
    return [
        Draw(fraction, number).name
        for fraction in settings.fractions
        for number in range(settings.seeds)
    ]


def model_of(plan: "Plan", survey: str, model: str) -> Model:
    """Return the settings of a model."""
    return redshift_of(plan, survey).models[model]


def names_of_models(plan: "Plan", networks: bool) -> list[str]:
    """Return the names of all models of all surveys that are networks, or that are not."""
    return sorted(
        {
            name
            for survey in surveys_with_redshifts(plan)
            for name, model in redshift_of(plan, survey).models.items()
            if isinstance(model, NetworkModel) == networks
        }
    )


def encoder_of_model(plan: "Plan", survey: str, model: str) -> str | None:
    """Return the encoder of this config that a model reads; None for one that reads none.

    Raises:
        ConfigError: there is no such encoder.
    """
    name: str | None = getattr(model_of(plan, survey, model), "encoder", None)
    if name is not None and name not in plan.encoders(survey):
        raise ConfigError(
            f"{survey}.redshift.models.{model}.encoder: there is no encoder '{name}'."
            f"{nearest(name, plan.encoders(survey))}"
        )
    return name


def redshift_checkpoints(plan: "Plan") -> list[Path]:
    """Return the folders of the states of unfinished networks."""
    return [
        Path(plan.results, survey, "redshift", name, draw, "checkpoint")
        for survey in surveys_with_redshifts(plan)
        for name, model in redshift_of(plan, survey).models.items()
        if isinstance(model, NetworkModel)
        for draw in draw_names(redshift_of(plan, survey))
    ]


def check_redshifts(plan: "Plan") -> None:
    """Raise where a model names what this config has not."""
    kinds: dict[str, bool] = {}
    for survey in surveys_with_redshifts(plan):
        for name, model in redshift_of(plan, survey).models.items():
            encoder_of_model(plan, survey, name)
            network = isinstance(model, NetworkModel)
            if kinds.setdefault(name, network) != network:
                raise ConfigError(
                    f"{survey}.redshift.models.{name}: a network in one survey and none in "
                    "another; give one of them another name."
                )

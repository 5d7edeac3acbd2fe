"""What each job of a study is told: its settings, its code and its files' names.

Pure functions of the configuration; the workflow's rules ask here and hold no logic of their own.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from skyloom import stage_settings
from skyloom.config import Config, load_config
from skyloom.errors import SkyloomError
from skyloom.learn.attempts import Attempts, forget
from skyloom.names_plan import naming_encoder
from skyloom.provenance.code import code_digest
from skyloom.redshift_plan import check_redshifts, redshift_checkpoints
from skyloom.rounds_plan import closed_files
from skyloom.settings.base import ConfigError, nearest
from skyloom.settings.encoder import LaunchSettings
from skyloom.shards import Shard, read_sheet
from skyloom.surveys.registry import Part, part_module, survey_part


def kept_clusters_file(reviews: Path, survey: str, encoder: str) -> Path:
    """Return where the clusters of an encoder are kept."""
    return reviews / survey / "clusters" / f"{encoder}.parquet"


class Plan:
    """A validated configuration and its shard sheets.

    Attributes:
        config: the configuration.
        results: folder of everything that the workflow writes.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.config: Config = load_config(values)
        self.results = self.config.results.as_posix()

    @property
    def surveys(self) -> tuple[str, ...]:
        """Return the surveys to run."""
        return self.config.surveys

    @cached_property
    def sheets(self) -> dict[str, dict[str, Shard]]:
        """Return the shards of each survey by name."""
        return {name: read_sheet(self.config[name].shards) for name in self.surveys}

    def shards(self, survey: str) -> list[str]:
        """Return the names of a survey's shards, in the order of its sheet."""
        return list(self.sheets[survey])

    def raw_name(self, survey: str, shard: str) -> str:
        """Return the file name of a shard's raw file."""
        return shard + self.sheets[survey][shard].suffix

    def is_simulated(self, survey: str) -> bool:
        """Whether the survey's archive is written by its simulator."""
        return self.config[survey].simulate is not None

    def encoders(self, survey: str) -> list[str]:
        """Return all encoders of a survey: the study's own, the main one first, then baselines."""
        return list(self.config[survey].all_encoders())

    def trained_encoders(self, survey: str) -> list[str]:
        """Return the study's own encoders, the main one first."""
        return self.config[survey].trained_encoders()

    def all_encoders(self) -> list[str]:
        """Return the names of every encoder of every survey, each once."""
        return sorted({name for survey in self.surveys for name in self.encoders(survey)})

    def settings(self, stage: str, survey: str, **which: str) -> dict[str, Any]:
        """Return exactly the settings that a job of `stage` reads.

        Args:
            stage: name of the stage.
            survey: the survey.
            which: `shard`, `encoder`, `model` and `draw` where the job is about one.
        """
        said: dict[str, Any] = getattr(stage_settings, stage)(self, survey, **which)
        return said

    def code(self, stage: str, surveys: Sequence[str], *parts: Part) -> str:
        """Return the digest of the code that a stage imports, with these parts of the surveys."""
        modules = [part_module(survey, part) for survey in surveys for part in parts]
        return code_digest(f"skyloom.stages.{stage}", *modules)

    def check(self) -> None:
        """Raise where shard sheets, domains, parents or closed rounds are not as they must be."""
        for survey in self.surveys:
            self.shards(survey)
            closed_files(self, survey)
            naming_encoder(self, survey)
            for encoder in self.encoders(survey):
                self.domain_indices(survey, encoder)
                self.parent_encoder(survey, encoder)
        check_redshifts(self)

    def views_of(self, survey: str, encoder: str) -> list[str]:
        """Return the surveys whose views an encoder is trained with, its own first."""
        others = [domain["survey"] for domain in self.domains(survey, encoder)]
        return [survey, *(other for other in others if other)]

    def mirroring_encoders(self, survey: str) -> list[str]:
        """Return the encoders of a survey that are trained with mirrored views of its images."""
        own = survey_part(survey, "views").VIEWS
        plans = {name: each.pretrain for name, each in self.config[survey].encoders.items()}
        views = {name: plan.views or own for name, plan in plans.items() if plan}
        return [name for name, said in views.items() if said.horizontal_flip or said.vertical_flip]

    def domains(self, survey: str, encoder: str) -> list[dict[str, str | None]]:
        """Return the other domains that an encoder is trained on: name, folder and survey."""
        plan = self.config[survey].all_encoders()[encoder].pretrain
        return [self._domain(domain.images) for domain in (plan.domains if plan else ())]

    def _domain(self, images: str) -> dict[str, str | None]:
        if images in self.surveys:
            return {"name": images, "folder": f"{self.results}/{images}/images", "survey": images}
        folder = Path(images)
        name = folder.parent.name if folder.name == "images" else folder.name
        return {"name": name, "folder": folder.as_posix(), "survey": None}

    def launch(self, survey: str, encoder: str) -> LaunchSettings:
        """Return on what an encoder is trained; one without pretraining needs no GPU."""
        chosen = self.config[survey].all_encoders()[encoder]
        return chosen.launch if chosen.pretrain else LaunchSettings(gpus=0)

    def checkpoint_folder(self, survey: str, encoder: str) -> Path:
        """Return the folder of an unfinished training's state."""
        return Path(self.results, survey, encoder, "checkpoint")

    def killed_trainings(self, survey: str, encoder: str) -> int:
        """Return how often the training of an encoder was killed without a word."""
        return Attempts(self.checkpoint_folder(survey, encoder)).killed()

    def forget_finished_trainings(self) -> None:
        """Delete the states of trainings whose encoders the workflow knows to be made."""
        for survey in self.surveys:
            for encoder in self.encoders(survey):
                forget(self.checkpoint_folder(survey, encoder))
        for folder in redshift_checkpoints(self):
            forget(folder)

    def kept_clusters(self, survey: str, encoder: str) -> list[str]:
        """Return the file of the clusters whose numbers are kept, if there is one."""
        path = kept_clusters_file(self.config.reviews, survey, encoder)
        return [path.as_posix()] if path.exists() else []

    def covariates(self, survey: str) -> list[str]:
        """Return the table of further covariates of a survey's images, if one is configured."""
        path = self.config[survey].enrich.covariates
        return [] if path is None else [path.as_posix()]

    def reviews(self, survey: str) -> Path:
        """Return the folder of what people decided about a survey's labels."""
        return self.config.reviews / survey

    def domain_indices(self, survey: str, encoder: str) -> list[str]:
        """Return the index files of the other domains that an encoder is trained on.

        Raises:
            ConfigError: a folder holds no prepared images.
        """
        paths: list[str] = []
        for domain in self.domains(survey, encoder):
            folder = str(domain["folder"])
            if domain["survey"]:
                paths += [f"{folder}/{shard}.parquet" for shard in self.shards(domain["survey"])]
                continue
            found = sorted(path.as_posix() for path in Path(folder).glob("*.parquet"))
            if not found:
                raise ConfigError(
                    f"{survey}.encoders.{encoder}.pretrain.domains: '{folder}' is neither a survey "
                    f"of this config ({', '.join(self.surveys)}) nor a folder with prepared images "
                    "(.parquet and .npy)."
                )
            paths += found
        return paths

    def parent_encoder(self, survey: str, encoder: str) -> tuple[str, str] | None:
        """Return survey and name of the encoder from which one starts, if `init` names one.

        Raises:
            ConfigError: there is no such encoder in this config.
        """
        init = self.config[survey].all_encoders()[encoder].network.init
        if not init.startswith("encoder:"):
            return None
        theirs, _, name = init.removeprefix("encoder:").partition("/")
        known = [f"{one}/{each}" for one in self.surveys for each in self.encoders(one)]
        if f"{theirs}/{name}" not in known:
            raise ConfigError(
                f"{survey}.encoders.{encoder}.network.init: there is no encoder '{theirs}/{name}'."
                f"{nearest(f'{theirs}/{name}', known)}"
            )
        return theirs, name


def prefer_this_python() -> None:
    """Let stages run with the Python of this process, also when its environment is not active.

    In a conda environment or an image, which hold versions alone, they find this library too.
    """
    library = Path(__file__).parents[1]
    for name, first in (("PATH", Path(sys.executable).parent), ("PYTHONPATH", library)):
        others = os.environ.get(name)
        os.environ[name] = os.pathsep.join([str(first), *([others] if others else [])])


def explain(error: SkyloomError, files: Sequence[Path | str]) -> str:
    """Return a configuration error as the user should read it."""
    where = ", ".join(map(str, files)) or "command line"
    return f"\n\nThe configuration ({where}) cannot be used:\n{error}\n"

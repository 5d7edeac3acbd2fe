"""What each job of a study is told: its settings, its code and its files' names.

Pure functions of the configuration; the workflow's rules ask here and hold no logic of their own.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from skyloom.archives.rows import row_settings
from skyloom.config import Config, load_config
from skyloom.errors import SkyloomError
from skyloom.provenance.code import code_digest
from skyloom.shards import Shard, read_sheet
from skyloom.surveys.registry import Part, part_module


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
            which: `shard` and `encoder` where the job is about one.
        """
        return getattr(self, f"_{stage}_settings")(survey, **which)  # type: ignore[no-any-return]

    def code(self, stage: str, survey: str, *parts: Part) -> str:
        """Return the digest of the code that a stage imports, with these parts of the survey."""
        modules = [part_module(survey, part) for part in parts]
        return code_digest(f"skyloom.stages.{stage}", *modules)

    def _simulate_settings(self, survey: str, shard: str) -> dict[str, Any]:
        section = self.config[survey]
        row = row_settings(section.shards, self.sheets[survey][shard])
        said = None if section.simulate is None else section.simulate.model_dump(mode="json")
        return {**row, "simulate": said, "seed": self.config.seed}

    def _acquire_settings(self, survey: str, shard: str) -> dict[str, Any]:
        sheet = self.config[survey].shards
        row = row_settings(sheet, self.sheets[survey][shard])
        ledger = sheet.with_suffix(".sha256").as_posix()
        root = None if self.is_simulated(survey) else self.config.archive_root
        return {**row, "ledger": ledger, "archive_root": root}

    def _prepare_settings(self, survey: str, shard: str) -> dict[str, Any]:
        section = self.config[survey]
        return {
            "prepare": section.prepare.model_dump(mode="json"),
            "reader": section.reader.model_dump(mode="json"),
            "columns": dict(self.sheets[survey][shard].columns),
        }

    def _pretrain_settings(self, survey: str, encoder: str) -> dict[str, Any]:
        chosen = self.config[survey].all_encoders()[encoder]
        said = chosen.model_dump(mode="json", include={"network", "pretrain"})
        return {"encoder": said, "seed": self.config.seed}

    def _embed_settings(self, survey: str, encoder: str, shard: str) -> dict[str, Any]:
        return self.config[survey].all_encoders()[encoder].embed.model_dump(mode="json")

    def _cluster_settings(self, survey: str, encoder: str) -> dict[str, Any]:
        cluster = self.config[survey].cluster.model_dump(mode="json")
        return {"cluster": cluster, "seed": self.config.seed}

    def _layout_settings(self, survey: str, encoder: str) -> dict[str, Any]:
        return {"map": self.config[survey].map.model_dump(mode="json"), "seed": self.config.seed}

    def _probe_settings(self, survey: str, encoder: str) -> dict[str, Any]:
        section = self.config[survey]
        return {
            "probe": section.probe.model_dump(mode="json"),
            "pca": section.all_encoders()[encoder].pca,
            "seed": self.config.seed,
        }

    def _compare_settings(self, survey: str) -> dict[str, Any]:
        return {
            "encoders": self.encoders(survey),
            "bootstrap": self.config[survey].probe.bootstrap,
            "seed": self.config.seed,
        }

    def _report_settings(self, survey: str) -> dict[str, Any]:
        return {
            "survey": survey,
            "encoders": self.encoders(survey),
            "trained": self.trained_encoders(survey),
            "simulated": self.is_simulated(survey),
        }


def prefer_this_python() -> None:
    """Let stages run with the Python of this process, also when its environment is not active."""
    here = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])


def explain(error: SkyloomError, files: Sequence[Path | str]) -> str:
    """Return a configuration error as the user should read it."""
    where = ", ".join(map(str, files)) or "command line"
    return f"\n\nThe configuration ({where}) cannot be used:\n{error}\n"

"""The configuration of a study: one source of truth for keys, defaults, units and ranges.

A config file names the surveys and holds one section per survey. Everything is validated before
the first job; an unknown key is refused with the nearest valid one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, create_model, field_validator

from skyloom.settings.base import ConfigError, Settings, nearest, parse
from skyloom.settings.cluster import ClusterSettings
from skyloom.settings.encoder import EmbedSettings, EncoderSettings, NetworkSettings
from skyloom.settings.enrich import EnrichSettings
from skyloom.settings.layout import MapSettings
from skyloom.settings.prepare import PrepareSettings
from skyloom.settings.probe import ProbeSettings
from skyloom.settings.redshift import RedshiftSettings
from skyloom.settings.relabel import RelabelSettings
from skyloom.settings.retrieval import RetrievalSettings
from skyloom.settings.search import SearchSettings
from skyloom.surveys.registry import survey_names, survey_part

BASELINES: Mapping[str, EncoderSettings] = {
    "pixels": EncoderSettings(
        network=NetworkSettings(architecture="pixels", input_size=24), pca=60
    ),
    "imagenet": EncoderSettings(
        network=NetworkSettings(
            architecture="efficientnet-lite0", input_size=224, init="package:efficientnet-lite0"
        ),
        embed=EmbedSettings(batch_size=16, precision="auto"),
    ),
}
RESERVED = {
    *("raw", "images", "archive", "truth", "comparison", "provenance", "rounds", "redshift"),
    "thumbnails",
    *("majority", "nearest-in-time", "chance", "sheet-order"),
}


class SurveyConfig(Settings):
    """The section of one survey."""

    shards: Path = Field(description="Shard sheet (TSV): shard, url, bytes, sha256, ...")
    simulate: Settings | None = Field(
        None, description="Options of the survey's simulator; null = the archive is real."
    )
    reader: Settings = Settings()
    prepare: PrepareSettings = PrepareSettings()
    encoders: dict[str, EncoderSettings] = Field(
        min_length=1, description="Encoders of the study by name; the first is the main one."
    )
    baselines: tuple[str, ...] = Field(
        ("pixels", "untrained", "imagenet"),
        description="Features that every probe is compared with.",
    )
    cluster: ClusterSettings = ClusterSettings()
    enrich: EnrichSettings = EnrichSettings()
    search: SearchSettings = SearchSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    map: MapSettings = MapSettings()
    probe: ProbeSettings = ProbeSettings()
    relabel: RelabelSettings | None = Field(
        None, description="Rounds in which people verify labels; null = none."
    )
    redshift: RedshiftSettings | None = Field(
        None, description="Redshifts told from images, with few labels and all; null = none."
    )

    @field_validator("encoders")
    @classmethod
    def _names_are_free(cls, value: dict[str, EncoderSettings]) -> dict[str, EncoderSettings]:
        taken = RESERVED | set(BASELINES) | {"untrained"}
        for name in value:
            if name in taken or not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(
                    f"'{name}' cannot name an encoder: use letters, digits, - and _, and none of "
                    f"{', '.join(sorted(taken))}"
                )
        return value

    @field_validator("baselines")
    @classmethod
    def _baselines_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in {*BASELINES, "untrained"}:
                raise ValueError(
                    f"unknown baseline '{name}'.{nearest(name, [*BASELINES, 'untrained'])}"
                )
        return value

    def all_encoders(self) -> dict[str, EncoderSettings]:
        """Return the encoders of the study and, after them, its baselines as encoders."""
        main = next(iter(self.encoders.values()))
        fresh = main.network.model_copy(update={"init": "none", "init_sha256": None})
        known = {**BASELINES, "untrained": EncoderSettings(network=fresh, embed=main.embed)}
        return {**self.encoders, **{name: known[name] for name in self.baselines}}

    def trained_encoders(self) -> list[str]:
        """Return the names of the study's own encoders, the main one first."""
        return list(self.encoders)


class Study(Settings):
    """The settings that all surveys share."""

    results: Path = Field(Path("results"), description="Folder of everything the workflow writes.")
    reviews: Path = Field(
        Path("reviews"), description="Folder of what people decided; nothing deletes it."
    )
    archive_root: str | None = Field(
        None,
        description="Local copy (folder) or mirror (https://...) of the archives, looked at in "
        "place of the addresses in the shard sheets; null = the real archives.",
    )
    seed: int = Field(0, ge=0, description="Seed of every random draw.")
    surveys: tuple[str, ...] = Field(description="Surveys to run; each has a section of its name.")

    @field_validator("surveys", mode="before")
    @classmethod
    def _accept_a_word(cls, value: Any) -> Any:
        return tuple(value.split(",")) if isinstance(value, str) else value


class Config(Study):
    """A whole configuration: `Study` and the section of each survey."""

    sections: dict[str, SurveyConfig]

    def __getitem__(self, survey: str) -> SurveyConfig:
        return self.sections[survey]


def load_config(values: Mapping[str, Any]) -> Config:
    """Validate a configuration as read from YAML; raise `ConfigError` with all that is wrong."""
    known = survey_names()
    shared = {key: value for key, value in values.items() if key not in known}
    unknown = [key for key in shared if key not in Study.model_fields]
    if unknown:
        raise ConfigError(
            "\n".join(
                f"{key}: unknown key.{nearest(key, [*Study.model_fields, *known])}"
                for key in unknown
            )
        )
    study = parse(Study, shared, "")
    return Config(
        **study.model_dump(), sections={name: _section(name, values) for name in study.surveys}
    )


def _section(name: str, values: Mapping[str, Any]) -> SurveyConfig:
    if name not in survey_names():
        raise ConfigError(f"surveys: unknown survey '{name}'.{nearest(name, survey_names())}")
    if not isinstance(values.get(name), Mapping):
        raise ConfigError(
            f"{name}: surveys names '{name}' but there is no such section. Add\n"
            f"{name}:\n  shards: config/shards/{name}.tsv\n  encoders: {{simclr: {{}}}}"
        )
    return parse(section_model(name), values[name], name)


@cache
def section_model(survey: str) -> type[SurveyConfig]:
    """Return the model of a survey's section: the common keys and its own reader and simulator."""
    own = survey_part(survey, "settings")
    explained = "How the survey's raw files are read."
    fields: Any = {
        "simulate": (own.SimulatorSettings | None, SurveyConfig.model_fields["simulate"]),
        "reader": (own.ReaderSettings, Field(own.ReaderSettings(), description=explained)),
    }
    return create_model(f"{survey.capitalize()}Config", __base__=SurveyConfig, **fields)


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file, for editors and for the documentation."""
    sections: Any = {name: (section_model(name) | None, None) for name in survey_names()}
    model = create_model("SkyloomConfig", __base__=Study, **sections)
    return model.model_json_schema()

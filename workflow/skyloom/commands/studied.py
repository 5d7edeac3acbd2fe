"""What a finished study left of one survey and one encoder, found in the results folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyloom.errors import SkyloomError
from skyloom.provenance.record import read_record
from skyloom.settings.base import nearest


class NotStudiedError(SkyloomError):
    """The results hold no such survey or encoder."""


@dataclass(frozen=True)
class Studied:
    """Files of one survey and encoder, shard by shard in one order.

    Attributes:
        survey: its name.
        encoder: its file.
        features, indices: of each shard.
        search: folder of what the search stage wrote; None of a baseline, which has none.
        searched, prepared, embedded: settings of these stages, from their records.
    """

    survey: str
    encoder: Path
    features: list[Path]
    indices: list[Path]
    search: Path | None
    searched: dict[str, Any]
    prepared: dict[str, Any]
    embedded: dict[str, Any]


def find_studied(results: Path, survey: str, encoder: str | None) -> Studied:
    """Find the features of an encoder.

    Args:
        results: the study's results folder, or a folder that holds those of several studies.
        survey: the survey.
        encoder: the encoder; None takes the study's main one.

    Raises:
        NotStudiedError: there are none, or several to choose from.
    """
    home = _home(results, survey)
    known = sorted(path.parent.name for path in home.glob("*/features"))
    name = encoder or _main(home, known)
    if name not in known:
        raise NotStudiedError(f"{home} has no features of encoder '{name}'.{nearest(name, known)}")
    features = sorted((home / name / "features").glob("*.parquet"))
    if not features:
        raise NotStudiedError(f"{home / name / 'features'} is empty. Run: snakemake features")
    shards = [path.stem for path in features]
    records = home / "provenance"
    search = records / "search" / f"{name}.json"
    return Studied(
        survey=survey,
        encoder=home / name / "encoder.safetensors",
        features=features,
        indices=[home / "images" / f"{shard}.parquet" for shard in shards],
        search=home / name / "search" if search.exists() else None,
        searched=read_record(search)["settings"]["search"] if search.exists() else {},
        prepared=read_record(records / "prepare" / f"{shards[0]}.json")["settings"],
        embedded=read_record(records / "embed" / name / f"{shards[0]}.json")["settings"],
    )


def _home(results: Path, survey: str) -> Path:
    """Return the folder of a survey's results, in `results` or one level below."""
    found = [path.parent for path in results.glob(f"{survey}/images")]
    found = found or sorted(path.parent for path in results.glob(f"*/{survey}/images"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotStudiedError(
            f"no results of survey '{survey}' in {results}. Run the workflow first, or name the "
            "study's folder with --results."
        )
    several = ", ".join(str(path.parent) for path in found)
    raise NotStudiedError(
        f"several studies have results of survey '{survey}': {several}. Choose one with --results."
    )


def _main(home: Path, known: list[str]) -> str:
    """Return the study's main encoder: the first that was compared, or the only one."""
    compared = home / "provenance" / "compare.json"
    if compared.exists():
        return str(read_record(compared)["settings"]["encoders"][0])
    if len(known) == 1:
        return known[0]
    raise NotStudiedError(
        f"{home} has features of {', '.join(known) or 'no encoder'}. Choose one with --encoder."
    )

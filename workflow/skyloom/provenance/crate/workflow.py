"""The workflow of a crate: its main file, language, parameters, tools and steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from skyloom.provenance.crate.contents import Study
from skyloom.provenance.crate.entities import MAIN, Entities, one_or_many, ref, refs

_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"


def add_workflow(
    entities: Entities, study: Study, cited: Mapping[str, Any], people: Sequence[str]
) -> str:
    """Describe the Snakefile, the stages as its tools and its steps; return its identifier."""
    stages = stages_of(study)
    git = _git(study)
    language = entities.context(
        "#snakemake",
        "ComputerLanguage",
        name="Snakemake",
        alternateName="SMK",
        identifier=ref("https://doi.org/10.1093/bioinformatics/bts480"),
        url=ref("https://snakemake.github.io"),
        version=next(iter(study.records.jobs.values()))["versions"].get("snakemake"),
    )
    tools = [_tool(entities, stage, git, cited) for stage in stages]
    steps = [
        entities.context(
            step_id(stage),
            "HowToStep",
            name=stage,
            position=str(place),
            workExample=ref(tool_id(entities, stage)),
        )
        for place, stage in enumerate(stages)
    ]
    parameters = _parameters(entities)
    entities.more(
        MAIN,
        name=cited["title"],
        description=cited.get("abstract", cited["title"]),
        conformsTo=ref(_WORKFLOW),
        programmingLanguage=ref(language),
        license=ref(entities.licence(cited["license"])),
        creator=one_or_many(people),
        version=cited["version"],
        codeRepository=cited.get("repository-code"),
        identifier=git,
        input=refs([parameters["config"], parameters["raw"]]),
        output=ref(parameters["report"]),
        hasPart=refs(tools),
        step=refs(steps),
    )
    entities.context(_WORKFLOW, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE")
    entities.more(study.config_file, exampleOfWork=ref(parameters["config"]))
    return MAIN


def stages_of(study: Study) -> list[str]:
    """Return the stages that ran, in the order in which they first did."""
    jobs = sorted(study.records.jobs.values(), key=lambda record: str(record["started"]))
    return [s for s in dict.fromkeys(str(job["stage"]) for job in jobs) if s != "crate"]


def step_id(stage: str) -> str:
    """Return the identifier of a stage's step."""
    return f"#step-{stage}"


def tool_id(entities: Entities, stage: str) -> str:
    """Return the identifier of a stage's tool: its module, where the crate has it."""
    return entities.ids.get(module_of(stage), f"#tool-{stage}")


def module_of(stage: str) -> str:
    """Return the path of a stage's module."""
    return f"workflow/skyloom/stages/{stage}.py"


def _tool(entities: Entities, stage: str, git: str | None, cited: Mapping[str, Any]) -> str:
    identifier = tool_id(entities, stage)
    said = {
        "name": f"skyloom.stages.{stage}",
        "version": cited["version"],
        "identifier": git,
        "programmingLanguage": "Python",
    }
    said = {key: value for key, value in said.items() if value}
    if identifier.startswith("#"):
        return entities.context(identifier, "SoftwareApplication", **said)
    entities.more(identifier, **said)
    return identifier


def _parameters(entities: Entities) -> dict[str, str]:
    """Add what the workflow takes and gives; return the identifiers by name."""
    profile = _profile(entities)
    return {
        name: entities.context(
            _parameter_id(name),
            "FormalParameter",
            name=name,
            additionalType="File",
            description=description,
            encodingFormat=encoding,
            valueRequired=True,
            conformsTo=ref(profile),
        )
        for name, description, encoding in (
            ("config", "Configuration of the study", "application/yaml"),
            ("raw", "Raw files of the archives", "application/octet-stream"),
            ("report", "Report of a survey", "text/html"),
        )
    }


def _parameter_id(name: str) -> str:
    return f"#parameter-{name}"


def _profile(entities: Entities) -> str:
    return entities.context(
        _PARAMETER, "CreativeWork", name="FormalParameter", version="1.0-RELEASE"
    )


def _git(study: Study) -> str | None:
    commits = [record["git"] for record in study.records.jobs.values() if record["git"]]
    return str(commits[-1]["commit"]) if commits else None


def give_parameters(entities: Entities, study: Study) -> None:
    """Say which parameter each raw file and report stands for."""
    for record in study.records.jobs.values():
        stage = record["stage"]
        if stage in ("acquire", "report"):
            name = "raw" if stage == "acquire" else "report"
            identifier = entities.ids[record["outputs"][0]["path"]]
            entities.more(identifier, exampleOfWork=ref(_parameter_id(name)))

"""Building the crate: files first, then people, software, data sets and what was done."""

import json
from datetime import UTC, datetime
from pathlib import Path

import yaml
from rocrate.rocrate import ROCrate

from skyloom.atomic import atomic_path, write_text
from skyloom.digest import sha256_of_file
from skyloom.provenance.crate import contents
from skyloom.provenance.crate.actions import add_actions
from skyloom.provenance.crate.contents import Study
from skyloom.provenance.crate.entities import Entities, one_or_many, ref, refs
from skyloom.provenance.crate.sources import add_credits, add_people, describe_raw
from skyloom.provenance.crate.workflow import add_workflow, module_of, stages_of

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
TERMS = {
    name: f"https://w3id.org/ro/terms/workflow-run#{name}"
    for name in ("sha256", "resourceUsage", "environment")
}
LARGEST = 200_000_000
"""Bytes up to which a file is packed; a larger one is described by its SHA-256."""


def build_crate(study: Study, largest: int = LARGEST) -> ROCrate:
    """Return the crate of a study, to be written as a folder or as a zip file.

    Args:
        study: what is packed.
        largest: bytes of the largest file that is packed itself.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms = dict(TERMS)
    entities = Entities(crate, study.root, map(module_of, stages_of(study)), largest)
    cited = contents.citation(study.root)
    _add_files(entities, study)
    people = add_people(entities, cited)
    credits = add_credits(entities, study)
    describe_raw(entities, study)
    workflow = add_workflow(entities, study, cited, people)
    actions = add_actions(entities, study, workflow, people)
    for address, (name, version) in PROFILES.items():
        entities.context(address, "CreativeWork", name=name, version=version)
    surveys = ", ".join(contents.surveys_of(study.config))
    root = crate.root_dataset
    root["name"] = f"skyloom study of {surveys}: {study.config['results']}"
    root["description"] = (
        f"Results of the skyloom workflow on {surveys}"
        f"{' (simulated archives)' if study.simulated else ''}, with the code, the configuration, "
        "the verdicts of people and a record of every job. Licences of the data are those of the "
        "archives, named under citation."
    )
    root["datePublished"] = datetime.now(UTC).date().isoformat()
    root["license"] = ref(entities.licence(cited["license"]))
    root["author"] = one_or_many(people)
    root["citation"] = refs(credits)
    root["conformsTo"] = refs(PROFILES)
    root["mainEntity"] = ref(workflow)
    root["mentions"] = refs(actions)
    crate.metadata["conformsTo"] = refs([crate.metadata.profile, list(PROFILES)[-1]])
    entities.more("README.md", about=ref("./"))
    organizations = [one for one in people if crate.dereference(one).type == "Organization"]
    if organizations:
        root["publisher"] = ref(organizations[0])
    return crate


def _add_files(entities: Entities, study: Study) -> None:
    config = yaml.safe_dump(dict(study.config), sort_keys=False).encode()
    entities.made_file(study.config_file, config, "Resolved configuration of the study")
    for path in [*contents.code_files(study.root), *study.sheets(), *study.bookkeeping()]:
        entities.file(path, sha256_of_file(study.root / path))
    for path, entry in study.results().items():
        entities.result(path, entry)
    for path in [*study.given(), *study.logs()]:
        entities.file(path, sha256_of_file(study.root / path))


def write_zip(crate: ROCrate, path: Path) -> None:
    """Write a crate as a zip file, atomically."""
    with atomic_path(path) as temporary:
        packed = temporary.with_suffix(".zip")
        try:
            crate.write_zip(packed)
            packed.replace(temporary)
        finally:
            packed.unlink(missing_ok=True)


def write_in_place(crate: ROCrate, study: Study) -> Path:
    """Write the description alone, beside the files where they are; return its path."""
    config = yaml.safe_dump(dict(study.config), sort_keys=False)
    write_text(study.root / study.config_file, config)
    path: Path = study.root / str(crate.metadata.id)
    write_text(path, json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False) + "\n")
    return path

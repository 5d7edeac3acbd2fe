"""The lock, the conda environment and the Apptainer definition say the same."""

import re
import runpy
from importlib import metadata

import yaml
from packaging.requirements import Requirement

from made import ROOT

ENVS = ROOT / "envs"
LOCK = [line for line in (ENVS / "requirements.lock").read_text().splitlines() if line]
EXPORT = runpy.run_path(str(ENVS / "export.py"))


def test_the_conda_environment_is_the_lock():
    text = (ENVS / "skyloom.yaml").read_text()
    assert text == EXPORT["conda_environment"]("\n".join(LOCK)), "run `make lock`"
    said = yaml.safe_load(text)
    assert said["dependencies"][2]["pip"] == LOCK
    assert said["dependencies"][0] == "python =3.11"


def test_the_image_installs_the_lock_with_the_same_tool():
    said = (ENVS / "skyloom.def").read_text()
    assert "-r /opt/requirements.lock" in said
    assert "envs/requirements.lock /opt/requirements.lock" in said
    assert f"From: python:{EXPORT['PYTHON']}-" in said
    (uv,) = re.findall(r"uv==(\S+)", said)
    assert f"UV_VERSION := {uv}\n" in (ROOT / "Makefile").read_text()


def test_the_lock_is_what_is_installed_and_holds_what_is_needed():
    pinned = {}
    for line in LOCK:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate():
            pinned[one.name.lower().replace("_", "-")] = str(one.specifier).removeprefix("==")
    wrong = {
        name: (version, metadata.version(name))
        for name, version in pinned.items()
        if metadata.version(name) != version
    }
    assert wrong == {}
    assert {"snakemake-executor-plugin-slurm", "snakemake-executor-plugin-slurm-jobstep"} <= set(
        pinned
    )

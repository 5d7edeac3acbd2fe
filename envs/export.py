"""Write the locked versions as a conda environment: `python envs/export.py`, part of `make lock`.

Snakemake copies an environment file elsewhere before it is used, so the file names every version
itself. The library is not among them: jobs import it from the clone in which the workflow runs.
"""

from pathlib import Path

PYTHON = "3.11"
LOCK = Path(__file__).with_name("requirements.lock")
CONDA = Path(__file__).with_name("skyloom.yaml")
_HEAD = f"""# The locked versions as a conda environment, written by envs/export.py; do not edit.
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python ={PYTHON}
  - pip
  - pip:
"""


def conda_environment(lock: str) -> str:
    """Return the conda environment of the text of a lock file."""
    return _HEAD + "".join(f'      - "{line}"\n' for line in lock.splitlines() if line)


if __name__ == "__main__":
    CONDA.write_text(conda_environment(LOCK.read_text()))

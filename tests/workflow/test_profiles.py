"""`snakemake --profile slurm` as users type it, dry: fresh clone, a site, without the plugin."""

import subprocess
import sys

import yaml
from repository import Repository

from made import ROOT

ENCODER = "results/tiny/mars/simclr/encoder.safetensors"


def dry(repository, *options, target=ENCODER, starts=("-m", "snakemake"), **environment):
    return subprocess.run(
        [sys.executable, *starts, "-n", *options, "--configfile", "tiny.yaml", "--", target],
        cwd=repository.folder,
        env={**repository.environment, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def resources(said, rule):
    """The resources that a dry run says for a rule, by name."""
    block = said.partition(f"rule {rule}:")[2].partition("\n\n")[0]
    line = next(line for line in block.splitlines() if line.strip().startswith("resources:"))
    pairs = line.partition(":")[2].split(", ")
    return dict(pair.strip().partition("=")[::2] for pair in pairs)


def test_the_bare_profile_beside_others_of_that_name(fresh: Repository, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    other = home / "snakemake/slurm"
    other.mkdir(parents=True)
    (other / "config.yaml").write_text("executor: no-such-executor\n")
    done = dry(fresh, "--profile", "slurm", XDG_CONFIG_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert resources(done.stdout + done.stderr, "pretrain")["runtime"] == "480"


def test_a_site_adds_its_own_values(fresh: Repository, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    site = home / "snakemake/my-site"
    site.mkdir(parents=True)
    example = (ROOT / "profiles/site-example/config.yaml").read_text()
    (site / "config.yaml").write_text(example)
    done = dry(fresh, "--profile", "slurm", "--profile", "my-site", XDG_CONFIG_HOME=str(home))
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    pretrain, prepare = resources(said, "pretrain"), resources(said, "prepare")
    assert (pretrain["slurm_account"], pretrain["slurm_partition"]) == ("my-account", "gpu")
    assert (pretrain["gpu_model"], pretrain["runtime"], pretrain["gpu"]) == ("a100", "1440", "1")
    assert prepare["slurm_partition"] == "cpu"


def test_the_example_forgets_no_default():
    """A key of a later profile replaces the whole key of an earlier one."""
    own, site = (
        yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())["default-resources"]
        for name in ("slurm", "site-example")
    )
    assert own.items() <= site.items()


def test_without_the_executor_the_remedy_is_said(fresh: Repository):
    """As Snakemake runs where the plugin is not installed."""
    hidden = (
        "import importlib.util, pkgutil, sys\n"
        "real, find = pkgutil.iter_modules, importlib.util.find_spec\n"
        "ours = lambda name: name.startswith('snakemake_executor_plugin_slurm')\n"
        "pkgutil.iter_modules = lambda *a, **k: (m for m in real(*a, **k) if not ours(m.name))\n"
        "importlib.util.find_spec = lambda name, *a: None if ours(name) else find(name, *a)\n"
        "from snakemake.cli import main\n"
        "main()\n"
    )
    done = dry(fresh, "--profile", "slurm", starts=("-c", hidden))
    assert done.returncode != 0
    assert "pip install 'snakemake-executor-plugin-slurm>=2.8,<3'" in done.stderr
    assert "Traceback" not in done.stderr

"""A copy of the repository in which the real Snakefile runs on a tiny study."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from made import ROOT

CONFIG = """
results: results/tiny
seed: 1
surveys: [mars]
mars:
  shards: sheet.tsv
  simulate: {images: 60, sols: 20, val_from: 22, test_from: 32, image_size: 40, damaged: 0.02}
  prepare: {image_size: 40, max_rejected: 0.2}
  encoders:
    simclr:
      network: {input_size: 32}
      pretrain: {epochs: 3, batch_size: 16}
  baselines: [pixels, untrained]
  cluster: {k_range: [2, 6], min_cluster_size: 5}
  probe: {fractions: [0.5, 1.0], seeds: 2, bootstrap: 100}
  retrieval: {at: [1, 5], bootstrap: 100}
"""
SHEET = "shard\turl\tbytes\tsha256\tfirst_sol\na\ta.zip\t\t\t1\nb\tb.zip\t\t\t21\n"


class Repository:
    """A working copy of the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.split("\n"):
            source = ROOT / name
            there = source.is_file() or source.is_symlink()
            if name and there and not name.startswith(("tests/", "docs/")):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / name, follow_symlinks=False)
        (folder / "tiny.yaml").write_text(CONFIG)
        (folder / "sheet.tsv").write_text(SHEET)
        self._use(folder)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "the workflow")

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True)

    def copy(self, folder: Path) -> "Repository":
        """A copy in another folder, with results and what Snakemake remembers of them."""
        shutil.copytree(self.folder, folder)
        other = Repository.__new__(Repository)
        other._use(folder)
        return other

    def _use(self, folder: Path) -> None:
        self.folder = folder
        library = str(folder / "workflow")
        self.environment = {
            **os.environ,
            "PYTHONPATH": library,
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(folder / ".cache"),
        }

    def command(self, *words: str, config: str = "tiny.yaml") -> list[str]:
        return [
            *(sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/test"),
            *("--configfile", config, "--", *words),
        ]

    def snakemake(self, *words: str, options: tuple[str, ...] = (), config: str = "tiny.yaml"):
        command = self.command(*words, config=config)
        place = command.index("--")
        return subprocess.run(
            [*command[:place], *options, *command[place:]],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def planned(self, *options: str, config: str = "tiny.yaml") -> set[str]:
        """The rules that a dry run would run; empty when there is nothing to be done."""
        return {rule for rule, _ in self.planned_jobs(*options, config=config)}

    def planned_jobs(self, *options: str, config: str = "tiny.yaml") -> list[tuple[str, str]]:
        """The jobs that a dry run would run, sorted: rule and wildcards."""
        done = self.snakemake(options=("-n", *options), config=config)
        assert done.returncode == 0, done.stderr
        told = (done.stdout + done.stderr).partition("\nReasons:")[0]
        jobs = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", told, re.MULTILINE)
        wildcards = [re.search(r"^    wildcards: (.*)$", said, re.MULTILINE) for _, said in jobs]
        return sorted(
            (rule, found[1] if found else "")
            for (rule, _), found in zip(jobs, wildcards, strict=True)
        )

    def skyloom(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "skyloom", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

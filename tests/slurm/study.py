"""A study in a fresh clone: encoders that differ by name alone, trained here or on the cluster."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cluster import Cluster

from made import ROOT
from skyloom.digest import sha256_of_file
from skyloom.learn.attempts import STATE, Attempts

ENCODERS = (
    *("reference", "cancelled", "limited", "starved", "moved"),
    *("preempted", "timed", "orphaned"),
)
CONFIG = """
results: {results}
seed: 1
surveys: [mars]
mars:
  shards: {sheet}
  {archive}
  prepare: {{image_size: 40, max_rejected: 0.2}}
  baselines: [pixels]
  cluster: {{k_range: [2, 4], min_cluster_size: 5}}
  probe: {{fractions: [1.0], seeds: 1, bootstrap: 100}}
  encoders:
"""
ENCODER = """    {name}:
      network: {{architecture: "timm:test_resnet", input_size: 32}}
      launch: {launch}
      pretrain: {{epochs: 30, batch_size: 16, precision: fp32, save_minutes: 0.02}}
"""
SIMULATED = "simulate: {images: 48, sols: 12, val_from: 22, test_from: 32, image_size: 40}"
HEADER = "shard\turl\tbytes\tsha256\tfirst_sol\n"
SITE = """
default-resources: {mem_mb: 1500, runtime: 30, slurm_account: ci, slurm_partition: gpu}
slurm-init-seconds-before-status-checks: 4
latency-wait: 5
set-threads: {pretrain: 1}
"""
T = TypeVar("T")


def wait_for(what: str, found: Callable[[], T | None], seconds: float = 300) -> T:
    """Return what `found` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.5)
    raise AssertionError(f"no {what} within {seconds:g} s")


class Run:
    """A Snakemake that runs beside the test; what it says goes into a file."""

    def __init__(self, words: list[str], folder: Path, environment: dict[str, str], log: Path):
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                words,
                cwd=folder,
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def wait(self, seconds: float = 900) -> str:
        """Wait for its end; return what it said."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            said = self.said()[-4000:]
            raise AssertionError(f"still running after {seconds:g} s:\n{said}") from None
        return self.said()

    def succeeds(self) -> str:
        """Wait for its good end; return what it said."""
        said = self.wait()
        assert self.process.returncode == 0, said[-6000:]
        return said

    def kill(self) -> None:
        """Kill -9."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text()


class Study:
    """A clone of the repository with a tiny study."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder, self.cluster = folder, cluster
        self.runs: list[Run] = []
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\n")):
            source, copy = ROOT / name, folder / name
            if name.startswith(("tests/", "docs/")) or not source.exists():
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy, follow_symlinks=False)
        rows = "a\ta.zip\t\t\t1\nb\tb.zip\t\t\t21\n"
        (folder / "sheet.tsv").write_text(HEADER + rows)
        (folder / "site").mkdir()
        (folder / "site/config.yaml").write_text(SITE)
        self.write_config(*ENCODERS)
        self.environment = {
            **cluster.environment,
            "PYTHONPATH": str(folder / "workflow"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def write_config(
        self,
        *encoders: str,
        name: str = "tiny.yaml",
        results: str = "results/tiny",
        sheet: str = "sheet.tsv",
        archive: str = SIMULATED,
        launch: str = "{gpus: 0}",
    ) -> None:
        """Write a config with these encoders, all of the same settings."""
        said = CONFIG.format(results=results, sheet=sheet, archive=archive)
        said += "".join(ENCODER.format(name=one, launch=launch) for one in encoders)
        (self.folder / name).write_text(said)

    def write_shards(self, count: int, results: str, raw: bytes) -> None:
        """Write `many.yaml` with shards whose raw files are there already, all the same."""
        names = [f"s{number:03d}" for number in range(count)]
        rows = "".join(f"{name}\t{name}.zip\t\t\t1\n" for name in names)
        (self.folder / "many.tsv").write_text(HEADER + rows)
        self.write_config(
            *("reference",), name="many.yaml", results=results, sheet="many.tsv", archive=""
        )
        base = self.folder / results / "mars"
        for name in names:
            for path, content in (
                (base / f"raw/{name}.zip", raw),
                (base / f"provenance/acquire/{name}.zip.json", b"{}"),
            ):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    path.write_bytes(content)

    def file(self, encoder: str) -> str:
        """The name of an encoder's file."""
        return f"results/tiny/mars/{encoder}/encoder.safetensors"

    def sha256(self, encoder: str) -> str:
        """The digest of an encoder's file."""
        return sha256_of_file(self.folder / self.file(encoder))

    def attempts(self, encoder: str) -> list[dict[str, Any]]:
        """What is noted of the attempts at an encoder."""
        return Attempts((self.folder / self.file(encoder)).parent / "checkpoint").lines()

    def record(self, encoder: str) -> dict[str, Any]:
        """The record of an encoder's last job."""
        path = self.folder / f"results/tiny/mars/provenance/pretrain/{encoder}.json"
        record: dict[str, Any] = json.loads(path.read_text())
        return record

    def snakemake(
        self,
        *targets: str,
        config: str = "tiny.yaml",
        options: tuple[str, ...] = (),
    ) -> Run:
        """Start `snakemake --profile slurm`, with the values of this site."""
        words = ["--profile", "slurm", "--profile", "site", *options, "--", *targets]
        return self._run(words, config)

    def locally(self, *targets: str, config: str = "tiny.yaml") -> Run:
        """Start Snakemake without SLURM."""
        words = ["--workflow-profile", "profiles/test", "--"]
        return self._run([*words, *targets], config)

    def _run(self, words: list[str], config: str) -> Run:
        command = [sys.executable, "-m", "snakemake", "--configfile", config, *words]
        log = f"run-{len(self.runs)}.log"
        self.runs.append(Run(command, self.folder, self.environment, self.folder / log))
        return self.runs[-1]

    def end(self) -> None:
        """End what still runs."""
        for run in self.runs:
            if run.process.poll() is None:
                run.kill()
                self.cluster.run("scancel", "--user", "root")
                shutil.rmtree(self.folder / ".snakemake/locks")

    def trains(self, encoder: str) -> str | None:
        """The number of the job that trains an encoder, once it has saved a state."""
        lines = self.attempts(encoder)
        state = (self.folder / self.file(encoder)).with_name("checkpoint") / STATE
        number: str | None = lines[-1].get("job") if lines and state.exists() else None
        return number

    def pause(self, encoder: str) -> str | None:
        """Let a training that has saved a state stand still; return the number of its job."""
        job = self.trains(encoder)
        if job is not None:
            os.kill(self.attempts(encoder)[-1]["pid"], signal.SIGSTOP)
        return job

    def go_on(self, encoder: str) -> None:
        """Let a training go on that was paused."""
        os.kill(self.attempts(encoder)[-1]["pid"], signal.SIGCONT)

    @contextmanager
    def slowed(self, encoder: str) -> Iterator[None]:
        """Let a training stand still most of the time, though its pulse goes on."""
        pid, done = self.attempts(encoder)[-1]["pid"], threading.Event()

        def slow() -> None:
            while not done.wait(0.05):
                os.kill(pid, signal.SIGSTOP)
                done.wait(2)
                os.kill(pid, signal.SIGCONT)

        slowing = threading.Thread(target=slow)
        slowing.start()
        yield
        done.set()
        slowing.join()

    def state(self, job: str) -> str:
        """What the queue says of a job."""
        return self.cluster.run("squeue", "-h", "-t", "all", "-j", job, "-o", "%T").strip()

    def seconds(self, job: str) -> int:
        """For how many seconds a job has been running."""
        said = self.cluster.run("squeue", "-h", "-j", job, "-o", "%M").strip()
        numbers = [int(part) for part in said.split(":")]
        return sum(number * 60**place for place, number in enumerate(reversed(numbers)))

    def run_urgently_instead_of(self, *jobs: str) -> None:
        """Let jobs of the urgent partition take the whole nodes of these."""
        said = self.cluster.run("squeue", "-h", "-j", ",".join(jobs), "-o", "%N")
        for node in set(said.split()):
            self.cluster.run(
                *(
                    "sbatch",
                    "-p",
                    "urgent",
                    "-A",
                    "ci",
                    "-w",
                    node,
                    "-N",
                    "1",
                    "-n",
                    "8",
                    "--mem",
                    "100",
                ),
                *("-o", "/dev/null", "--wrap", "sleep 1"),
            )

    def runs_of(self, encoder: str) -> int:
        """How often the training of an encoder has begun."""
        return sum("began" in line for line in self.attempts(encoder))

    def start_again(self, job: str) -> None:
        """Let a job that SLURM has queued again start without its pause of two minutes."""
        wait_for(f"job {job} in the queue", lambda: self.state(job) == "PENDING")
        self.cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")

    def accounted(self, *fields: str) -> list[list[str]]:
        """What the accounting says of all jobs, one list of fields a job and run."""
        chosen = ",".join(fields)
        said = self.cluster.run("sacct", "-X", "-n", "-P", "--duplicates", "-o", chosen)
        return [line.split("|") for line in said.splitlines()]

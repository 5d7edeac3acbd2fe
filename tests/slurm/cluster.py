"""A real SLURM on this machine for tests: munge, MariaDB, slurmdbd, slurmctld, two slurmd.

All files lie in one folder but for the link /etc/slurm/slurm.conf, which commands inside jobs need
because the executor plugin takes SLURM_CONF away. Daemons are ended by process id.

python tests/slurm/cluster.py start FOLDER | stop FOLDER
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cluster_files import Ports, write_files

LINK = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "srun")
PACKAGES = "slurmctld slurmd slurmdbd slurm-client munge mariadb-server"
NODES = ("node1", "node2")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


class ClusterError(Exception):
    """SLURM cannot be started here."""


def why_not() -> str | None:
    """Say why no SLURM can be started on this machine, or nothing."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]
    if missing:
        return f"no {', '.join(missing)}: apt-get install --no-install-recommends {PACKAGES}"
    if os.geteuid() != 0:
        return "slurmd must be started by root"
    if LINK.exists() and not LINK.is_symlink():
        return f"{LINK} is a file: this machine belongs to a cluster"
    if LINK.exists() and _running(LINK.resolve().parent / "slurmctld.pid"):
        return f"a SLURM already runs in {LINK.resolve().parent}; stop it first"
    return None


@dataclass
class Cluster:
    """Two nodes of 8 processors, 16 GB and two made GPUs; partitions cpu, gpu, urgent; account ci.

    Attributes:
        folder: everything that the daemons write.
        environment: in which SLURM's commands find this cluster.
    """

    folder: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        conf = str(self.folder / "slurm.conf")
        self.environment = {**os.environ, "PATH": _PATH, "SLURM_CONF": conf}

    def start(self) -> None:
        """Start all daemons and wait until both nodes are idle."""
        host = socket.gethostname().partition(".")[0]
        ports = Ports(*free_ports(4), dict(zip(NODES, free_ports(2), strict=True)))
        self.folder.chmod(0o755)
        write_files(self.folder, host, ports)
        LINK.parent.mkdir(exist_ok=True)
        LINK.unlink(missing_ok=True)
        LINK.symlink_to(self.folder / "slurm.conf")
        self._start_munge()
        self._start_database(ports.database)
        self._daemon("slurmdbd")
        self._wait("slurmdbd", lambda: self.run("sacctmgr", "-n", "show", "cluster"))
        for what in (
            ("cluster", "local"),
            ("account", "ci", "Description=ci", "Organization=ci"),
            ("user", "root", "Account=ci"),
        ):
            self.run("sacctmgr", "-i", "-Q", "add", *what)
        self._daemon("slurmctld")
        self._wait("slurmctld", lambda: self.run("scontrol", "ping"))
        for node in NODES:
            self._daemon("slurmd", "-N", node)
        self._wait("nodes", self._are_idle)

    def run(self, *words: str) -> str:
        """Return what a command of SLURM says."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    def stop(self) -> None:
        """End all jobs, then the daemons, nodes first, and remove the link."""
        with suppress(ClusterError, subprocess.SubprocessError):
            self.run("scancel", "--user", "root")
            self._wait("end of the jobs", lambda: not self.run("squeue", "-h"), seconds=30)
        nodes = sorted(self.folder.glob("slurmd.*.pid"))
        names = ("slurmctld.pid", "slurmdbd.pid", "mariadbd.pid", "munged.pid")
        for path in (*nodes, *(self.folder / name for name in names)):
            _end(path)
        if LINK.is_symlink() and LINK.readlink() == self.folder / "slurm.conf":
            LINK.unlink()
        for left in Path("/sys/fs/cgroup/freezer").glob("slurm_node*/**/cgroup.procs"):
            for number in left.read_text().split():
                os.kill(int(number), signal.SIGKILL)
        for group in sorted(Path("/sys/fs/cgroup").glob("*/slurm_node*/**/"), reverse=True):
            try:
                group.rmdir()
            except OSError:
                continue  # of a process that is still dying

    def _start_munge(self) -> None:
        key, munge_socket = self.folder / "munge.key", self.folder / "munge.socket"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self._daemon(
            *("munged", "--force", f"--key-file={key}", f"--socket={munge_socket}"),
            *(f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/log/munged.log"),
            f"--seed-file={self.folder}/munge.seed",
        )
        self._wait("munged", lambda: self.run("munge", "-n", "-S", str(munge_socket)))

    def _start_database(self, port: int) -> None:
        """Start a MariaDB that forgets nothing while it runs and need not outlive a crash."""
        data, reached = f"--datadir={self.folder}/mysql", f"--socket={self.folder}/mysql.sock"
        self.run(
            *("mariadb-install-db", "--no-defaults", "--user=root", data, "--skip-test-db"),
            "--auth-root-authentication-method=normal",
        )
        with (self.folder / "log/mariadb.log").open("w") as log:
            subprocess.Popen(
                [
                    *("mariadbd", "--no-defaults", "--user=root", data, reached),
                    *(f"--pid-file={self.folder}/mariadbd.pid", f"--port={port}"),
                    *("--bind-address=127.0.0.1", "--skip-name-resolve"),
                    *("--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900"),
                    *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"),
                ],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        say = ("mariadb", "--no-defaults", reached, "-e")
        self._wait("mariadbd", lambda: self.run(*say, "select 1"))
        self.run(
            *say,
            "create database slurm_acct_db; "
            "create user 'slurm'@'127.0.0.1' identified by 'slurm'; "
            "grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1'",
        )

    def _daemon(self, *words: str) -> None:
        with (self.folder / f"log/start-{words[0]}.log").open("a") as log:
            subprocess.run(words, env=self.environment, stdout=log, stderr=log, check=True)

    def _are_idle(self) -> bool:
        states = self.run("sinfo", "-h", "-N", "-p", "cpu", "-o", "%t").split()
        return states == ["idle"] * len(NODES)

    def _wait(self, what: str, answers: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if answers() is not False:
                    return
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                pass
            time.sleep(0.2)
        tails = "\n".join(
            f"{path.name}:\n" + "\n".join(path.read_text(errors="replace").splitlines()[-8:])
            for path in sorted((self.folder / "log").iterdir())
        )
        raise ClusterError(f"{what} did not come up in {seconds:g} s\n{tails}")


def free_ports(count: int) -> list[int]:
    """Return numbers of ports on which nobody listens."""
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _running(pid_file: Path) -> int | None:
    """Return the number of the process that a file names, if it lives."""
    try:
        number = int(pid_file.read_text())
        os.kill(number, 0)
    except (OSError, ValueError):
        return None
    return number


def _end(pid_file: Path) -> None:
    for ask in (signal.SIGTERM, signal.SIGKILL):
        number = _running(pid_file)
        if number is None:
            return
        os.kill(number, ask)
        for _ in range(50):
            if _running(pid_file) is None:
                return
            time.sleep(0.1)


if __name__ == "__main__":
    order, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if order == "stop":
        Cluster(folder).stop()
    elif (reason := why_not()) is not None:
        sys.exit(reason)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        Cluster(folder).start()

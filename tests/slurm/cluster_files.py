"""The configuration of a small SLURM cluster on one machine: two nodes with two made GPUs each."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

SLURM = """
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmctldPort={controller}
SlurmdPort={daemon}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
RebootProgram=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
# A test's job must not wait for the usual cycles of 30 seconds.
SchedulerParameters=bf_interval=1,sched_interval=2,sched_min_interval=0,batch_sched_delay=0
DefMemPerCPU=256
KillWait=10
UnkillableStepTimeout=30
MinJobAge=300
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accounting}
AccountingStoragePass={folder}/munge.socket
AccountingStorageTRES=gres/gpu
# The comment is where the executor's efficiency report finds the names of rules.
AccountingStoreFlags=job_comment
AccountingStorageEnforce=associations
GresTypes=gpu
# Nodes may claim more processors and memory than the machine has.
SlurmdParameters=config_overrides
PartitionName=cpu Nodes=ALL Default=YES MaxTime=1-0 DefaultTime=10 PriorityTier=10
PartitionName=gpu Nodes=ALL MaxTime=2-0 DefaultTime=10 PriorityTier=10 PreemptMode=REQUEUE
PartitionName=urgent Nodes=ALL MaxTime=60 DefaultTime=10 PriorityTier=100
"""
CONTAINED = """
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
"""
WATCHED = """
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherParams=OverMemoryKill,UsePss
"""
# slurmd asks for control groups even where it uses none; only version 1 may then be absent.
CGROUP = """
CgroupPlugin=cgroup/v1
"""
CONSTRAINED = """
CgroupMountpoint=/sys/fs/cgroup
CgroupAutomount=yes
ConstrainRAMSpace=yes
ConstrainCores=no
ConstrainDevices=no
"""
ACCOUNTING = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={accounting}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
PidFile={folder}/slurmdbd.pid
LogFile={folder}/log/slurmdbd.log
DebugLevel=info
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=8 "
    "RealMemory=16000 Gres=gpu:made:2 State=UNKNOWN\n"
)


@dataclass(frozen=True)
class Ports:
    """Where the daemons listen."""

    controller: int
    daemon: int
    accounting: int
    database: int
    nodes: dict[str, int]


def can_contain() -> bool:
    """Whether control groups (version 1) can be made, as SLURM needs them for memory limits."""
    probe = Path("/sys/fs/cgroup/memory/skyloom-probe")
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return Path("/sys/fs/cgroup/freezer").is_dir()


def write_files(folder: Path, host: str, ports: Ports) -> None:
    """Write all configuration files into `folder`, and the devices that stand for GPUs."""
    for name in ("log", "state", "mysql", "dev"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    given = {"folder": folder, "host": host, **vars(ports)}
    contained = can_contain()
    nodes = "".join(NODE.format(name=n, host=host, port=p) for n, p in ports.nodes.items())
    kind = CONTAINED if contained else WATCHED
    (folder / "slurm.conf").write_text(nodes + SLURM.format(**given) + kind)
    (folder / "cgroup.conf").write_text(CGROUP + CONSTRAINED * contained)
    (folder / "gres.conf").write_text("".join(_gpus(folder, name) for name in ports.nodes))
    accounting = folder / "slurmdbd.conf"
    accounting.write_text(ACCOUNTING.format(**given))
    accounting.chmod(0o600)


def _gpus(folder: Path, node: str) -> str:
    """Make two devices; a character device is all that slurmd asks of a GPU."""
    for number in range(2):
        device = folder / "dev" / f"{node}gpu{number}"
        if not device.exists():
            os.mknod(device, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    return f"NodeName={node} Name=gpu Type=made File={folder}/dev/{node}gpu[0-1]\n"

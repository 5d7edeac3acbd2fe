"""What a record says, in words: for `skyloom why` and for the page of provenance."""

from collections.abc import Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]
_SHOWN_VERSIONS = (
    *("skyloom", "numpy", "pandas", "scikit-learn", "torch", "torchvision", "snakemake"),
)


def when(record: Record) -> str:
    """Return start, duration and memory."""
    seconds, memory = record["seconds"], record["peak_memory_mb"]
    started = record["started"][:16].replace("T", " ")
    return f"{started} UTC, {duration(seconds)}, at most {memory:.0f} MB"


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def code(record: Record) -> str:
    """Return the digest of the code, the number of its modules and the commit."""
    return (
        f"code {record['code']['digest']} ({len(record['code']['modules'])} modules), "
        f"{commit(record['git'])}"
    )


def commit(git: Record) -> str:
    """Return the commit, and whether the working tree had changes."""
    if not git:
        return "not in git"
    if not git["dirty"]:
        return f"commit {git['commit'][:10]}, clean"
    changed = git.get("changed", [])
    names = f": {', '.join(changed[:3])}{' ...' if len(changed) > 3 else ''}" if changed else ""
    return f"commit {git['commit'][:10]} with changes{names}"


def where(record: Record) -> str:
    """Return host, processor, GPU, threads and SLURM job."""
    machine, slurm = record["machine"], record["slurm"]
    words = [f"on {machine['host']}", machine["processor"] or "unknown processor"]
    words.append(machine["gpu"] or "no GPU")
    words.append(f"{machine['threads']} thread{'s' if machine['threads'] != 1 else ''}")
    if slurm:
        partition = slurm.get("SLURM_JOB_PARTITION")
        number = slurm.get("SLURM_JOB_ID", "?")
        words.append(f"SLURM job {number}{f' in {partition}' if partition else ''}")
    return ", ".join(words)


def versions(record: Record) -> str:
    """Return Python and the libraries that matter most, with their versions."""
    found = record["versions"]
    shown = [f"{name} {found[name]}" for name in _SHOWN_VERSIONS if name in found]
    return ", ".join([f"python {found['python']}", *shown])


def seed(record: Record) -> str | None:
    """Return the seed, where the job had one."""
    found = record["facts"].get("seed", record["settings"].get("seed"))
    return None if found is None else f"seed {found}"


def parameters(record: Record) -> list[str]:
    """Return the settings as `key=value`, nested keys joined by dots; empty ones left out."""
    return [f"{key}={value}" for key, value in flat(record["settings"]) if key != "seed"]


def flat(settings: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested settings as keys joined by dots and values, empty ones left out."""
    if isinstance(settings, Mapping) and settings:
        for name, value in settings.items():
            yield from flat(value, f"{key}.{name}" if key else str(name))
    elif settings is not None and settings != {} and settings != []:
        yield key, settings


def size(count: float) -> str:
    """Return a number of bytes with its unit."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"

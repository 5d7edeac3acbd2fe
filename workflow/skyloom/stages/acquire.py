"""Bring the raw file of one shard here, verified."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from skyloom.archives.fetch import Fetched, Fetcher
from skyloom.archives.ledger import Ledger
from skyloom.archives.locate import local_copy, mirror
from skyloom.archives.rows import shard_of_row
from skyloom.archives.simulated import simulated_web
from skyloom.archives.web import Web
from skyloom.shards import Shard
from skyloom.stages.job import Job, run_stage


def acquire(job: Job) -> None:
    """Fetch one shard from its archive, from a local copy or from the simulated archive."""
    shard = shard_of_row(job.settings, job.word("shard"))
    fetched = _from_simulation(job, shard) if job.paths("archive") else _from_archive(job, shard)
    print(f"{fetched.origin}: {fetched.how}, {fetched.bytes} bytes, sha256 {fetched.sha256}")
    if fetched.absent:
        print(f"{len(fetched.absent)} of {fetched.members} files are not in the archive")
    job.facts |= {
        "url": shard.file.url,
        "origin": fetched.origin,
        "how": fetched.how,
        "sha256_checked": fetched.checked,
        "members": fetched.members,
        "absent": list(fetched.absent),
        "retrieved": datetime.now(UTC).isoformat(),
    }


def _from_archive(job: Job, shard: Shard) -> Fetched:
    root = job.settings["archive_root"]
    local = local_copy(shard, root, job.word("survey"))
    ledger = Ledger(Path(job.settings["ledger"]))
    with Web(mirror(root)) as web:
        return Fetcher(web, ledger).fetch(shard, local, job.path("raw"))


def _from_simulation(job: Job, shard: Shard) -> Fetched:
    with simulated_web(*job.paths("archive")) as web:
        fetched = Fetcher(web).fetch(shard, None, job.path("raw"))
    how = f"{fetched.how} from the simulated archive"
    return replace(fetched, origin=shard.file.url, how=how)


if __name__ == "__main__":
    run_stage("acquire", acquire, inputs=["archive"], outputs=["raw"], words=["survey", "shard"])

"""Bring the raw file of one shard here, verified."""

from datetime import UTC, datetime

from skyloom.archives.fetch import fetch
from skyloom.archives.locate import locate
from skyloom.stages.job import Job, run_stage


def acquire(job: Job) -> None:
    """Fetch one shard from its archive or from a local copy."""
    said = job.settings
    origin = locate(said["url"], said["archive_root"], job.word("survey"), job.word("shard"))
    raw = job.path("raw")
    kept = raw.parent / ".kept" / raw.name
    fetched = fetch(origin, raw, said["sha256"], said["bytes"], kept)
    print(f"{fetched.origin}: {fetched.how}, {fetched.bytes} bytes, sha256 {fetched.sha256}")
    job.facts |= {
        "url": said["url"],
        "origin": fetched.origin,
        "how": fetched.how,
        "sha256_checked": said["sha256"] is not None and fetched.how != "packed folder",
        "retrieved": datetime.now(UTC).isoformat(),
    }


if __name__ == "__main__":
    run_stage("acquire", acquire, inputs=["archive"], outputs=["raw"], words=["survey", "shard"])

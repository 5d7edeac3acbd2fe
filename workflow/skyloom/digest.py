"""SHA-256 of files and of settings."""

import hashlib
import json
from pathlib import Path


def digest_of_file(path: Path, algorithm: str) -> str:
    """Return the hex digest of the bytes of `path` by an algorithm of hashlib."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the hex SHA-256 of the bytes of `path`."""
    return digest_of_file(path, "sha256")


def sha256_of_text(text: str) -> str:
    """Return the hex SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of_json(value: object) -> str:
    """Return the hex SHA-256 of `value` as JSON with sorted keys."""
    return sha256_of_text(json.dumps(value, sort_keys=True, separators=(",", ":")))

"""Entities of a crate, added once and named by their identifiers."""

import base64
import io
import mimetypes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

MAIN = "Snakefile"
FORMATS = {
    ".parquet": "application/vnd.apache.parquet",
    ".npy": "application/octet-stream",
    ".safetensors": "application/octet-stream",
    ".faiss": "application/octet-stream",
    ".jsonl": "application/jsonl",
    ".smk": "text/x-snakemake",
    ".py": "text/x-python",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".cff": "application/yaml",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    "": "text/plain",
}


def ref(identifier: str) -> dict[str, str]:
    """Return a reference to an entity."""
    return {"@id": identifier}


def refs(identifiers: Iterable[str]) -> list[dict[str, str]]:
    """Return references to entities."""
    return [ref(identifier) for identifier in identifiers]


def one_or_many(identifiers: Iterable[str]) -> Any:
    """Return a reference, or a list where there are several: single values are no lists."""
    found = refs(dict.fromkeys(identifiers))
    return found[0] if len(found) == 1 else found


class Entities:
    """Adds files and descriptions to a crate.

    Attributes:
        crate: to which they are added.
        ids: identifier of each file by its path.
    """

    def __init__(self, crate: ROCrate, root: Path, tools: Iterable[str], largest: int) -> None:
        self.crate = crate
        self.ids: dict[str, str] = {}
        self._root, self._tools, self._largest = root, set(tools), largest

    def file(self, path: str, sha256: str) -> str:
        """Add a file with its bytes; return its identifier."""
        if path in self.ids:
            return self.ids[path]
        place = self._root / path
        modified = datetime.fromtimestamp(place.stat().st_mtime, UTC)
        said = self._said(path, sha256, place.stat().st_size)
        said["dateModified"] = modified.isoformat(timespec="seconds")
        self.crate.add_file(place, path, properties=said)
        self.ids[path] = quote(path)
        return self.ids[path]

    def result(self, path: str, entry: Mapping[str, Any]) -> str:
        """Add a result; one that is too large or lost is named by its SHA-256 (RFC 6920)."""
        place = self._root / path
        if path in self.ids or (place.is_file() and place.stat().st_size <= self._largest):
            return self.file(path, entry["sha256"])
        digest = base64.urlsafe_b64encode(bytes.fromhex(entry["sha256"])).decode().rstrip("=")
        self.ids[path] = f"ni:///sha-256;{digest}"
        self.context(self.ids[path], **self._said(path, entry["sha256"], entry["bytes"]))
        self.crate.root_dataset.append_to("hasPart", ref(self.ids[path]))
        return self.ids[path]

    def _said(self, path: str, sha256: str, count: int) -> dict[str, Any]:
        return {
            "@type": self._kind(path),
            "name": path,
            "sha256": sha256,
            "encodingFormat": _format(path),
            "contentSize": str(count),
        }

    def _kind(self, path: str) -> str | list[str]:
        if path == MAIN:
            return ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        return ["File", "SoftwareSourceCode"] if path in self._tools else "File"

    def made_file(self, path: str, content: bytes, description: str) -> str:
        """Add a file that lies nowhere yet."""
        said = {"name": path, "description": description, "encodingFormat": _format(path)}
        self.crate.add(File(self.crate, io.BytesIO(content), path, properties=said))
        self.ids[path] = path
        return path

    def more(self, identifier: str, /, **properties: Any) -> None:
        """Say more of an entity that is there."""
        entity = self.crate.dereference(identifier)
        for key, value in properties.items():
            if value is not None:
                entity[key] = value

    def context(self, identifier: str, kind: str | list[str] = "File", /, **properties: Any) -> str:
        """Add a description of something that is no file of the crate, once."""
        if self.crate.dereference(identifier) is None:
            said = {"@type": kind, **{k: v for k, v in properties.items() if v is not None}}
            self.crate.add(ContextEntity(self.crate, identifier, properties=said))
        return identifier

    def licence(self, name: str) -> str:
        """Add a licence by its SPDX name."""
        address = f"https://spdx.org/licenses/{name}"
        return self.context(address, "CreativeWork", name=name, identifier=address)


def _format(path: str) -> str:
    suffix = Path(path).suffix
    return FORMATS.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"

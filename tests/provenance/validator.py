"""roc-validator without a network: the one context it asks for lies beside this file."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "provenance-run-crate"


def problems(crate: Path, severity: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the validator finds in a folder or zip file, at this severity or a worse one."""
    from rocrate_validator import services
    from rocrate_validator.models import Severity, ValidationSettings
    from rocrate_validator.utils.http import HttpRequester

    text = (Path(__file__).parent / "contexts" / "ro-crate-1.1.jsonld").read_text(encoding="utf-8")
    headers = {"Content-Type": "application/ld+json"}

    def answer(_self: object, url: str, **_options: object) -> SimpleNamespace:
        if url.rstrip("/") != CONTEXT:
            return SimpleNamespace(status_code=404, headers={}, text="", ok=False)
        return SimpleNamespace(
            status_code=200, headers=headers, text=text, ok=True, json=lambda: json.loads(text)
        )

    monkeypatch.setattr(HttpRequester, "get", answer, raising=False)
    monkeypatch.setattr(HttpRequester, "head", answer, raising=False)
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier=PROFILE,
        requirement_severity=getattr(Severity, severity),
        no_cache=True,
    )
    result = services.validate(settings)
    return [
        f"{issue.check.identifier} {issue.severity.name} {issue.violatingEntity}: {issue.message}"
        for issue in result.get_issues()
    ]
